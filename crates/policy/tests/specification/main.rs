//! What the crate promises, through its public API.

mod decisions;
mod differences;
mod items;
mod oracle;
mod properties;
mod refusals;
mod schemas;
mod services;
mod shipped;

/// The permissions that the platform knows.
const CATALOGUE: &[&str] = &[
    "organizations:read",
    "organizations:write",
    "users:read",
    "users:write",
    "roles:read",
    "audit:read",
    "audit:export",
    "authorization:read",
    "authorization:preview",
    "secrets:read",
    "secrets:rotate",
    "sources:read",
    "sources:write",
    "quarantine:read",
    "quarantine:write",
    "events:read",
    "rules:read",
    "rules:write",
    "alerts:read",
    "alerts:write",
    "suppressions:write",
    "policies:write",
    "assets:read",
    "assets:write",
    "assets:import",
    "assets:export",
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
    "dashboard:read",
    "health:read",
    "mtls:read",
    "metrics:read",
    "notices:read",
];

/// The file as it is shipped.
const SHIPPED: &str = include_str!("../../../../config/iam_policies.yaml");

/// A file in which every kind of restriction occurs, on one role each.
const RESTRICTED: &str = r#"
version: 1
roles:
  viewer:
    description: Unrestricted.
    permissions: [tickets:read, assets:read]
  at_office:
    description: By network.
    inherits: [viewer]
    permissions: [tickets:write]
    restrictions: {networks: [10.0.0.0/8, "2001:db8::/32", 192.0.2.7]}
  by_day:
    description: By hours.
    permissions: ["tickets:*"]
    restrictions: {hours: {from: 08:00, to: "20:00"}}
  by_night:
    description: By hours over midnight.
    permissions: [tickets:write]
    restrictions: {hours: {from: "22:00", to: "06:00"}}
  proven:
    description: By second factor.
    permissions: ["*"]
    restrictions: {requires_mfa: true}
  junior:
    description: By severity.
    permissions: [tickets:write]
    restrictions: {severity_ceiling: medium}
  senior:
    description: Inherits the junior's permissions, not the ceiling.
    inherits: [junior]
  in_madrid:
    description: By hours of a place with summer time.
    permissions: [tickets:write]
    restrictions: {hours: {from: "08:00", to: "20:00", zone: Europe/Madrid}}
  at_acme:
    description: By organization.
    permissions: [tickets:write]
    restrictions: {organizations: [acme, globex]}
  machine:
    description: By client certificate.
    permissions: [tickets:write]
    restrictions: {requires_mtls: true}
  trainee:
    description: By item.
    permissions: [tickets:write]
    restrictions: {own_items: true}
"#;
