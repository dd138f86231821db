//! Keeping events: one statement for as many as a transaction brings, and their minutes counted in the same one.
//!
//! PostgreSQL refuses COPY on tables with row-level security: see docs/decisions.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::net::IpAddr;

use ipnet::IpNet;
use log_formats::{Event, Unparsed};
use platform::{Result, Tx, ids};
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

/// The most characters of a value that is looked for: an index takes no more than some 2,700 bytes.
pub(crate) const KEY_CHARS: usize = 200;
/// The most bytes of a column; all of it stands in the raw text.
const COLUMN_BYTES: usize = 1000;

/// An event to keep.
pub struct NewEvent<'a> {
    /// A UUIDv7 of the time of receipt. One that is kept already is not kept again.
    pub id: Uuid,
    pub organization: OrganizationId,
    pub source: SourceId,
    pub event: &'a Event<'a>,
    /// The whole message as received, its syslog header included.
    pub raw: &'a [u8],
    pub sender: IpAddr,
    /// The detection rules that it matched.
    pub rules: Vec<Uuid>,
}

/// The events' columns, each as one array.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    organizations: Vec<Uuid>,
    sources: Vec<Uuid>,
    event_at: Vec<Option<OffsetDateTime>>,
    senders: Vec<IpNet>,
    source_ips: Vec<Option<IpNet>>,
    source_ports: Vec<Option<i32>>,
    destination_ips: Vec<Option<IpNet>>,
    destination_ports: Vec<Option<i32>>,
    user_keys: Vec<Option<String>>,
    users: Vec<Option<Cow<'a, str>>>,
    host_keys: Vec<Option<String>>,
    hosts: Vec<Option<Cow<'a, str>>>,
    actions: Vec<Option<Cow<'a, str>>>,
    severities: Vec<i16>,
    rule_names: Vec<Option<Cow<'a, str>>>,
    event_codes: Vec<Option<Cow<'a, str>>>,
    devices: Vec<Option<Cow<'a, str>>>,
    products: Vec<Option<Cow<'a, str>>>,
    formats: Vec<&'static str>,
    unparsed: Vec<Option<&'static str>>,
    rules: Vec<Option<String>>,
    raws: Vec<Cow<'a, str>>,
    raw_bytes: Vec<Option<&'a [u8]>>,
}

