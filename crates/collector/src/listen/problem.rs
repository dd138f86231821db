//! Why a listener listens elsewhere than asked, or not at all.

use std::io::{Error, ErrorKind};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

vocab::text_enum! {
    pub enum ListenerProblemCode {
        /// Ports below 1024 need a capability.
        NotPermitted = "not_permitted",
        PortInUse = "port_in_use",
        /// No interface of this machine has the address.
        NoSuchAddress = "no_such_address",
        /// The setting is no ADDRESS:PORT.
        BadSetting = "bad_setting",
        /// A certificate, a key or the authorities cannot be read, or do not fit.
        BadCertificate = "bad_certificate",
        Other = "other",
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ListenerProblem {
    pub code: ListenerProblemCode,
    /// As the system says it, with the addresses or the file.
    pub detail: String,
}

impl ListenerProblem {
    pub fn new(code: ListenerProblemCode, detail: impl ToString) -> Self {
        Self { code, detail: detail.to_string() }
    }

    pub fn binding(error: &Error, detail: impl ToString) -> Self {
        let code = match error.kind() {
            ErrorKind::PermissionDenied => ListenerProblemCode::NotPermitted,
            ErrorKind::AddrInUse => ListenerProblemCode::PortInUse,
            ErrorKind::AddrNotAvailable => ListenerProblemCode::NoSuchAddress,
            _ => ListenerProblemCode::Other,
        };
        Self::new(code, detail)
    }
}
