//! What is told of a secret: never the secret.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

vocab::text_enum! {
    /// Where a change stands.
    pub enum SecretStanding {
        /// No change is under way.
        Settled = "settled",
        /// The next value is made and becomes known.
        Prepared = "prepared",
        /// The next value is in use; the one before still counts.
        Overlapping = "overlapping",
    }
}

vocab::text_enum! {
    /// Whose turn it is to change it.
    pub enum Turn {
        /// Changed by the platform when it is due, or when somebody asks.
        Platform = "platform",
        /// Changed by a person where it is kept; `obstacle` says how.
        Person = "person",
        /// Changing it would break something, or the platform does not know what it is for.
        Nobody = "nobody",
    }
}

vocab::text_enum! {
    /// What keeps the platform from changing a secret.
    pub enum Obstacle {
        /// The audit log is named after it.
        LogName = "log_name",
        /// An identity provider or the directory gave it: another is asked for there, and put here.
        GivenElsewhere = "given_elsewhere",
        /// The program does not know what it is for.
        UnknownUse = "unknown_use",
        /// It is of a database that is not the one of the settings.
        OtherDatabase = "other_database",
        /// The environment has another in its place.
        Environment = "environment",
        NotMadeYet = "not_made_yet",
        Unreadable = "unreadable",
        /// Who put it where it is, changes it there.
        KeptElsewhere = "kept_elsewhere",
    }
}

/// A secret of the installation, its age and when it is to be changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeptSecretView {
    pub name: String,
    pub turn: Turn,
    pub standing: SecretStanding,
    /// Since when the value is in use, as far as its keeper knows.
    #[serde(with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// Null when it is not changed for its age.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due_at: Option<OffsetDateTime>,
    pub is_overdue: bool,
    /// Why the platform does not change it itself.
    pub obstacle: Option<Obstacle>,
    /// The same in words.
    pub obstacle_detail: Option<String>,
}
