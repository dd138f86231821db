//! A certificate authority of the installation's own, as files under the data directory.
//!
//! The **register** says what was issued and revoked. It is written before what follows from it (the revocation list,
//! a certificate's file), and whoever opens the authority makes good what a process that was killed left undone.

mod making;
mod place;
mod register;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use rcgen::KeyPair;
use serde::Serialize;
use time::OffsetDateTime;

use making::Wanted;
use place::Place;
use register::Register;
pub use register::{Issued, LATE, Standing};

/// The internal listener's own certificate.
pub const OWN: &str = "cibercase";
const REGISTER: &str = "register.json";
const KEY: &str = "authority.key";
const CERTIFICATE: &str = "authority.pem";
const LIST: &str = "revoked.pem";
const LONGEST_NAME: usize = 48;
const MOST_DAYS: u32 = 825;

/// An authority that is whole.
pub struct Authority {
    place: Place,
    register: Register,
    key: KeyPair,
}

/// A certificate that was issued, and its file.
#[derive(Debug, Serialize)]
pub struct Delivered {
    /// Certificate and key, PEM.
    pub file: PathBuf,
    #[serde(flatten)]
    pub issued: Issued,
}

impl Authority {
    /// Makes an authority and the internal listener's certificate for `hosts`, or what of them is missing.
    pub fn init(
        directory: &Path,
        trust_domain: &str,
        hosts: &[String],
        days: u32,
        now: OffsetDateTime,
    ) -> Result<Self> {
        ensure!(
            is_name(trust_domain, "-."),
            "{trust_domain:?} is no trust domain: small letters, digits, `-` and `.`"
        );
        let place = Place::make(directory)?;
        let register = match place.read(REGISTER)? {
            Some(text) => Register::read(&text)?,
            None => {
                let is_new = !place.has(KEY) && !place.has(CERTIFICATE);
                ensure!(is_new, "{} is gone: nobody knows what was issued", place.path(REGISTER).display());
                let trust_domain = trust_domain.to_owned();
                let register = Register { trust_domain, list_number: 0, certificates: Vec::new() };
                place.write(REGISTER, &register.text()?)?;
                register
            }
        };
        ensure!(
            register.trust_domain == trust_domain,
            "this authority is of {:?}; another needs a directory of its own",
            register.trust_domain
        );
        if !place.has(KEY) {
            ensure!(!place.has(CERTIFICATE), "{} is gone", place.path(KEY).display());
            place.write(KEY, &KeyPair::generate()?.serialize_pem())?;
        }
        let key = read_key(&place)?;
        if !place.has(CERTIFICATE) {
            place.write(CERTIFICATE, &making::authority(trust_domain, &key, now)?)?;
        }
        let mut authority = Self { place, register, key };
        authority.mend(now)?;
        if authority.living(OWN, now)?.is_none() {
            authority.issue(OWN, hosts, days, now)?;
        }
        Ok(authority)
    }

    /// Opens what [`init`](Self::init) made.
    pub fn open(directory: &Path, now: OffsetDateTime) -> Result<Self> {
        let advice = || format!("there is no authority in {}: cibercase certs init", directory.display());
        ensure!(directory.is_dir(), advice());
        let place = Place::open(directory)?;
        let register = Register::read(&place.read(REGISTER)?.with_context(advice)?)?;
        ensure!(place.has(KEY) && place.has(CERTIFICATE), advice());
        let mut authority = Self { key: read_key(&place)?, place, register };
        authority.mend(now)?;
        Ok(authority)
    }

    /// What was issued, the latest first.
    pub fn list(&self) -> impl Iterator<Item = &Issued> {
        self.register.certificates.iter().rev()
    }

    /// The last of each name, unless it was revoked: expired ones too, since somebody may still rely on them.
    pub fn in_use(&self) -> Vec<&Issued> {
        let is_last =
            |one: &&Issued| self.register.last(&one.name).is_some_and(|last| last.serial == one.serial);
        self.register.certificates.iter().filter(|one| one.revoked_at.is_none()).filter(is_last).collect()
    }

    /// Issues a certificate to a service that has none.
    pub fn issue(
        &mut self,
        name: &str,
        hosts: &[String],
        days: u32,
        now: OffsetDateTime,
    ) -> Result<Delivered> {
        ensure!(
            is_name(name, "-"),
            "{name:?} is no name: small letters, digits and `-`, at most {LONGEST_NAME}"
        );
        ensure!(name != "authority" && name != "revoked", "{name:?} is the authority's own");
        if let Some(living) = self.living(name, now)? {
            bail!("{name} has a certificate until {}: renew or revoke it", living.expires_at.date());
        }
        self.deliver(name, hosts, days, now)
    }

