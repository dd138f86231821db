//! Who the other side of a connection has proven to be, where its listener asked: what the handshake showed, and nothing
//! that a header says.

use std::sync::Arc;

/// The certificate whose key the other side has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// SHA-256 of its DER, base64url (RFC 8705, 3.1).
    pub thumbprint: String,
    /// Its URIs and DNS names (subject alternative names), as they stand there. The common name is nobody's identity.
    pub names: Vec<String>,
}

/// Marks a request that came by the internal listener.
#[derive(Debug, Clone)]
pub enum Inside {
    /// No certificate was shown.
    Unknown,
    Shown(Arc<PeerCertificate>),
    /// The certificate was good when the connection began and is so no more: revoked, run out, or of an authority that
    /// was taken away.
    Withdrawn,
}

impl Inside {
    pub fn certificate(&self) -> Option<&Arc<PeerCertificate>> {
        match self {
            Self::Shown(certificate) => Some(certificate),
            Self::Unknown | Self::Withdrawn => None,
        }
    }
}
