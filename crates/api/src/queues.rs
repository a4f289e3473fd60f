//! Queues: `/api/queues`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Arguments;
use crate::consumers::Consumer;
use crate::declaration::{Body, InVhost, ListQuery, Management, endpoints, query};
use crate::stats::{MessageStats, Rate};

endpoints! {
    noun "Queues";

    /// Queues of all vhosts that the caller may see.
    GET "/api/queues" => List, access: Management, query: ListQuery, answer: Vec<Queue>;
    /// Queues of a vhost.
    GET "/api/queues/{vhost}" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Queue>;
    /// One queue, with its consumers.
    GET "/api/queues/{vhost}/{queue}" => Get { vhost, queue },
        access: InVhost<Management>, query: ListQuery, answer: Queue;
    /// Declares a queue: 201 when new, 204 when it exists with the same properties, else 400.
    PUT "/api/queues/{vhost}/{queue}" => Put { vhost, queue }, access: InVhost<Management>, body: PutQueue;
    /// Deletes a queue (204); 400 when a condition does not hold.
    DELETE "/api/queues/{vhost}/{queue}" => Delete { vhost, queue },
        access: InVhost<Management>, query: DeleteConditions;
    /// Drops all ready messages of a queue (204).
    DELETE "/api/queues/{vhost}/{queue}/contents" => Purge { vhost, queue }, access: InVhost<Management>;
}

query! {
    /// Conditions of [`Delete`].
    pub struct DeleteConditions {
        /// Only when it holds no message.
        "if-empty" => if_empty: bool,
        /// Only when it has no consumer.
        "if-unused" => if_unused: bool,
    }
}

/// A queue as it is listed. Numbers of messages and bytes are absent while statistics are off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    /// The name.
    pub name: String,
    /// The vhost.
    pub vhost: String,
    /// `classic`, `quorum`, `stream`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it survives a restart.
    pub durable: bool,
    /// Whether it goes with its last consumer.
    pub auto_delete: bool,
    /// Whether it belongs to one connection and goes with it.
    pub exclusive: bool,
    /// The connection that owns an exclusive queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_pid_details: Option<Owner>,
    /// `x-` arguments.
    pub arguments: Arguments,
    /// The node it lives on.
    pub node: String,
    /// The node that leads a replicated queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// The nodes that have a replica of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    /// Those of them that are up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<Vec<String>>,
    /// `running`, `idle`, `flow`, `down`, …
    pub state: String,
    /// Name of the policy that applies.
    pub policy: Option<String>,
    /// Name of the operator policy that applies.
    pub operator_policy: Option<String>,
    /// What both policies come to.
    pub effective_policy_definition: Arguments,
    /// Tag of the consumer that excludes others.
    pub exclusive_consumer_tag: Option<String>,
    /// Tag of the one consumer that is served.
    pub single_active_consumer_tag: Option<String>,
    /// How many consumers it has.
    pub consumers: u64,
    /// Share of time, 0 to 1, in which consumers could take messages at once.
    pub consumer_utilisation: Option<Value>,
    /// The same, by its newer name.
    pub consumer_capacity: Option<Value>,
    /// Bytes of memory that the queue holds.
    pub memory: u64,
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
    /// Messages held in memory.
    pub messages_ram: Option<u64>,
    /// Ready messages held in memory.
    pub messages_ready_ram: Option<u64>,
    /// Unacknowledged messages held in memory.
    pub messages_unacknowledged_ram: Option<u64>,
    /// Persistent messages.
    pub messages_persistent: Option<u64>,
    /// Messages that lie on disk only.
    pub messages_paged_out: Option<u64>,
    /// Bytes of all bodies.
    pub message_bytes: Option<u64>,
    /// Bytes of bodies of ready messages.
    pub message_bytes_ready: Option<u64>,
    /// Bytes of bodies of unacknowledged messages.
    pub message_bytes_unacknowledged: Option<u64>,
    /// Bytes of bodies in memory.
    pub message_bytes_ram: Option<u64>,
    /// Bytes of bodies of persistent messages.
    pub message_bytes_persistent: Option<u64>,
    /// Bytes of bodies that lie on disk only.
    pub message_bytes_paged_out: Option<u64>,
    /// The `timestamp` property of the first message, in seconds since 1970.
    pub head_message_timestamp: Option<Value>,
    /// Since when nothing happened; RFC 3339 with milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<String>,
    /// Message counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_stats: Option<MessageStats>,
    /// The consumers; only for a single queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_details: Option<Vec<Consumer>>,
}

/// The connection that owns an exclusive queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Name of the connection.
    pub name: String,
    /// The client's address.
    pub peer_host: String,
    /// The client's port.
    pub peer_port: u16,
}

/// What `PUT` takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PutQueue {
    /// Whether it survives a restart.
    pub durable: bool,
    /// Whether it goes with its last consumer.
    pub auto_delete: bool,
    /// `x-` arguments.
    pub arguments: Arguments,
    /// The node to place it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

impl Body for PutQueue {
    const FLAGS: &'static [&'static str] = &["durable", "auto_delete"];
}
