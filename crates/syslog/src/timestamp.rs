//! Times at the start of some bytes, each with how many bytes it takes.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time as Clock, UtcOffset};

use crate::message::{Arrival, Problem, Time};

/// A reader of bytes from the front.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn spaces(&mut self) -> Option<()> {
        self.eat(b' ')?;
        while self.eat(b' ').is_some() {}
        Some(())
    }

    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        (count >= least).then(|| digits.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0')))
    }

    /// `.` or `,` and digits: nanoseconds (further digits say nothing) and the number of digits.
    fn fraction(&mut self) -> Option<(u32, usize)> {
        let digits = match self.rest.split_first() {
            Some((b'.' | b',', rest)) if rest.first().is_some_and(u8::is_ascii_digit) => rest,
            _ => return Some((0, 0)),
        };
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = digits.split_at_checked(count)?;
        let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
        self.rest = rest;
        Some((padded.fold(0, |n, digit| n * 10 + u32::from(digit - b'0')), count))
    }

    /// `22:14:15.003`
    fn clock(&mut self) -> Option<(Clock, usize)> {
        let hour = self.number(2, 2)?;
        self.eat(b':')?;
        let minute = self.number(2, 2)?;
        self.eat(b':')?;
        let second = self.number(2, 2)?;
        let (nanosecond, digits) = self.fraction()?;
        let part = |number: u32| u8::try_from(number).ok();
        let clock = Clock::from_hms_nano(part(hour)?, part(minute)?, part(second)?, nanosecond).ok()?;
        Some((clock, digits))
    }

    /// `Z`, `+02:00`, `-0700`
    fn zone(&mut self) -> Option<UtcOffset> {
        let sign: i8 = match self.rest.split_first()? {
            (b'Z' | b'z', rest) => {
                self.rest = rest;
                return Some(UtcOffset::UTC);
            }
            (b'+', rest) => {
                self.rest = rest;
                1
            }
            (b'-', rest) => {
                self.rest = rest;
                -1
            }
            _ => return None,
        };
        let hours = i8::try_from(self.number(2, 2)?).ok().filter(|hours| *hours < 24)?;
        // Some write `+0200`, some `+02`.
        let _ = self.eat(b':');
        let minutes = self.number(0, 2).and_then(|minutes| i8::try_from(minutes).ok())?;
        if minutes > 59 {
            return None;
        }
        UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
    }
}

/// Reads a text that is a time and nothing else: of ISO 8601, or as RFC 3164 has it, with a year, a week day before it or
/// `UTC` behind it. Any other name of a zone is ambiguous, and says nothing.
pub fn read_time(text: &str, arrival: &Arrival) -> Option<Time> {
    let bytes = text.trim().as_bytes();
    if let Some(iso) = iso(bytes) {
        return behind(iso.rest, iso.time(Some(arrival))?);
    }
    let week_day = bytes.iter().take(5).position(|byte| *byte == b' ').filter(|at| *at >= 3);
    let rest = week_day
        .and_then(|at| bytes.get(at + 1..))
        .filter(|rest| !rest.first().is_some_and(u8::is_ascii_digit));
    let bsd = bsd(rest.unwrap_or(bytes)).or_else(|| bsd(bytes))?;
    behind(bsd.rest, bsd.time(arrival).ok()?)
}

/// The time with what follows it: nothing, or the name of a zone.
fn behind(rest: &[u8], time: Time) -> Option<Time> {
    match rest.trim_ascii() {
        b"" => Some(time),
        b"UTC" | b"GMT" | b"Z" if !time.has_zone => {
            let (date, clock) = (time.wall.date(), time.wall.time());
            Some(Time { at: OffsetDateTime::new_utc(date, clock), has_zone: true, ..time })
        }
        name => name.iter().all(u8::is_ascii_alphabetic).then_some(time),
    }
}

/// A time of ISO 8601.
pub(crate) struct Iso<'a> {
    wall: PrimitiveDateTime,
    zone: Option<UtcOffset>,
    /// Whether it is written as RFC 5424, 6.2.3 wants it, but for its fraction.
    pub is_strict: bool,
    pub fraction_digits: usize,
    pub rest: &'a [u8],
}

/// Reads `2003-10-11T22:14:15.003Z`, with a space for the T or without a zone too.
pub(crate) fn iso(bytes: &[u8]) -> Option<Iso<'_>> {
    let mut cursor = Cursor { rest: bytes };
    let year = cursor.number(4, 4)?;
    cursor.eat(b'-')?;
    let month = cursor.number(2, 2)?;
    cursor.eat(b'-')?;
    let day = cursor.number(2, 2)?;
    let (between, rest) = cursor.rest.split_first()?;
    if !matches!(between, b'T' | b't' | b' ') {
        return None;
    }
    cursor.rest = rest;
    let (clock, fraction_digits) = cursor.clock()?;
    let mut behind = cursor;
    let zone_letter = cursor.rest.first().copied();
    let zone = behind.zone();
    if zone.is_some() {
        cursor = behind;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let is_strict = *between == b'T' && zone.is_some() && zone_letter != Some(b'z');
    Some(Iso { wall: date.with_time(clock), zone, is_strict, fraction_digits, rest: cursor.rest })
}

