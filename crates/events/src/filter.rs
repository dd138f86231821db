//! What a search is narrowed by, and its SQL.

use std::net::IpAddr;

use ipnet::IpNet;
use platform::{Error, Result};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// A query's filters, read.
#[derive(Debug, Clone)]
pub struct Filter {
    pub from: OffsetDateTime,
    pub to: OffsetDateTime,
    pub source: Option<Uuid>,
    pub ip: Option<IpNet>,
    pub source_ip: Option<IpNet>,
    pub destination_ip: Option<IpNet>,
    pub host: Option<String>,
    pub user: Option<String>,
    pub severities: Vec<i16>,
    /// Columns and the values they have, in lower case.
    pub equal: Vec<(&'static str, String)>,
    pub rule: Option<Uuid>,
    pub unparsed: Option<bool>,
    pub words: Vec<String>,
    pub before: Option<Uuid>,
    pub limit: i64,
}

impl Filter {
    /// Whether the counts of minutes alone answer it.
    pub fn is_counted(&self) -> bool {
        let addresses = [self.ip, self.source_ip, self.destination_ip];
        addresses.iter().all(Option::is_none)
            && self.host.is_none()
            && self.user.is_none()
            && self.equal.is_empty()
            && self.rule.is_none()
            && self.unparsed.is_none()
            && self.words.is_empty()
    }

    /// Adds everything but organizations and time. Addresses, users and hosts are compared by what row-level security
    /// lets reach their indexes.
    pub fn restrict(&self, query: &mut QueryBuilder<Postgres>) {
        if let Some(source) = self.source {
            query.push(" and source_id = ").push_bind(source);
        }
        if let Some(net) = self.ip {
            query.push(" and (");
            within(query, "source_ip", net);
            query.push(" or ");
            within(query, "destination_ip", net);
            query.push(")");
        }
        for (column, net) in [("source_ip", self.source_ip), ("destination_ip", self.destination_ip)] {
            if let Some(net) = net {
                query.push(" and ");
                within(query, column, net);
            }
        }
        for (column, key) in [("host_key", &self.host), ("user_key", &self.user)] {
            if let Some(key) = key {
                query.push(format!(" and {column} = ")).push_bind(key.clone());
            }
        }
        if !self.severities.is_empty() {
            query.push(" and severity = any(").push_bind(self.severities.clone()).push(")");
        }
        for (column, value) in &self.equal {
            query.push(format!(" and lower({column}) = ")).push_bind(value.clone());
        }
        if let Some(rule) = self.rule {
            query.push(" and rules is not null and ").push_bind(rule).push(" = any(rules)");
        }
        match self.unparsed {
            Some(true) => drop(query.push(" and unparsed is not null")),
            Some(false) => drop(query.push(" and unparsed is null")),
            None => {}
        }
        for word in &self.words {
            query.push(" and strpos(folded_text(raw), ").push_bind(word.clone()).push(") > 0");
        }
    }
}

/// A network is a range of addresses, which an index has in order.
fn within(query: &mut QueryBuilder<Postgres>, column: &str, net: IpNet) {
    let (first, last) = (IpNet::from(net.network()), IpNet::from(net.broadcast()));
    if first == last {
        query.push(format!("{column} = ")).push_bind(first);
    } else {
        query.push(format!("({column} >= ")).push_bind(first);
        query.push(format!(" and {column} <= ")).push_bind(last).push(")");
    }
}

/// An address or a network.
pub fn addresses(field: &str, text: Option<&str>) -> Result<Option<IpNet>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let net = text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse::<IpNet>());
    net.map(Some).map_err(|_| Error::invalid_field(field, "is not an address or a network"))
}

/// A text of a query, when there is one.
pub fn text(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > 1000 || text.contains('\0') {
        return Err(Error::invalid_field(field, "has at most 1000 characters, none of them NUL"));
    }
    Ok(Some(text.to_owned()))
}
