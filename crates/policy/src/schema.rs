//! The JSON schemas of the files, for editors; the tests hold them to what is read here.

/// Of `iam_policies.yaml`.
pub const POLICIES_SCHEMA: &str = include_str!("../../../config/iam_policies.schema.json");

/// Of `service_identities.yaml`.
pub const SERVICES_SCHEMA: &str = include_str!("../../../config/service_identities.schema.json");
