//! A secret and its change: the value in use, and beside it for a while the next one or the one before.
//!
//! All of it is one text and is written in one step. Whoever is killed in between leaves one state or the other, and both are
//! whole.

use std::cmp::Ordering;
use std::fmt;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a text with versions begins with; a text without it is a secret that was never changed.
const MARK: &str = "versions:1:";
/// Of those that are not in use any more and still open what a backup holds.
const MOST_FORMER: usize = 8;

/// One value of a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// From 1, and one more with each change.
    pub number: u32,
    #[serde(with = "time::serde::rfc3339::option")]
    pub made_at: Option<OffsetDateTime>,
    pub secret: String,
}

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One value, and no change under way.
    Settled,
    /// The next value is known, so that everybody has it before it is used.
    Prepared,
    /// The next value is in use, and the one before still opens what it closed.
    Overlapping,
}

/// The values of a secret that count, the one in use first.
#[derive(Clone, PartialEq, Eq)]
pub struct Versions {
    current: Version,
    other: Option<Version>,
    /// Earlier ones, the latest first: they open what was closed with them, and close nothing.
    former: Vec<Version>,
    /// When the last step of a change was made.
    pub changed_at: Option<OffsetDateTime>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    versions: Vec<Version>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former: Vec<Version>,
    #[serde(with = "time::serde::rfc3339::option")]
    changed_at: Option<OffsetDateTime>,
}

impl Versions {
    /// A secret as it is kept.
    pub fn read(text: &str) -> Result<Self> {
        let Some(json) = text.strip_prefix(MARK) else {
            let current = Version { number: 1, made_at: None, secret: text.to_owned() };
            return Ok(Self { current, other: None, former: Vec::new(), changed_at: None });
        };
        // The cause would show what it could not read.
        let written: Written = serde_json::from_str(json)
            .ok()
            .context("the versions of a secret are not what was written: take them from the backup")?;
        let mut versions = written.versions.into_iter();
        let current = versions.next().context("a secret has no version")?;
        let other = versions.next();
        ensure!(versions.next().is_none(), "a secret has more than two versions");
        ensure!(other.as_ref().is_none_or(|other| other.number != current.number), "two versions are one");
        Ok(Self { current, other, former: written.former, changed_at: written.changed_at })
    }

    pub fn write(&self) -> Result<String> {
        let versions = self.each().cloned().collect();
        let written = Written { versions, former: self.former.clone(), changed_at: self.changed_at };
        Ok(format!("{MARK}{}", serde_json::to_string(&written)?))
    }

    /// What is in use.
    pub fn current(&self) -> &Version {
        &self.current
    }

    /// What is known beside it: the next, or the one before.
    pub fn other(&self) -> Option<&Version> {
        self.other.as_ref()
    }

    /// What is in use first.
    pub fn each(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.current).chain(&self.other)
    }

    /// The values, the one in use first and the former ones last.
    pub fn secrets(&self) -> Vec<String> {
        self.each().chain(&self.former).map(|version| version.secret.clone()).collect()
    }

    /// The number of the latest.
    pub fn latest(&self) -> u32 {
        self.each().map(|version| version.number).max().unwrap_or_default()
    }

    /// Whether who uses `known` may take this up: an older copy, or another secret's, would take from them what they use.
    pub fn follows(&self, known: &Self) -> bool {
        let last = |versions: &Self| versions.each().max_by_key(|version| version.number).cloned();
        match self.latest().cmp(&known.latest()) {
            Ordering::Less => false,
            Ordering::Equal => last(self).map(|one| one.secret) == last(known).map(|one| one.secret),
            Ordering::Greater => true,
        }
    }

    pub fn standing(&self) -> Standing {
        match &self.other {
            None => Standing::Settled,
            Some(other) if other.number > self.current.number => Standing::Prepared,
            Some(_) => Standing::Overlapping,
        }
    }

    /// With another value, which is not used yet; what was prepared before gives way.
    pub fn prepare(&self, secret: String, now: OffsetDateTime) -> Self {
        let next = Version { number: self.latest() + 1, made_at: Some(now), secret };
        Self { other: Some(next), changed_at: Some(now), ..self.clone() }
    }

    /// The other one is used from now on.
    pub fn exchange(&self, now: OffsetDateTime) -> Self {
        match &self.other {
            None => self.clone(),
            Some(other) => {
                let (current, other) = (other.clone(), Some(self.current.clone()));
                Self { current, other, changed_at: Some(now), ..self.clone() }
            }
        }
    }

    /// Without the one that is not in use.
    pub fn settle(&self, now: OffsetDateTime) -> Self {
        Self { other: None, changed_at: Some(now), ..self.clone() }
    }

    /// The same, and the one that was in use before goes on opening what it closed.
    pub fn settle_keeping(&self, now: OffsetDateTime) -> Self {
        let mut settled = self.settle(now);
        if self.standing() == Standing::Overlapping {
            settled.former.splice(0..0, self.other.clone());
            settled.former.truncate(MOST_FORMER);
        }
        settled
    }
}

