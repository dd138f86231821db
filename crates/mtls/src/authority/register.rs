//! What the authority has issued and revoked: the truth, of which the revocation list is made.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Renewal is late when this little is left.
pub const LATE: Duration = Duration::days(14);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    pub trust_domain: String,
    /// Of the last revocation list; each has a higher one than the last (RFC 5280, 5.2.3).
    pub list_number: u64,
    pub certificates: Vec<Issued>,
}

/// A certificate that was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    pub name: String,
    /// Hexadecimal.
    pub serial: String,
    /// Who it is of: the URI among its names.
    pub uri: String,
    /// Further names: hosts and addresses.
    pub hosts: Vec<String>,
    /// `x5t#S256` of RFC 8705.
    pub thumbprint: String,
    pub days: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

/// What can be said of a certificate at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Good,
    /// It runs out within 14 days.
    Late,
    Expired,
    Revoked,
}

impl Issued {
    pub fn standing(&self, now: OffsetDateTime) -> Standing {
        match self.expires_at - now {
            _ if self.revoked_at.is_some() => Standing::Revoked,
            left if left <= Duration::ZERO => Standing::Expired,
            left if left < LATE => Standing::Late,
            _ => Standing::Good,
        }
    }

    pub fn lives(&self, now: OffsetDateTime) -> bool {
        matches!(self.standing(now), Standing::Good | Standing::Late)
    }
}

impl Register {
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("the register cannot be read")
    }

    pub fn text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// The one that was issued last under a name.
    pub fn last(&self, name: &str) -> Option<&Issued> {
        self.certificates.iter().rev().find(|one| one.name == name)
    }

    /// The serial numbers that the revocation list names: those that run out of themselves are left out.
    pub fn revoked(&self, now: OffsetDateTime) -> impl Iterator<Item = (&Issued, OffsetDateTime)> {
        let living = self.certificates.iter().filter(move |one| one.expires_at > now);
        living.filter_map(|one| Some((one, one.revoked_at?)))
    }
}
