//! Virtual hosts: `/api/vhosts`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::declaration::{Administrator, Body, ListQuery, Management, endpoints};
use crate::permissions::Permission;
use crate::stats::{MessageStats, Rate};
use crate::{Arguments, Tags, tags};

endpoints! {
    noun "Vhosts";

    /// The vhosts that the caller may see.
    GET "/api/vhosts" => List, access: Management, query: ListQuery, answer: Vec<VHost>;
    /// One vhost.
    GET "/api/vhosts/{vhost}" => Get { vhost }, access: Administrator, query: ListQuery, answer: VHost;
    /// Creates (201) or updates (204) a vhost; the creator gets all permissions in a new one.
    PUT "/api/vhosts/{vhost}" => Put { vhost }, access: Administrator, body: PutVHost;
    /// Deletes a vhost with all that is in it (204); 412 if it is protected.
    DELETE "/api/vhosts/{vhost}" => Delete { vhost }, access: Administrator;
    /// Protects a vhost from being deleted (204).
    POST "/api/vhosts/{vhost}/deletion/protection" => Protect { vhost }, access: Administrator;
    /// Lets a vhost be deleted again (204).
    DELETE "/api/vhosts/{vhost}/deletion/protection" => Unprotect { vhost }, access: Administrator;
    /// Permissions in a vhost.
    GET "/api/vhosts/{vhost}/permissions" => Permissions { vhost },
        access: Administrator, query: ListQuery, answer: Vec<Permission>;
}

/// A vhost as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VHost {
    /// The name.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
    /// `classic`, `quorum`, `stream`, or `undefined`.
    pub default_queue_type: Option<String>,
    /// Description, tags and default queue type once more.
    pub metadata: Map<String, Value>,
    /// Whether it cannot be deleted.
    pub protected_from_deletion: bool,
    /// `max-connections`, `max-queues`.
    pub limits: Arguments,
    /// Whether messages are traced.
    pub tracing: bool,
    /// State on each node: `running` or `stopped`.
    pub cluster_state: Map<String, Value>,
    /// Messages in all queues.
    pub messages: Option<u64>,
    /// Rate of `messages`.
    pub messages_details: Option<Rate>,
    /// Messages ready for delivery.
    pub messages_ready: Option<u64>,
    /// Rate of `messages_ready`.
    pub messages_ready_details: Option<Rate>,
    /// Messages delivered and not yet acknowledged.
    pub messages_unacknowledged: Option<u64>,
    /// Rate of `messages_unacknowledged`.
    pub messages_unacknowledged_details: Option<Rate>,
    /// Bytes received from clients.
    pub recv_oct: Option<u64>,
    /// Rate of `recv_oct`.
    pub recv_oct_details: Option<Rate>,
    /// Bytes sent to clients.
    pub send_oct: Option<u64>,
    /// Rate of `send_oct`.
    pub send_oct_details: Option<Rate>,
    /// Message counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_stats: Option<MessageStats>,
}

/// What `PUT` takes; an absent key keeps what an existing vhost has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PutVHost {
    /// A sentence about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its tags, sent as a comma list.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "tags::as_comma_list")]
    pub tags: Option<Tags>,
    /// `classic`, `quorum` or `stream`; `undefined` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_queue_type: Option<String>,
    /// Whether it cannot be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_from_deletion: Option<bool>,
    /// Whether messages are traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<bool>,
}

impl Body for PutVHost {
    const FLAGS: &'static [&'static str] = &["tracing", "protected_from_deletion"];
}
