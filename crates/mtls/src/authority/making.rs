//! Keys, certificates and revocation lists as bytes.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber,
};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::register::{Issued, Register};

/// The authority itself.
const AUTHORITY: Duration = Duration::days(3650);
/// Clocks elsewhere may be a little behind.
const CLOCKS_APART: Duration = Duration::minutes(5);
/// A revocation list says when the next one is there at the latest, and is made anew long before.
const NEXT_LIST: Duration = Duration::days(30);
const LIST_IS_OLD: Duration = Duration::days(7);

/// What the authority's own certificate says, but for its time.
fn authority_params(trust_domain: &str, now: OffsetDateTime) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = name(&format!("CiberCase authority of {trust_domain}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (now - CLOCKS_APART, now + AUTHORITY);
    Ok(params)
}

fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

/// The authority's own certificate, PEM.
pub fn authority(trust_domain: &str, key: &KeyPair, now: OffsetDateTime) -> Result<String> {
    Ok(authority_params(trust_domain, now)?.self_signed(key)?.pem())
}

/// What to issue.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub uri: &'a str,
    pub hosts: &'a [String],
    pub days: u32,
    pub serial: &'a str,
}

/// A certificate with its thumbprint, its end, and its key: all PEM, for one file.
pub struct Made {
    pub thumbprint: String,
    pub expires_at: OffsetDateTime,
    pub bundle: String,
}

pub fn certificate(
    trust_domain: &str,
    key: &KeyPair,
    wanted: &Wanted<'_>,
    now: OffsetDateTime,
) -> Result<Made> {
    let own = KeyPair::generate()?;
    let mut params =
        CertificateParams::new(wanted.hosts.to_vec()).context("a host is no name and no address")?;
    params.subject_alt_names.insert(0, SanType::URI(wanted.uri.try_into()?));
    params.distinguished_name = name(wanted.name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    if !wanted.hosts.is_empty() {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial(wanted.serial)?);
    (params.not_before, params.not_after) = (now - CLOCKS_APART, now + Duration::days(wanted.days.into()));
    let issuer_params = authority_params(trust_domain, now)?;
    let issued = params.signed_by(&own, &Issuer::from_params(&issuer_params, key))?;
    Ok(Made {
        thumbprint: tls::thumbprint(issued.der()),
        expires_at: params.not_after.replace_nanosecond(0)?,
        bundle: format!("{}{}", issued.pem(), own.serialize_pem()),
    })
}

/// The revocation list of a register, PEM.
pub fn revocation_list(register: &Register, key: &KeyPair, now: OffsetDateTime) -> Result<String> {
    let revoked = register.revoked(now).map(|(issued, at)| {
        Ok(RevokedCertParams {
            serial_number: serial(&issued.serial)?,
            revocation_time: at,
            reason_code: None,
            invalidity_date: None,
        })
    });
    let params = CertificateRevocationListParams {
        this_update: now - CLOCKS_APART,
        next_update: now + NEXT_LIST,
        crl_number: SerialNumber::from(register.list_number),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect::<Result<_>>()?,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let issuer_params = authority_params(&register.trust_domain, now)?;
    Ok(params.signed_by(&Issuer::from_params(&issuer_params, key))?.pem()?)
}

/// Whether a revocation list says what the register does, and does so for a while.
pub fn is_current(list: &str, register: &Register, now: OffsetDateTime) -> bool {
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(list.as_bytes()) else { return false };
    let Ok((_, list)) = CertificateRevocationList::from_der(&pem.contents) else { return false };
    let listed = list.iter_revoked_certificates().map(|one| hex(one.raw_serial())).collect::<BTreeSet<_>>();
    let revoked = register.revoked(now).map(|(issued, _)| issued.serial.clone()).collect::<BTreeSet<_>>();
    let lasts = list.next_update().is_some_and(|next| next.to_datetime() - now > NEXT_LIST - LIST_IS_OLD);
    lasts && revoked.is_subset(&listed)
}

/// A random serial number of 127 bits, hexadecimal: positive, and without a zero in front that its encoding would drop.
pub fn new_serial() -> String {
    let random = platform::secrets::random_hex(15);
    format!("4{}", &random[1..])
}

fn serial(hex: &str) -> Result<SerialNumber> {
    let digits =
        (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2).context("a serial number is cut off"));
    let bytes = digits.map(|pair| Ok(u8::from_str_radix(pair?, 16)?)).collect::<Result<Vec<_>>>()?;
    Ok(SerialNumber::from_slice(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The thumbprint of the first certificate in a file.
pub fn thumbprint_of(bundle: &str) -> Option<String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(bundle.as_bytes()).ok()?;
    Some(tls::thumbprint(&pem.contents.into()))
}

/// What is left to do with an entry whose certificate never came to its file.
pub fn is_in(bundle: Option<&str>, issued: &Issued) -> bool {
    bundle.and_then(thumbprint_of).is_some_and(|found| found == issued.thumbprint)
}