impl Iso<'_> {
    /// In the arrival's zone where it names none.
    pub(crate) fn time(&self, arrival: Option<&Arrival>) -> Option<Time> {
        let zone = self.zone.or(arrival.map(|arrival| arrival.zone))?;
        let at = self.wall.assume_offset(zone).checked_to_offset(UtcOffset::UTC)?;
        Some(Time { at, wall: self.wall, has_zone: self.zone.is_some(), has_year: true })
    }
}

/// A time as RFC 3164, 4.1.2 has it, and what devices add to it.
pub(crate) struct Bsd<'a> {
    month: Month,
    day: u8,
    clock: Clock,
    year: Option<i32>,
    zone: Option<UtcOffset>,
    pub rest: &'a [u8],
}

/// Reads `Oct 11 22:14:15`: a year before or behind the clock, a fraction, a zone and a colon may be there too.
pub(crate) fn bsd(bytes: &[u8]) -> Option<Bsd<'_>> {
    let (name, rest) = bytes.split_at_checked(3)?;
    let month = month(name)?;
    let mut cursor = Cursor { rest };
    cursor.spaces()?;
    let day = u8::try_from(cursor.number(1, 2)?).ok()?;
    cursor.spaces()?;
    let mut year = year_before_space(&mut cursor);
    let (clock, _) = cursor.clock()?;
    if year.is_none() {
        let mut behind = cursor;
        if behind.spaces().is_some() {
            year = year_before_space(&mut behind);
            // The space belongs to what follows.
            cursor = if year.is_some() { behind } else { cursor };
        }
    }
    let zone = named_zone(&mut cursor);
    let _ = cursor.eat(b':');
    let is_apart = cursor.rest.first().is_none_or(u8::is_ascii_whitespace) || year.is_some();
    is_apart.then_some(Bsd { month, day, clock, year, zone, rest: cursor.rest })
}

fn month(name: &[u8]) -> Option<Month> {
    const NAMES: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let at = NAMES.chunks_exact(3).position(|known| known.eq_ignore_ascii_case(name))?;
    Month::try_from(u8::try_from(at + 1).ok()?).ok()
}

/// `2007 `, of a year that a log may have.
fn year_before_space(cursor: &mut Cursor<'_>) -> Option<i32> {
    let mut ahead = *cursor;
    let year = ahead.number(4, 4).filter(|year| (1970..2100).contains(year))?;
    if !ahead.rest.is_empty() {
        ahead.spaces()?;
    }
    *cursor = ahead;
    i32::try_from(year).ok()
}

/// Behind the clock: an offset at once, or Cisco's ` UTC:`. Any other name is ambiguous, and taken only before a colon.
fn named_zone(cursor: &mut Cursor<'_>) -> Option<UtcOffset> {
    let mut ahead = *cursor;
    if let Some(zone) = ahead.zone() {
        *cursor = ahead;
        return Some(zone);
    }
    let mut ahead = *cursor;
    ahead.spaces()?;
    let count = ahead.rest.iter().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
    let (name, rest) = ahead.rest.split_at_checked(count)?;
    if !(3..=4).contains(&count) || !rest.starts_with(b": ") {
        return None;
    }
    cursor.rest = rest;
    matches!(name, b"UTC" | b"GMT").then_some(UtcOffset::UTC)
}

impl Bsd<'_> {
    /// The time, of the year that brings it next to the arrival where none is written.
    pub(crate) fn time(&self, arrival: &Arrival) -> Result<Time, Problem> {
        let zone = self.zone.unwrap_or(arrival.zone);
        let here = arrival.received_at.to_offset(zone).year();
        let at = |year: i32| -> Option<(PrimitiveDateTime, OffsetDateTime)> {
            let date = Date::from_calendar_date(year, self.month, self.day).ok()?;
            let wall = date.with_time(self.clock);
            Some((wall, wall.assume_offset(zone).checked_to_offset(UtcOffset::UTC)?))
        };
        // A clock may be ahead, or in another zone than we know, but not by more than a day.
        let latest = arrival.received_at.saturating_add(time::Duration::DAY);
        let found = match self.year {
            Some(year) => at(year),
            None => [here + 1, here, here - 1].into_iter().filter_map(at).find(|(_, at)| *at <= latest),
        };
        let (wall, at) = found.ok_or(Problem::NoSuchDay)?;
        Ok(Time { at, wall, has_zone: self.zone.is_some(), has_year: self.year.is_some() })
    }
}
