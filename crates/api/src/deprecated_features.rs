//! Deprecated features: `/api/deprecated-features`.

use serde::{Deserialize, Serialize};

use crate::declaration::{ListQuery, Management, endpoints};
use crate::{Endpoint, EndpointInfo, ListQuery as FormerListQuery};

endpoints! {
    noun "Deprecated features";

    /// What RabbitMQ will take away, and whether it is permitted here.
    GET "/api/deprecated-features" => List,
        access: Management, query: ListQuery, answer: Vec<DeprecatedFeature>;
    /// What of it is in use now.
    GET "/api/deprecated-features/used" => ListUsed,
        access: Management, query: ListQuery, answer: Vec<DeprecatedFeature>;
}

// FORMER
/// All deprecated features. Management.
pub const LIST: Endpoint<0, FormerListQuery, (), Vec<DeprecatedFeature>> =
    Endpoint::get("/api/deprecated-features");
/// Those that are in use now. Management.
pub const LIST_USED: Endpoint<0, FormerListQuery, (), Vec<DeprecatedFeature>> =
    Endpoint::get("/api/deprecated-features/used");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[LIST.info(), LIST_USED.info()];

// END FORMER

/// A deprecated feature (<https://www.rabbitmq.com/docs/deprecated-features>).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeprecatedFeature {
    /// The name.
    pub name: String,
    /// What it is.
    pub desc: String,
    /// `permitted_by_default`, `denied_by_default`, …
    pub deprecation_phase: String,
    /// Where to read more.
    pub doc_url: String,
    /// `permitted` or `denied`.
    pub state: String,
    /// Part of the server that has it.
    pub provided_by: String,
}
