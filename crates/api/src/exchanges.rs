//! Exchanges: `/api/exchanges`.

use serde::{Deserialize, Serialize};

use crate::Arguments;
use crate::declaration::{Body, InVhost, ListQuery, Management, endpoints, query};
use crate::stats::MessageStats;

endpoints! {
    noun "Exchanges";

    /// Exchanges of all vhosts that the caller may see.
    GET "/api/exchanges" => List, access: Management, query: ListQuery, answer: Vec<Exchange>;
    /// Exchanges of a vhost.
    GET "/api/exchanges/{vhost}" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Exchange>;
    /// One exchange.
    GET "/api/exchanges/{vhost}/{exchange}" => Get { vhost, exchange },
        access: InVhost<Management>, query: ListQuery, answer: Exchange;
    /// Declares an exchange: 201 when new, 204 when it exists with the same properties, else 400.
    PUT "/api/exchanges/{vhost}/{exchange}" => Put { vhost, exchange },
        access: InVhost<Management>, body: PutExchange;
    /// Deletes an exchange (204).
    DELETE "/api/exchanges/{vhost}/{exchange}" => Delete { vhost, exchange },
        access: InVhost<Management>, query: DeleteConditions;
}

query! {
    /// Conditions of [`Delete`].
    pub struct DeleteConditions {
        /// Only when nothing is bound to it (else 400).
        "if-unused" => if_unused: bool,
    }
}

/// An exchange as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exchange {
    /// The name; empty for the default exchange.
    pub name: String,
    /// The vhost.
    pub vhost: String,
    /// `direct`, `fanout`, `topic`, `headers`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it survives a restart.
    pub durable: bool,
    /// Whether it goes with its last binding.
    pub auto_delete: bool,
    /// Whether clients may not publish to it.
    pub internal: bool,
    /// `x-` arguments.
    pub arguments: Arguments,
    /// Name of the policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Name of the operator policy that applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_policy: Option<String>,
    /// What both policies come to.
    #[serde(skip_serializing_if = "Arguments::is_empty")]
    pub effective_policy_definition: Arguments,
    /// Who declared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_who_performed_action: Option<String>,
    /// Message counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_stats: Option<MessageStats>,
    /// Messages that wait for their time, at an exchange that lets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_delayed: Option<u64>,
}

/// What `PUT` takes. Without a `type` it is a direct one, as in RabbitMQ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutExchange {
    /// `direct`, `fanout`, `topic`, `headers`, …
    #[serde(rename = "type", default = "direct")]
    pub kind: String,
    /// Whether it survives a restart.
    #[serde(default)]
    pub durable: bool,
    /// Whether it goes with its last binding.
    #[serde(default)]
    pub auto_delete: bool,
    /// Whether clients may not publish to it.
    #[serde(default)]
    pub internal: bool,
    /// `x-` arguments.
    #[serde(default)]
    pub arguments: Arguments,
}

fn direct() -> String {
    "direct".to_owned()
}

impl Body for PutExchange {
    const FLAGS: &'static [&'static str] = &["durable", "auto_delete", "internal"];
}
