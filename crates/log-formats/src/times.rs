//! Times of fields.

use syslog::{Arrival, read_time};
use time::{OffsetDateTime, UtcOffset};

use crate::event::{Context, Problem};

/// Reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970; its length tells the unit.
pub(crate) fn epoch(text: &str) -> Option<OffsetDateTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let unit: i128 = match whole.len() {
        9..=11 => 1_000_000_000,
        12..=14 => 1_000_000,
        15..=17 => 1_000,
        18..=19 => 1,
        _ => return None,
    };
    let mut nanoseconds = whole.parse::<i128>().ok()? * unit;
    if unit == 1_000_000_000 {
        let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
        nanoseconds += padded.fold(0, |n, digit| n * 10 + i128::from(digit - b'0'));
    }
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

/// Reads a time of any kind. `Ok(None)` is none.
pub(crate) fn moment(text: &str, context: &Context) -> Result<Option<OffsetDateTime>, Problem> {
    if let Some(at) = epoch(text) {
        return Ok(Some(at));
    }
    wall(text, context)
}

/// Reads a written time. One without a zone is in the source's, if that is known.
pub(crate) fn wall(text: &str, context: &Context) -> Result<Option<OffsetDateTime>, Problem> {
    let zone = context.zone.unwrap_or(UtcOffset::UTC);
    let arrival = Arrival { received_at: context.received_at, zone };
    match read_time(text, &arrival) {
        Some(time) if time.has_zone || context.zone.is_some() => Ok(Some(time.at)),
        Some(_) => Err(Problem::NoZone),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_length_of_an_epoch_tells_its_unit() {
        let at = Some(datetime!(2019-05-16 00:56:41 UTC));
        for text in
            ["1557968201", "1557968201000", "1557968201000000", "1557968201000000000", "1557968201.000"]
        {
            assert_eq!(epoch(text), at, "{text}");
        }
        let precise = epoch("1557968201.5").zip(at).map(|(found, at)| found - at);
        assert_eq!(precise, Some(time::Duration::milliseconds(500)));
        for text in ["", "0", "2019", "99999999999999999999", "-1557968201", "1557968201x"] {
            assert_eq!(epoch(text), None, "{text}");
        }
    }
}
