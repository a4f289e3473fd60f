//! Policies and operator policies: `/api/policies`, `/api/operator-policies`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::declaration::{Administrator, Body, InVhost, ListQuery, Management, Policymaker, endpoints};

endpoints! {
    /// [Policies](policies.md) give arguments to queues and exchanges by their names.
    noun "Policies";

    /// Policies of all vhosts that the caller may see.
    GET "/api/policies" => List, access: Management, query: ListQuery, answer: Vec<Policy>;
    /// Policies of a vhost.
    GET "/api/policies/{vhost}" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Policy>;
    /// One policy.
    GET "/api/policies/{vhost}/{policy}" => Get { vhost, policy },
        access: InVhost<Policymaker>, query: ListQuery, answer: Policy;
    /// Sets it: 201 when new, 204 when replaced.
    PUT "/api/policies/{vhost}/{policy}" => Put { vhost, policy },
        access: InVhost<Policymaker>, body: PutPolicy;
    /// Clears it (204).
    DELETE "/api/policies/{vhost}/{policy}" => Delete { vhost, policy }, access: InVhost<Policymaker>;
    /// Operator policies of all vhosts that the caller may see.
    GET "/api/operator-policies" => ListOperator, access: Management, query: ListQuery, answer: Vec<Policy>;
    /// Operator policies of a vhost.
    GET "/api/operator-policies/{vhost}" => ListOperatorVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Policy>;
    /// One operator policy.
    GET "/api/operator-policies/{vhost}/{policy}" => GetOperator { vhost, policy },
        access: InVhost<Administrator>, query: ListQuery, answer: Policy;
    /// Sets it: 201 when new, 204 when replaced.
    PUT "/api/operator-policies/{vhost}/{policy}" => PutOperator { vhost, policy },
        access: InVhost<Administrator>, body: PutPolicy;
    /// Clears it (204).
    DELETE "/api/operator-policies/{vhost}/{policy}" => DeleteOperator { vhost, policy },
        access: InVhost<Administrator>;
}

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

/// What `PUT` takes. The values are read as they stand, because the node that checks them says what is wrong with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutPolicy {
    /// Regular expression that is looked for in the names of queues and exchanges: a text.
    pub pattern: Value,
    /// The arguments that it gives: an object.
    pub definition: Value,
    /// The highest one wins: a whole number, 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Value>,
    /// `all` (when absent), `queues`, `exchanges`, `classic_queues`, `quorum_queues` or `streams`.
    #[serde(rename = "apply-to", skip_serializing_if = "Option::is_none")]
    pub apply_to: Option<Value>,
}

impl Body for PutPolicy {
    const REQUIRED: &'static [&'static str] = &["pattern", "definition"];
}

impl PutPolicy {
    /// The policy as the document that a node checks, with the keys that are there.
    pub fn document(self) -> Map<String, Value> {
        let keys = [
            ("pattern", Some(self.pattern)),
            ("definition", Some(self.definition)),
            ("priority", self.priority),
            ("apply-to", self.apply_to),
        ];
        keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}