impl fmt::Debug for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.each().map(|version| version.number).collect::<Vec<_>>();
        f.debug_struct("Versions").field("numbers", &numbers).finish_non_exhaustive()
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version").field("number", &self.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_was_never_changed_is_its_own_text() {
        let versions = Versions::read("hunter2").unwrap();
        assert_eq!(
            (versions.secrets(), versions.standing()),
            (vec!["hunter2".to_owned()], Standing::Settled)
        );
        assert_eq!(versions.current().made_at, None);
    }

    #[test]
    fn every_step_of_a_change_is_read_as_it_was_written() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let settled = Versions::read("first").unwrap();
        let prepared = settled.prepare("second".to_owned(), now);
        let overlapping = prepared.exchange(now);
        let over = overlapping.settle(now);
        for (versions, standing, secrets) in [
            (&prepared, Standing::Prepared, vec!["first", "second"]),
            (&overlapping, Standing::Overlapping, vec!["second", "first"]),
            (&over, Standing::Settled, vec!["second"]),
        ] {
            let again = Versions::read(&versions.write().unwrap()).unwrap();
            assert_eq!((&again, again.standing()), (versions, standing));
            assert_eq!(again.secrets(), secrets);
        }
        assert_eq!(over.prepare("third".to_owned(), now).latest(), 3);
        assert_eq!(over.exchange(now), over);
    }

    #[test]
    fn what_backups_may_need_opens_after_the_change_and_not_for_ever() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut versions = Versions::read("1").unwrap();
        for number in 2..=12 {
            let changed = versions.prepare(number.to_string(), now).exchange(now).settle_keeping(now);
            versions = Versions::read(&changed.write().unwrap()).unwrap();
            assert_eq!(versions.standing(), Standing::Settled);
        }
        assert_eq!(versions.secrets(), ["12", "11", "10", "9", "8", "7", "6", "5", "4"]);
        // What was prepared and never used has closed nothing.
        let given_up = versions.prepare("13".to_owned(), now).settle_keeping(now);
        assert_eq!(given_up.secrets(), versions.secrets());
    }

    #[test]
    fn every_step_follows_the_one_before_and_an_older_copy_none() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let first = Versions::read("first").unwrap();
        let prepared = first.prepare("second".to_owned(), now);
        let overlapping = prepared.exchange(now);
        let over = overlapping.settle(now);
        for (known, next) in [(&first, &prepared), (&prepared, &overlapping), (&overlapping, &over)] {
            assert!(next.follows(known));
        }
        assert!(over.follows(&first), "one that slept through all of it");
        let elsewhere = first.prepare("another second".to_owned(), now);
        for stranger in [&first, &elsewhere, &elsewhere.exchange(now)] {
            assert!(!stranger.follows(&over), "{stranger:?}");
        }
    }

    #[test]
    fn what_was_damaged_is_no_secret_and_is_not_shown() {
        for text in ["versions:1:", "versions:1:{}", r#"versions:1:{"versions":[],"changed_at":null}"#] {
            assert!(Versions::read(text).is_err(), "{text}");
        }
        let error = format!("{:#}", Versions::read("versions:1:canary").unwrap_err());
        assert!(!error.contains("canary"), "{error}");
        let shown = format!("{:?}", Versions::read("canary").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
