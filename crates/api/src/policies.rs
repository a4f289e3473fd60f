//! Policies and operator policies: `/api/policies`, `/api/operator-policies`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, EndpointInfo, ListQuery};

/// Policies of the vhosts that the caller may see. Management.
pub const LIST: Endpoint<0, ListQuery, (), Vec<Policy>> = Endpoint::get("/api/policies");
/// Policies of a vhost. Management.
pub const LIST_VHOST: Endpoint<1, ListQuery, (), Vec<Policy>> = Endpoint::get("/api/policies/{vhost}");
/// One policy. Management.
pub const GET: Endpoint<2, (), (), Policy> = Endpoint::get("/api/policies/{vhost}/{policy}");
/// Sets one: 201 when new, 204 when replaced. Policymaker.
pub const PUT: Endpoint<2, (), PutPolicy> = Endpoint::put("/api/policies/{vhost}/{policy}");
/// Clears one (204). Policymaker.
pub const DELETE: Endpoint<2> = Endpoint::delete("/api/policies/{vhost}/{policy}");

/// Operator policies of the vhosts that the caller may see. Management.
pub const LIST_OPERATOR: Endpoint<0, ListQuery, (), Vec<Policy>> = Endpoint::get("/api/operator-policies");
/// Operator policies of a vhost. Management.
pub const LIST_OPERATOR_VHOST: Endpoint<1, ListQuery, (), Vec<Policy>> =
    Endpoint::get("/api/operator-policies/{vhost}");
/// One operator policy. Management.
pub const GET_OPERATOR: Endpoint<2, (), (), Policy> =
    Endpoint::get("/api/operator-policies/{vhost}/{policy}");
/// Sets one: 201 when new, 204 when replaced. Administrator.
pub const PUT_OPERATOR: Endpoint<2, (), PutPolicy> = Endpoint::put("/api/operator-policies/{vhost}/{policy}");
/// Clears one (204). Administrator.
pub const DELETE_OPERATOR: Endpoint<2> = Endpoint::delete("/api/operator-policies/{vhost}/{policy}");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[
    LIST.info(),
    LIST_VHOST.info(),
    GET.info(),
    PUT.info(),
    DELETE.info(),
    LIST_OPERATOR.info(),
    LIST_OPERATOR_VHOST.info(),
    GET_OPERATOR.info(),
    PUT_OPERATOR.info(),
    DELETE_OPERATOR.info(),
];

/// A policy (<https://www.rabbitmq.com/docs/policies>).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The vhost; absent in definitions of one vhost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// The name.
    pub name: String,
    /// Regular expression that is looked for in the names of queues and exchanges.
    pub pattern: String,
    /// `all`, `queues`, `exchanges`, `classic_queues`, `quorum_queues` or `streams`.
    #[serde(rename = "apply-to")]
    pub apply_to: String,
    /// The arguments that it gives.
    pub definition: Map<String, Value>,
    /// The highest one wins.
    pub priority: i64,
}

/// What `PUT` takes; `pattern` and `definition` are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutPolicy {
    /// Regular expression that is looked for in the names of queues and exchanges.
    pub pattern: String,
    /// The arguments that it gives: an object.
    pub definition: Value,
    /// The highest one wins.
    pub priority: i64,
    /// `all`, `queues`, `exchanges`, `classic_queues`, `quorum_queues` or `streams`.
    #[serde(rename = "apply-to")]
    pub apply_to: String,
}
