//! Every SQL statement of the module.

use std::net::IpAddr;

use ipnet::IpNet;
use platform::Tx;
use time::OffsetDateTime;

use crate::model::Arrival;

/// One line of what was seen.
pub struct ArrivalRow {
    pub service: String,
    pub arrival: Arrival,
    pub address: Option<IpNet>,
    pub first_seen_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    pub times: i64,
}

/// Notes that a service came so many times more. Past a thousand addresses the rest are counted together.
pub async fn note(
    tx: &mut Tx,
    service: &str,
    arrival: Arrival,
    address: Option<IpAddr>,
    times: i64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into service_arrivals as known (service, arrival, address, first_seen_at, last_seen_at, times)
         select $1, $2,
                case when exists (select from service_arrivals
                                  where service = $1 and arrival = $2 and address is not distinct from $3::inet)
                       or (select count(*) from service_arrivals where service = $1 and arrival = $2) < 1000
                     then $3::inet end,
                $4::timestamptz, $4::timestamptz, $5
         on conflict on constraint service_arrivals_key do update
         set last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at), times = known.times + excluded.times",
        service,
        arrival.as_str(),
        address.map(IpNet::from) as _,
        now,
        times
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What was seen since, the latest first.
pub async fn since(tx: &mut Tx, moment: OffsetDateTime) -> Result<Vec<ArrivalRow>, sqlx::Error> {
    sqlx::query_as!(
        ArrivalRow,
        r#"select service, arrival as "arrival: Arrival", address as "address: IpNet", first_seen_at, last_seen_at, times
           from service_arrivals
           where last_seen_at >= $1
           order by last_seen_at desc, service, arrival, address"#,
        moment
    )
    .fetch_all(&mut **tx)
    .await
}

/// When the first thing that is remembered was seen.
pub async fn watched_since(tx: &mut Tx) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!("select min(first_seen_at) from service_arrivals").fetch_one(&mut **tx).await
}

/// Removes what was seen last before that.
pub async fn forget(tx: &mut Tx, moment: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from service_arrivals where last_seen_at < $1", moment).execute(&mut **tx).await?;
    Ok(())
}
