//! What the deliveries of an alert amount to. A delivery that only repeats an alert appends a narrow row and leaves the
//! alert's own, wide row alone; a little later the alert takes over what was appended.
//!
//! Every row says the whole amount and no part of it, and amounts only widen. So whoever reads takes the widest, and to
//! take a row over twice, late or out of order does no harm.

use platform::Tx;
use time::OffsetDateTime;
use vocab::{AlertId, OrganizationId};

/// What an alert's deliveries amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// What we received.
    pub deliveries: i32,
    /// The largest count a payload claimed.
    pub occurrences: i64,
    pub first_seen_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    /// When a delivery last came, whatever time it claimed.
    pub last_received_at: OffsetDateTime,
}

impl Counts {
    /// Of one delivery, received when it was seen.
    pub fn once(occurrences: i64, at: OffsetDateTime) -> Self {
        Self { deliveries: 1, occurrences, first_seen_at: at, last_seen_at: at, last_received_at: at }
    }

    /// The wider of both, field by field.
    pub fn widen(&mut self, other: &Self) {
        self.deliveries = self.deliveries.max(other.deliveries);
        self.occurrences = self.occurrences.max(other.occurrences);
        self.first_seen_at = self.first_seen_at.min(other.first_seen_at);
        self.last_seen_at = self.last_seen_at.max(other.last_seen_at);
        self.last_received_at = self.last_received_at.max(other.last_received_at);
    }
}

/// The counts of one alert.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub organization: OrganizationId,
    pub alert: AlertId,
    pub counts: Counts,
}

/// Alerts with counts to take over, and up to where that settles all.
#[derive(Debug)]
pub struct Pending {
    /// A transaction id; everything before it is in `alerts` or was taken over earlier.
    pub until: String,
    pub organizations: Vec<OrganizationId>,
    pub alerts: Vec<AlertId>,
}

/// Appends what alerts amount to now. Their rows are locked, so that an alert's counts follow each other.
pub async fn append(tx: &mut Tx, counted: &[Counted]) -> Result<(), sqlx::Error> {
    if counted.is_empty() {
        return Ok(());
    }
    let times = |of: fn(&Counts) -> OffsetDateTime| {
        counted.iter().map(|counted| of(&counted.counts)).collect::<Vec<_>>()
    };
    sqlx::query!(
        "insert into alert_counts
             (id, organization_id, alert_id, deliveries, occurrences, first_seen_at, last_seen_at, last_received_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::timestamptz[],
                              $7::timestamptz[], $8::timestamptz[])",
        &counted.iter().map(|_| uuid::Uuid::now_v7()).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.organization.uuid()).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.alert.uuid()).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.counts.deliveries).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.counts.occurrences).collect::<Vec<_>>(),
        &times(|counts| counts.first_seen_at),
        &times(|counts| counts.last_seen_at),
        &times(|counts| counts.last_received_at),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The latest counts appended for alerts; none for those that were never repeated. A statement of its own after the
/// one that locks the alerts: one that waits for a lock does not see what was appended while it waited.
pub async fn latest(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    alerts: &[AlertId],
) -> Result<Vec<Counted>, sqlx::Error> {
    let rows = sqlx::query!(
        "select latest.organization_id, latest.alert_id, latest.deliveries, latest.occurrences, latest.first_seen_at,
                latest.last_seen_at, latest.last_received_at
         from unnest($1::uuid[]) as organization (id) cross join unnest($2::uuid[]) as alert (id)
         cross join lateral (
             select * from alert_counts
             where organization_id = organization.id and alert_id = alert.id
             order by deliveries desc limit 1) as latest",
        &organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
        &alerts.iter().map(|id| id.uuid()).collect::<Vec<_>>()
    )
    .fetch_all(&mut **tx)
    .await?;
    let counted = rows.into_iter().map(|row| Counted {
        organization: OrganizationId(row.organization_id),
        alert: AlertId(row.alert_id),
        counts: Counts {
            deliveries: row.deliveries,
            occurrences: row.occurrences,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            last_received_at: row.last_received_at,
        },
    });
    Ok(counted.collect())
}

/// What waits to be taken over: of about `most` rows, and of transactions older than every running one, for among
/// those nothing can appear any more. None while another process is at it. Locks the place until the transaction ends.
pub async fn pending(tx: &mut Tx, most: i64) -> Result<Option<Pending>, sqlx::Error> {
    let place = sqlx::query_scalar!(
        r#"select until::text as "until!" from alert_counts_taken for update skip locked"#
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(from) = place else { return Ok(None) };
    // A transaction's rows are taken together: the last one ends behind its own.
    let until = sqlx::query_scalar!(
        r#"select least(pg_snapshot_xmin(pg_current_snapshot()),
                        (select (xact::text::bigint + 1)::text::xid8 from alert_counts
                         where xact >= $1::text::xid8 order by xact offset $2 limit 1))::text as "until!""#,
        from,
        most
    )
    .fetch_one(&mut **tx)
    .await?;
    let rows = sqlx::query!(
        "select distinct organization_id, alert_id from alert_counts
         where xact >= $1::text::xid8 and xact < $2::text::xid8",
        from,
        until
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut organizations = rows.iter().map(|row| OrganizationId(row.organization_id)).collect::<Vec<_>>();
    organizations.sort_unstable();
    organizations.dedup();
    let alerts = rows.iter().map(|row| AlertId(row.alert_id)).collect();
    Ok(Some(Pending { until, organizations, alerts }))
}

/// Takes counts over into their alerts.
pub async fn take_over(tx: &mut Tx, counted: &[Counted]) -> Result<(), sqlx::Error> {
    if counted.is_empty() {
        return Ok(());
    }
    let times = |of: fn(&Counts) -> OffsetDateTime| {
        counted.iter().map(|counted| of(&counted.counts)).collect::<Vec<_>>()
    };
    sqlx::query!(
        "update alerts alert set
             deliveries = greatest(alert.deliveries, counted.deliveries),
             occurrences = greatest(alert.occurrences, counted.occurrences),
             first_seen_at = least(alert.first_seen_at, counted.first_seen_at),
             last_seen_at = greatest(alert.last_seen_at, counted.last_seen_at),
             last_received_at = greatest(alert.last_received_at, counted.last_received_at),
             version = alert.version + 1
         from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                     $7::timestamptz[])
             as counted (organization_id, id, deliveries, occurrences, first_seen_at, last_seen_at, last_received_at)
         where alert.organization_id = counted.organization_id and alert.id = counted.id",
        &counted.iter().map(|counted| counted.organization.uuid()).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.alert.uuid()).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.counts.deliveries).collect::<Vec<_>>(),
        &counted.iter().map(|counted| counted.counts.occurrences).collect::<Vec<_>>(),
        &times(|counts| counts.first_seen_at),
        &times(|counts| counts.last_seen_at),
        &times(|counts| counts.last_received_at),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that everything before `until` was taken over.
pub async fn note_taken(tx: &mut Tx, until: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update alert_counts_taken set until = $1::text::xid8", until).execute(&mut **tx).await?;
    Ok(())
}

/// Whether anything waits, or may still appear, to be taken over.
pub async fn is_pending(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from alert_counts, alert_counts_taken where xact >= until) as "is_pending!""#
    )
    .fetch_one(&mut **tx)
    .await
}
