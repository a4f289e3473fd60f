//! Deprecated features: `/api/deprecated-features`.

use serde::{Deserialize, Serialize};

use crate::declaration::{ListQuery, Management, endpoints};

endpoints! {
    noun "Deprecated features";

    /// What RabbitMQ will take away, and whether it is permitted here.
    GET "/api/deprecated-features" => List,
        access: Management, query: ListQuery, answer: Vec<DeprecatedFeature>;
    /// What of it is in use now.
    GET "/api/deprecated-features/used" => ListUsed,
        access: Management, query: ListQuery, answer: Vec<DeprecatedFeature>;
}

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
