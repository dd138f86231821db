//! What is said to the directory. One conversation for each who signs in: found by the reader, then bound as themselves.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use futures_util::FutureExt;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, ResultEntry, Scope, SearchEntry, SearchOptions, ldap_escape,
};
use platform::secrets::random_hex;

use super::failures::Shown;
use super::{DN, LOGIN, Person, Server};
use crate::model::normal_email;
use crate::password::Password;

/// Of everything that one sign-in asks.
const PATIENCE: Duration = Duration::from_secs(8);
const MOST_GROUPS: i32 = 1000;
const MEMBER_OF: &str = "memberOf";
/// RFC 4511, 4.5.1.8: no attribute.
const NO_ATTRIBUTE: &str = "1.1";

/// RFC 4511, appendix A.
mod code {
    pub const SUCCESS: u32 = 0;
    pub const SIZE_LIMIT_EXCEEDED: u32 = 4;
}

impl Server {
    /// Who it is whose password this is, if it is anybody's.
    pub async fn find(&self, login: &str, password: &Password, shown: Shown) -> Result<Option<Person>> {
        // An empty one would be taken without being anybody's (RFC 4513, 5.1.2).
        if password.as_str().is_empty() || password.is_too_long() {
            return self.decoy().await.map(|()| None);
        }
        self.in_time(login, password, Some(shown)).await
    }

    /// Asks about nobody for as long as about somebody.
    pub async fn decoy(&self) -> Result<()> {
        let password = Password::new(random_hex(16));
        let login = random_hex(16);
        self.in_time(&login, &password, None).await.map(drop)
    }

    /// The library panics at answers that no directory gives.
    async fn in_time(
        &self,
        login: &str,
        password: &Password,
        shown: Option<Shown>,
    ) -> Result<Option<Person>> {
        let asked = AssertUnwindSafe(self.ask(login, password, shown)).catch_unwind();
        let asked = tokio::time::timeout(PATIENCE, asked).await.context("no answer in time")?;
        asked.map_err(|_| anyhow!("an answer that is none"))?
    }

    async fn ask(&self, login: &str, password: &Password, shown: Option<Shown>) -> Result<Option<Person>> {
        let _turn = self.conversations.acquire().await?;
        let mut ldap = self.connect().await?;
        let reader = ldap.simple_bind(&self.settings.bind_dn, self.secret.expose()).await?;
        reader.success().context("as bind_dn")?;
        let entry = self.entry(&mut ldap, login).await?;
        let nobody = format!("cn={},{}", random_hex(16), self.settings.base);
        let groups_of = entry.as_ref().map_or(&nobody, |entry| &entry.dn);
        let groups = self.groups(&mut ldap, groups_of, entry.as_ref()).await?;
        // Another wrong password could lock the account there: nobody's is shown in its place.
        let may_be_shown =
            |entry: &SearchEntry| shown.is_some_and(|shown| self.failures.take(&entry.dn, shown));
        let entry = entry.filter(may_be_shown);
        let dn = entry.as_ref().map_or(&nobody, |entry| &entry.dn);
        let bound = ldap.simple_bind(dn, password.as_str()).await?;
        let _ = ldap.unbind().await;
        match entry {
            Some(entry) if bound.rc == code::SUCCESS => {
                self.failures.forget(&entry.dn);
                Ok(self.person(&entry, groups))
            }
            // A wrong password, an account that is locked there, a password that has run out; or nobody at all.
            _ => Ok(None),
        }
    }

    async fn connect(&self) -> Result<Ldap> {
        let settings = LdapConnSettings::new()
            .set_conn_timeout(PATIENCE)
            .set_config(self.tls.clone())
            .set_starttls(self.settings.starttls);
        let (connection, ldap) = LdapConnAsync::with_settings(settings, &self.settings.url).await?;
        #[expect(clippy::disallowed_methods, reason = "it ends with the handle that is given back")]
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "a connection to the directory ended");
            }
        });
        Ok(ldap)
    }

    /// The one entry of this address.
    async fn entry(&self, ldap: &mut Ldap, login: &str) -> Result<Option<SearchEntry>> {
        let settings = &self.settings;
        let filter = settings.filter.replace(LOGIN, &ldap_escape(login));
        let attributes = [
            settings.subject_attribute.as_str(),
            &settings.email_attribute,
            &settings.name_attribute,
            MEMBER_OF,
        ];
        // One more than there may be.
        let search = ldap.with_search_options(SearchOptions::new().sizelimit(2));
        let found = search.search(&settings.base, Scope::Subtree, &filter, attributes).await?;
        let is_whole = found.1.rc == code::SUCCESS;
        ensure!(is_whole || found.1.rc == code::SIZE_LIMIT_EXCEEDED, "base or filter: {}", found.1);
        let mut entries = found.0.into_iter().filter(is_entry);
        let (first, second) = (entries.next(), entries.next());
        let only = first.filter(|_| second.is_none() && is_whole).map(SearchEntry::construct);
        Ok(only.filter(|entry| !entry.dn.is_empty()))
    }

    /// The names of the groups that have this entry; asked for one that there is not, too.
    async fn groups(&self, ldap: &mut Ldap, dn: &str, entry: Option<&SearchEntry>) -> Result<Vec<String>> {
        let settings = &self.settings;
        if settings.group_base.is_empty() {
            return Ok(entry.and_then(|entry| values(entry, MEMBER_OF)).cloned().unwrap_or_default());
        }
        let filter = settings.group_filter.replace(DN, &ldap_escape(dn));
        let search = ldap.with_search_options(SearchOptions::new().sizelimit(MOST_GROUPS));
        let found = search.search(&settings.group_base, Scope::Subtree, &filter, [NO_ATTRIBUTE]).await?;
        ensure!(found.1.rc == code::SUCCESS, "group_base or group_filter: {}", found.1);
        Ok(found.0.into_iter().filter(is_entry).map(|entry| SearchEntry::construct(entry).dn).collect())
    }

    fn person(&self, entry: &SearchEntry, groups: Vec<String>) -> Option<Person> {
        let first = |name: &str| values(entry, name).and_then(|values| values.first()).cloned();
        let email = normal_email(&first(&self.settings.email_attribute)?);
        let name = first(&self.settings.name_attribute).unwrap_or_default();
        Some(Person { subject: self.subject(entry)?, email, name, groups })
    }

    /// As text, or as hexadecimal where it is bytes (Active Directory's objectGUID).
    fn subject(&self, entry: &SearchEntry) -> Option<String> {
        let name = &self.settings.subject_attribute;
        if let Some(text) = values(entry, name).and_then(|values| values.first()) {
            return Some(text.clone());
        }
        let (_, bytes) = entry.bin_attrs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(bytes.first()?.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn is_entry(found: &ResultEntry) -> bool {
    !found.is_ref() && !found.is_intermediate()
}

/// Names of attributes are the same in any case (RFC 4512, 2.5).
fn values<'a>(entry: &'a SearchEntry, name: &str) -> Option<&'a Vec<String>> {
    entry.attrs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, values)| values)
}
