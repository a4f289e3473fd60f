//! What the node is and how busy it is: `/api/overview`, and the cluster's name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::declaration::{Administrator, Anyone, Body, ListQuery, Management, endpoints};
use crate::nodes::{Context, Registered};
use crate::stats::{MessageStats, Rate};

endpoints! {
    noun "Overview";

    /// The overview. Listeners, contexts and node only with the tag monitoring.
    GET "/api/overview" => Get, access: Management, query: ListQuery, answer: Overview;
    /// The cluster's name.
    GET "/api/cluster-name" => GetClusterName, access: Management, query: ListQuery, answer: ClusterName;
    /// Names the cluster (204).
    PUT "/api/cluster-name" => PutClusterName, access: Administrator, body: ClusterName;
    /// The version of the server, as a JSON text.
    GET "/api/version" => Version, access: Anyone, answer: String;
    /// Extensions of RabbitMQ's web pages; there are none.
    GET "/api/extensions" => Extensions, access: Management, answer: Vec<Value>;
}

/// The overview.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overview {
    /// Version of the management API.
    pub management_version: String,
    /// `basic`, `detailed` or `none`.
    pub rates_mode: String,
    /// Exchange types that can be declared.
    pub exchange_types: Vec<Registered>,
    /// Version of the product.
    pub product_version: String,
    /// Name of the product: `Warren`, `RabbitMQ`, `LavinMQ`.
    pub product_name: String,
    /// Version of the server, by RabbitMQ's key.
    pub rabbitmq_version: String,
    /// Version of the server, by LavinMQ's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lavinmq_version: Option<String>,
    /// Name of the cluster.
    pub cluster_name: String,
    /// Version of the Erlang runtime; empty where there is none.
    pub erlang_version: String,
    /// The same in full.
    pub erlang_full_version: String,
    /// Whether statistics are off.
    pub disable_stats: bool,
    /// Whether message counts are sent although statistics are off.
    pub enable_queue_totals: bool,
    /// Message counters.
    pub message_stats: MessageStats,
    /// How often connections, channels and queues come and go.
    pub churn_rates: ChurnRates,
    /// Messages in all queues.
    pub queue_totals: QueueTotals,
    /// How many things there are.
    pub object_totals: ObjectTotals,
    /// Statistics events that wait.
    pub statistics_db_event_queue: u64,
    /// The node that answered.
    pub node: String,
    /// What the node listens on.
    pub listeners: Vec<Listener>,
    /// Web applications.
    pub contexts: Vec<Context>,
}

/// Messages in all queues; absent until the first queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueTotals {
    /// Ready and unacknowledged messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Rate of `messages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_details: Option<Rate>,
    /// Messages ready for delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_ready: Option<u64>,
    /// Rate of `messages_ready`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_ready_details: Option<Rate>,
    /// Messages delivered and not yet acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_unacknowledged: Option<u64>,
    /// Rate of `messages_unacknowledged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_unacknowledged_details: Option<Rate>,
}

/// How many things there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectTotals {
    /// Open channels.
    pub channels: u64,
    /// Open connections.
    pub connections: u64,
    /// Consumers.
    pub consumers: u64,
    /// Exchanges.
    pub exchanges: u64,
    /// Queues.
    pub queues: u64,
}

/// How often connections, channels and queues come and go, counted since the node started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChurnRates {
    /// Channels closed.
    pub channel_closed: u64,
    /// Rate of `channel_closed`.
    pub channel_closed_details: Rate,
    /// Channels opened.
    pub channel_created: u64,
    /// Rate of `channel_created`.
    pub channel_created_details: Rate,
    /// Connections closed.
    pub connection_closed: u64,
    /// Rate of `connection_closed`.
    pub connection_closed_details: Rate,
    /// Connections opened.
    pub connection_created: u64,
    /// Rate of `connection_created`.
    pub connection_created_details: Rate,
    /// Queues that came into being.
    pub queue_created: u64,
    /// Rate of `queue_created`.
    pub queue_created_details: Rate,
    /// Declarations of queues, new or not.
    pub queue_declared: u64,
    /// Rate of `queue_declared`.
    pub queue_declared_details: Rate,
    /// Queues deleted.
    pub queue_deleted: u64,
    /// Rate of `queue_deleted`.
    pub queue_deleted_details: Rate,
}

/// A socket that the node listens on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// The node.
    pub node: String,
    /// `amqp`, `amqp/ssl`, `http`, `https`, `clustering`, …
    pub protocol: String,
    /// The address; `::` is every address.
    pub ip_address: String,
    /// The port.
    pub port: u16,
}

/// The cluster's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterName {
    /// The name.
    pub name: String,
}

impl Body for ClusterName {
    const REQUIRED: &'static [&'static str] = &["name"];
}
