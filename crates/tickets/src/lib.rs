//! Tickets: the unit of work in the SOC's queue.
//!
//! Words: a *stage* is one of five and fixed, a *status* is an organization's own name within a stage; *severity* is
//! what the source says, *urgency* what we compute; *verdict*, *impact* and *reason* are said when a ticket ends; a
//! merged ticket is a *member* of its *survivor*; a *view* is a saved queue.
//! Tables: `tickets`, `ticket_statuses`, `ticket_activity`, `ticket_watchers`, `ticket_links`, `ticket_merges`,
//! `ticket_merge_members`, `ticket_gains`, `ticket_views`, `attachments`; reads `alerts`, `assets`, `users`.
//! Invariants: a change, its line in the history, its audit record, its live change and its notices are one
//! transaction; nothing people wrote is overwritten unseen; a merge loses nothing and can be taken back; a list costs
//! the same at a thousand and at a million tickets; `version` counts what people change, not what sources send; people
//! change no ticket that was not asked about (`asking`).

mod asking;
mod checks;
mod deeds;
mod files;
mod filter;
mod flights;
pub mod gains;
mod http;
mod inputs;
mod merging;
pub mod model;
pub mod opening;
mod order;
mod people;
mod row;
mod store;
pub mod words;

use platform::{Module, permission};

pub use http::first_page;
pub use store::merges::survivor_of;
pub use store::of_asset::open_of_asset;

permission! {
    pub TicketsRead = "tickets:read",
    pub TicketsCreate = "tickets:create" on items,
    pub TicketsWrite = "tickets:write" on items,
    pub TicketsAssign = "tickets:assign" on items,
    pub TicketsClose = "tickets:close" on items,
    pub TicketsReopen = "tickets:reopen" on items,
    pub TicketsMerge = "tickets:merge" on items,
    pub TicketsExport = "tickets:export",
    pub TicketsRaw = "tickets:raw",
    pub AttachmentsRead = "attachments:read",
    pub AttachmentsWrite = "attachments:write" on items,
    pub StatusesWrite = "policies:write",
}

pub fn module() -> Module {
    Module {
        name: "tickets",
        routes: http::routes(),
        jobs: Vec::new(),
        permissions: &[
            "tickets:read",
            "tickets:create",
            "tickets:write",
            "tickets:assign",
            "tickets:close",
            "tickets:reopen",
            "tickets:merge",
            "tickets:export",
            "tickets:raw",
            "attachments:read",
            "attachments:write",
            "policies:write",
        ],
    }
}