/// Keeps events and counts them by minute, in the caller's transaction.
pub async fn keep(tx: &mut Tx, events: &[NewEvent<'_>]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    events.iter().for_each(|event| columns.push(event));
    let kept = insert(tx, &columns).await?;
    if kept.len() == events.len() {
        return Ok(count(tx, events.iter()).await?);
    }
    let kept = kept.into_iter().collect::<HashSet<_>>();
    Ok(count(tx, events.iter().filter(|event| kept.contains(&event.id))).await?)
}

/// Writes the rows; returns the ids of those that were not there.
async fn insert(tx: &mut Tx, columns: &Columns<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into events (id, organization_id, source_id, event_at, sender, source_ip, source_port, destination_ip,
             destination_port, user_key, user_name, host_key, host_name, action, severity, rule_name, event_code,
             device, product, format, unparsed, rules, raw, raw_bytes)
         select id, organization_id, source_id, event_at, sender, source_ip, source_port, destination_ip,
             destination_port, user_key, user_name, host_key, host_name, action, severity, rule_name, event_code,
             device, product, format, unparsed, rules::uuid[], raw, raw_bytes
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::inet[], $6::inet[], $7::int[], $8::inet[],
             $9::int[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int2[], $16::text[],
             $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::bytea[])
             as event (id, organization_id, source_id, event_at, sender, source_ip, source_port, destination_ip,
             destination_port, user_key, user_name, host_key, host_name, action, severity, rule_name, event_code,
             device, product, format, unparsed, rules, raw, raw_bytes)
         on conflict do nothing returning id",
        &columns.ids,
        &columns.organizations,
        &columns.sources,
        &columns.event_at as &[Option<OffsetDateTime>],
        &columns.senders,
        &columns.source_ips as &[Option<IpNet>],
        &columns.source_ports as &[Option<i32>],
        &columns.destination_ips as &[Option<IpNet>],
        &columns.destination_ports as &[Option<i32>],
        &columns.user_keys as &[Option<String>],
        &columns.users as &[Option<Cow<'_, str>>],
        &columns.host_keys as &[Option<String>],
        &columns.hosts as &[Option<Cow<'_, str>>],
        &columns.actions as &[Option<Cow<'_, str>>],
        &columns.severities,
        &columns.rule_names as &[Option<Cow<'_, str>>],
        &columns.event_codes as &[Option<Cow<'_, str>>],
        &columns.devices as &[Option<Cow<'_, str>>],
        &columns.products as &[Option<Cow<'_, str>>],
        &columns.formats as &[&str],
        &columns.unparsed as &[Option<&str>],
        &columns.rules as &[Option<String>],
        &columns.raws as &[Cow<'_, str>],
        &columns.raw_bytes as &[Option<&[u8]>],
    )
    .fetch_all(&mut **tx)
    .await
}

impl<'a> Columns<'a> {
    fn push(&mut self, new: &'a NewEvent<'a>) {
        let event = new.event;
        self.ids.push(new.id);
        self.organizations.push(new.organization.uuid());
        self.sources.push(new.source.uuid());
        self.event_at.push(event.time.filter(is_storable));
        self.senders.push(IpNet::from(new.sender));
        self.source_ips.push(event.source_ip.map(IpNet::from));
        self.source_ports.push(event.source_port.map(i32::from));
        self.destination_ips.push(event.destination_ip.map(IpNet::from));
        self.destination_ports.push(event.destination_port.map(i32::from));
        let (key, user) = looked_for(event.user.as_deref());
        self.user_keys.push(key);
        self.users.push(user);
        let (key, host) = looked_for(event.host.as_deref());
        self.host_keys.push(key);
        self.hosts.push(host);
        self.actions.push(event.action.as_deref().map(column));
        self.severities.push(i16::from(event.severity.id()));
        self.rule_names.push(event.rule_name.as_deref().map(column));
        self.event_codes.push(event.event_code.as_deref().map(column));
        self.devices.push(event.device.as_deref().map(column));
        self.products.push(event.product.as_deref().map(column));
        self.formats.push(event.format.as_str());
        self.unparsed.push(event.unparsed.map(Unparsed::code));
        self.rules.push(array(&new.rules));
        let raw = log_formats::text(new.raw);
        self.raw_bytes.push((raw.as_bytes() != new.raw).then_some(new.raw));
        self.raws.push(raw);
    }
}

/// Adds up what each minute brought. Sorted, so that two writers wait for each other in one direction only.
async fn count<'a>(tx: &mut Tx, events: impl Iterator<Item = &'a NewEvent<'a>>) -> Result<(), sqlx::Error> {
    let mut totals = BTreeMap::<_, i64>::new();
    for event in events {
        let received_at = ids::occurred_at(event.id);
        let minute = received_at.truncate_to_minute();
        let key =
            (event.organization.uuid(), minute, event.source.uuid(), i16::from(event.event.severity.id()));
        *totals.entry(key).or_default() += 1;
    }
    let (mut organizations, mut minutes, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    let (mut severities, mut counts) = (Vec::new(), Vec::new());
    for ((organization, minute, source, severity), total) in totals {
        organizations.push(organization);
        minutes.push(minute);
        sources.push(source);
        severities.push(severity);
        counts.push(total);
    }
    sqlx::query!(
        "insert into event_minutes as known (organization_id, minute, source_id, severity, total)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::int2[], $5::int8[])
         on conflict (organization_id, minute, source_id, severity) do update set total = known.total + excluded.total",
        &organizations,
        &minutes,
        &sources,
        &severities,
        &counts
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A value folded as it is looked for, and as it is written where that differs.
fn looked_for(value: Option<&str>) -> (Option<String>, Option<Cow<'_, str>>) {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return (None, None) };
    let written = column(value);
    let key = key(&written);
    let differs = *key != *written;
    (Some(key), differs.then_some(written))
}

/// What is compared when somebody looks for a user or a host.
pub(crate) fn key(value: &str) -> String {
    fold(value.trim()).chars().take(KEY_CHARS).collect()
}

/// Lower case and without accents, as the database's `folded_text` folds.
pub(crate) fn fold(value: &str) -> String {
    if value.is_ascii() {
        return value.to_ascii_lowercase();
    }
    value.to_lowercase().nfd().filter(|character| !is_combining_mark(*character)).collect()
}

/// Cut to what a column takes, and without the NUL that PostgreSQL's text cannot hold.
fn column(value: &str) -> Cow<'_, str> {
    let value = value.get(..value.floor_char_boundary(COLUMN_BYTES)).unwrap_or_default();
    if value.contains('\0') { Cow::Owned(value.replace('\0', "\u{2400}")) } else { Cow::Borrowed(value) }
}

/// A time that PostgreSQL and RFC 3339 both hold.
fn is_storable(time: &OffsetDateTime) -> bool {
    (0..=9999).contains(&time.year())
}

fn array(ids: &[Uuid]) -> Option<String> {
    let (first, rest) = ids.split_first()?;
    let mut text = format!("{{{first}");
    for id in rest {
        let _ = write!(text, ",{id}");
    }
    text.push('}');
    Some(text)
}
