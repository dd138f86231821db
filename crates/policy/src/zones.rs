//! Time zones: the IANA database that is part of the program, so that every node reads the same one.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Whether the database has a zone of exactly this name.
pub(crate) fn is_known(name: &str) -> bool {
    names().iter().any(|known| known == name)
}

/// Every zone's name, like `Europe/Madrid`.
pub(crate) fn names() -> Vec<String> {
    TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect()
}

pub(crate) fn find(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// What clocks of the zone show: minutes since midnight. None for a moment that no calendar has.
pub(crate) fn minute_of_day(zone: &TimeZone, unix_seconds: i64) -> Option<i64> {
    let shown = zone.to_datetime(Timestamp::from_second(unix_seconds).ok()?);
    Some(i64::from(shown.hour()) * 60 + i64::from(shown.minute()))
}
