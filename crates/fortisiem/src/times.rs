//! Times: Java's `Fri Jun 29 15:51:10 PDT 2012`, ISO 8601, and epochs in seconds to nanoseconds.

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(OffsetDateTime),
    /// A wall-clock time whose zone is missing, or an abbreviation that several zones share (`ART`, `IST`, even `PST`).
    Wall(PrimitiveDateTime),
    /// Zero: the source has no such time.
    Never,
    Unreadable,
}

pub(crate) fn moment(text: &str) -> Moment {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return epoch(number);
    }
    if text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return iso(text).unwrap_or(Moment::Unreadable);
    }
    java(text).or_else(|| cef(text)).unwrap_or(Moment::Unreadable)
}

/// The magnitude tells the unit: 10 digits are seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds.
fn epoch(number: i64) -> Moment {
    let nanoseconds_each: i128 = match number.unsigned_abs() {
        0 => return Moment::Never,
        1..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(number) * nanoseconds_each);
    moment.map_or(Moment::Unreadable, Moment::At)
}

fn iso(text: &str) -> Option<Moment> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        // An offset can push the last day of the calendar beyond it.
        return at.checked_to_offset(UtcOffset::UTC).map(Moment::At);
    }
    let (date, clock) = text.split_once(['T', ' '])?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse::<u8>().ok()?, parts.next()?);
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day.parse().ok()?).ok()?;
    let mut words = clock.split_whitespace();
    let wall = PrimitiveDateTime::new(date, clock_time(words.next()?)?);
    Some(in_zone(wall, words.next()))
}

/// `Fri Jun 29 15:51:10 PDT 2012`; the zone may be missing.
fn java(text: &str) -> Option<Moment> {
    let mut words = text.split_whitespace().skip(1);
    let (month, day, clock) =
        (month(words.next()?)?, words.next()?.parse().ok()?, clock_time(words.next()?)?);
    let next = words.next()?;
    let (zone, year) = match words.next() {
        Some(year) => (Some(next), year),
        None => (None, next),
    };
    let date = Date::from_calendar_date(year.parse().ok()?, month, day).ok()?;
    Some(in_zone(PrimitiveDateTime::new(date, clock), zone))
}

/// CEF's `May 14 2025 14:19:36`, with or without a zone behind it.
fn cef(text: &str) -> Option<Moment> {
    let mut words = text.split_whitespace();
    let (month, day, year) =
        (month(words.next()?)?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let date = Date::from_calendar_date(year, month, day).ok()?;
    Some(in_zone(PrimitiveDateTime::new(date, clock_time(words.next()?)?), words.next()))
}

fn month(name: &str) -> Option<Month> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))? + 1;
    Month::try_from(u8::try_from(number).ok()?).ok()
}

fn clock_time(text: &str) -> Option<Time> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second = parts.next().map_or(Ok(0), str::parse).ok()?;
    let milliseconds = fraction.get(..fraction.len().min(3)).filter(|digits| digits.len() == 3);
    let milliseconds = milliseconds.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    Time::from_hms_milli(hour, minute, second, milliseconds).ok()
}

fn in_zone(wall: PrimitiveDateTime, zone: Option<&str>) -> Moment {
    match zone.and_then(offset) {
        Some(offset) => at_offset(wall, offset),
        None => Moment::Wall(wall),
    }
}

/// A wall-clock time at an offset, in UTC.
pub(crate) fn at_offset(wall: PrimitiveDateTime, offset: UtcOffset) -> Moment {
    wall.assume_offset(offset).checked_to_offset(UtcOffset::UTC).map_or(Moment::Unreadable, Moment::At)
}

/// The offset of a zone that means one thing only: `UTC`, `GMT`, `Z`, `GMT+03:00`, `UTC-5`, `+0530`.
fn offset(zone: &str) -> Option<UtcOffset> {
    let rest = zone.strip_prefix("UTC").or_else(|| zone.strip_prefix("GMT")).unwrap_or(zone);
    if (rest.is_empty() && !zone.is_empty()) || rest == "Z" {
        return Some(UtcOffset::UTC);
    }
    let (sign, digits) = match rest.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, rest.strip_prefix('-')?),
    };
    let (hours, minutes): (i8, i8) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) => (hours.parse().ok()?, minutes.parse().ok()?),
        (None, 1 | 2) => (digits.parse().ok()?, 0),
        (None, 4) => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
        _ => return None,
    };
    if !(0..=18).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn check(text: &str, expected: Moment) {
        assert_eq!(moment(text), expected, "{text:?}");
    }

    #[test]
    fn a_time_with_a_clear_zone_is_a_moment() {
        let at = Moment::At(datetime!(2025-11-11 12:56:30 UTC));
        check("Tue Nov 11 12:56:30 UTC 2025", at);
        check("Tue Nov 11 12:56:30 GMT 2025", at);
        check("Tue Nov 11 12:56:30 Z 2025", at);
        check("Tue Nov 11 09:56:30 GMT-03:00 2025", at);
        check("Tue Nov 11 18:26:30 +0530 2025", at);
        check("Tue Nov 11 13:56:30 UTC+1 2025", at);
        check("2025-11-11T12:56:30Z", at);
        check("2025-11-11T09:56:30-03:00", at);
        check("2025-11-11 12:56:30 UTC", at);
        check("Nov 11 2025 12:56:30 UTC", at);
    }

    #[test]
    fn a_time_with_an_ambiguous_or_missing_zone_is_a_wall_clock_time() {
        let wall = Moment::Wall(datetime!(2025-11-11 12:56:30));
        check("Tue Nov 11 12:56:30 ART 2025", wall);
        check("Tue Nov 11 12:56:30 IST 2025", wall);
        check("Tue Nov 11 12:56:30 2025", wall);
        check("2025-11-11 12:56:30", wall);
        check("2025-11-11T12:56:30", wall);
        check("Nov 11 2025 12:56:30", wall);
    }

    #[test]
    fn the_magnitude_of_an_epoch_tells_its_unit() {
        let at = Moment::At(datetime!(2025-05-14 11:19:30 UTC));
        check("1747221570", at);
        check("1747221570000", at);
        check("1747221570000000", at);
        check("1747221570000000000", at);
        check("0", Moment::Never);
    }

    #[test]
    fn nonsense_is_unreadable() {
        for text in ["", "yesterday", "Tue Foo 11 12:56:30 UTC 2025", "Tue Nov 31 12:56:30 UTC 2025"] {
            check(text, Moment::Unreadable);
        }
        for text in ["9999-12-31T23:59:59-23:59", "Fri Dec 31 23:59:59 GMT-18:00 9999"] {
            check(text, Moment::Unreadable);
        }
        for text in ["Tue Nov 11 25:56:30 UTC 2025", "2025-13-01 00:00:00", "2025", "99-99", "1-1-1 1"] {
            assert!(!matches!(moment(text), Moment::Wall(_)), "{text:?}");
        }
    }
}
