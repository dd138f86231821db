//! Arrivals, and what they say of strict mutual TLS.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

vocab::text_enum! {
    /// How a service came.
    pub enum Arrival {
        /// With a certificate of its own and, where it brought a token, one that is bound to it.
        Certified = "certified",
        WithoutCertificate = "without_certificate",
        /// With somebody else's, or with one that names no service.
        ForeignCertificate = "foreign_certificate",
        /// With a certificate of its own and a token that anybody could bring.
        UnboundToken = "unbound_token",
    }
}

vocab::text_enum! {
    pub enum ServiceState {
        /// It came with its certificate, and in no other way.
        Ready = "ready",
        /// Strict would have refused it.
        Refused = "refused",
        /// It has not come at all, so nothing is known of it.
        Unseen = "unseen",
    }
}

/// Whether strict would refuse anybody who is let in now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MtlsReadiness)]
pub struct Readiness {
    pub is_strict_safe: bool,
    pub is_enabled: bool,
    pub is_strict: bool,
    /// What is looked back upon.
    pub days: i64,
    /// Since when arrivals are noted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub watched_since: Option<OffsetDateTime>,
    /// Why strict is not safe: `disabled`, `no_services`, `watched_too_briefly`, `service_refused`, `service_unseen`.
    pub reasons: Vec<&'static str>,
    pub services: Vec<ServiceReadiness>,
}

/// One registered service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceReadiness {
    pub service: String,
    pub state: ServiceState,
    #[serde(with = "time::serde::rfc3339::option")]
    pub certified_at: Option<OffsetDateTime>,
    /// The ways in which it came that strict refuses, the latest first; at most 100.
    pub refusals: Vec<RefusedArrival>,
}

/// One way in which a service came from one address.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedArrival {
    pub arrival: Arrival,
    /// None: further addresses, of which there are too many.
    pub address: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// As far as it was written down, which is once a minute.
    pub times: i64,
}
