//! What ids say of time (UUIDv7, RFC 9562): a row's id is when it was made, and a period is a range of ids.

use time::{Duration, OffsetDateTime, Time, UtcOffset};
use uuid::Uuid;

/// When the row of an id was made.
pub fn occurred_at(id: Uuid) -> OffsetDateTime {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |timestamp| timestamp.to_unix());
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap_or(0))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .replace_nanosecond(nanos)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The hour that a moment is in: figures are counted by it.
pub fn hour_of(moment: OffsetDateTime) -> OffsetDateTime {
    let moment = moment.to_offset(UtcOffset::UTC);
    moment.replace_time(Time::MIDNIGHT) + Duration::hours(i64::from(moment.hour()))
}

/// The smallest id of a moment; its moment can be read from it again.
pub fn first_id(moment: OffsetDateTime) -> Uuid {
    const VERSION_7: u128 = 0x7 << 76;
    const VARIANT: u128 = 0x2 << 62;
    let millis = u128::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    Uuid::from_u128(millis << 80 | VERSION_7 | VARIANT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_moment_says_the_moment_and_no_id_of_it_is_smaller() {
        let moment = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1_795_169_701_123);
        let first = first_id(moment);
        assert_eq!(occurred_at(first), moment);
        for _ in 0..100 {
            let timestamp = uuid::Timestamp::from_unix(uuid::NoContext, 1_795_169_701, 123_000_000);
            assert!(Uuid::new_v7(timestamp) >= first);
        }
        let before = uuid::Timestamp::from_unix(uuid::NoContext, 1_795_169_701, 122_000_000);
        assert!(Uuid::new_v7(before) < first);
    }
}
