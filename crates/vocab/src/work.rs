//! What analysts say about work: where it stands and what came of it.

crate::text_enum! {
    /// The fixed stages of a ticket. An organization may name statuses within a stage.
    pub enum Stage {
        New = "new",
        InProgress = "in_progress",
        Pending = "pending",
        Resolved = "resolved",
        Closed = "closed",
    }
}

impl Stage {
    /// Whether somebody still has to work on it.
    pub const fn is_open(self) -> bool {
        matches!(self, Stage::New | Stage::InProgress | Stage::Pending)
    }
}

crate::text_enum! {
    /// What it turned out to be.
    pub enum Verdict {
        TruePositive = "true_positive",
        BenignPositive = "benign_positive",
        FalsePositive = "false_positive",
        Undetermined = "undetermined",
        Duplicate = "duplicate",
    }
}

crate::text_enum! {
    /// What it did to the organization.
    pub enum Impact {
        None = "none",
        Low = "low",
        Medium = "medium",
        High = "high",
    }
}