    /// Issues another certificate to who has one; the one before stays good until its end.
    pub fn renew(&mut self, name: &str, days: Option<u32>, now: OffsetDateTime) -> Result<Delivered> {
        let last =
            self.register.last(name).with_context(|| format!("{name} has no certificate: issue one"))?;
        let (hosts, days) = (last.hosts.clone(), days.unwrap_or(last.days));
        self.deliver(name, &hosts, days, now)
    }

    /// Revokes what lives under a name, or one certificate by its serial number. Doing so twice changes nothing.
    pub fn revoke(&mut self, name_or_serial: &str, now: OffsetDateTime) -> Result<Vec<Issued>> {
        let is_meant = |one: &Issued| one.name == name_or_serial || one.serial == name_or_serial;
        let found = self.register.certificates.iter().any(is_meant);
        ensure!(found, "there is no certificate of that name or serial number: {name_or_serial:?}");
        // Without its own certificate the listener takes up nothing any more, this list included.
        let is_own = self.living(OWN, now)?.is_some_and(is_meant);
        ensure!(
            !is_own,
            "that is the listener's own: renew {OWN}, then revoke the one before by its serial number"
        );
        let mut register = self.register.clone();
        for one in register.certificates.iter_mut().filter(|one| is_meant(one)) {
            one.revoked_at = one.revoked_at.or(Some(now));
        }
        self.keep(register, now)?;
        let revoked =
            self.register.certificates.iter().filter(|one| is_meant(one)).cloned().collect::<Vec<_>>();
        for one in &revoked {
            // Its key is of no use to anybody who should have it.
            let file = file_of(&one.name);
            if making::is_in(self.place.read(&file)?.as_deref(), one) {
                self.place.remove(&file)?;
            }
        }
        Ok(revoked)
    }

    /// The certificate that is in use under a name. One that never came to its file is nobody's.
    fn living(&self, name: &str, now: OffsetDateTime) -> Result<Option<&Issued>> {
        let bundle = self.place.read(&file_of(name))?;
        let last = self.register.last(name).filter(|one| one.lives(now));
        Ok(last.filter(|one| making::is_in(bundle.as_deref(), one)))
    }

    fn deliver(&mut self, name: &str, hosts: &[String], days: u32, now: OffsetDateTime) -> Result<Delivered> {
        ensure!((1..=MOST_DAYS).contains(&days), "a certificate is good for 1 to {MOST_DAYS} days");
        let (serial, file) = (making::new_serial(), file_of(name));
        let uri = format!("spiffe://{}/{name}", self.register.trust_domain);
        let wanted = Wanted { name, uri: &uri, hosts, days, serial: &serial };
        let made = making::certificate(&self.register.trust_domain, &self.key, &wanted, now)?;
        let mut register = self.register.clone();
        let issued = Issued {
            name: name.to_owned(),
            serial,
            uri,
            hosts: hosts.to_vec(),
            thumbprint: made.thumbprint,
            days,
            issued_at: now,
            expires_at: made.expires_at,
            revoked_at: None,
        };
        register.certificates.push(issued.clone());
        self.keep(register, now)?;
        self.place.write(&file, &made.bundle)?;
        Ok(Delivered { file: self.place.path(&file), issued })
    }

    /// Writes a register, and the revocation list that follows from it.
    fn keep(&mut self, register: Register, now: OffsetDateTime) -> Result<()> {
        self.place.write(REGISTER, &register.text()?)?;
        self.register = register;
        self.mend(now)
    }

    /// Makes the revocation list anew where it does not say what the register does, or soon grows old.
    fn mend(&mut self, now: OffsetDateTime) -> Result<()> {
        let list = self.place.read(LIST)?;
        if list.is_some_and(|list| making::is_current(&list, &self.register, now)) {
            return Ok(());
        }
        self.register.list_number += 1;
        self.place.write(REGISTER, &self.register.text()?)?;
        self.place.write(LIST, &making::revocation_list(&self.register, &self.key, now)?)
    }
}

fn file_of(name: &str) -> String {
    format!("{name}.pem")
}

fn read_key(place: &Place) -> Result<KeyPair> {
    let text = place.read(KEY)?.with_context(|| format!("{} is gone", place.path(KEY).display()))?;
    KeyPair::from_pem(&text).with_context(|| format!("{} holds no key", place.path(KEY).display()))
}

fn is_name(text: &str, also: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || also.contains(c);
    text.len() <= LONGEST_NAME
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(is_plain)
}
