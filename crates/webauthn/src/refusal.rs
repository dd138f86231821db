//! Why something shown is not believed.

/// Each is one word in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not what an authenticator or a browser writes.
    Malformed,
    /// An assertion in place of an enrolment, or the other way round.
    WrongKind,
    WrongChallenge,
    /// Another page asked for it, or ours within another.
    WrongOrigin,
    /// It was made for another host name.
    WrongRelyingParty,
    NotPresent,
    NotVerified,
    UnknownAlgorithm,
    WrongSignature,
    /// Two authenticators have the same key.
    CounterWentBack,
    /// Whether a key may be copied never changes.
    BackupChanged,
}

impl Refusal {
    pub const fn as_str(self) -> &'static str {
        match self {
            Refusal::Malformed => "malformed",
            Refusal::WrongKind => "wrong_kind",
            Refusal::WrongChallenge => "wrong_challenge",
            Refusal::WrongOrigin => "wrong_origin",
            Refusal::WrongRelyingParty => "wrong_relying_party",
            Refusal::NotPresent => "not_present",
            Refusal::NotVerified => "not_verified",
            Refusal::UnknownAlgorithm => "unknown_algorithm",
            Refusal::WrongSignature => "wrong_signature",
            Refusal::CounterWentBack => "counter_went_back",
            Refusal::BackupChanged => "backup_changed",
        }
    }
}
