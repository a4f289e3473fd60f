//! Channels: `/api/channels`.

use serde::{Deserialize, Serialize};

use crate::consumers::Consumer;
use crate::declaration::{InVhost, ListQuery, Management, endpoints};
use crate::stats::MessageStats;

endpoints! {
    noun "Channels";

    /// Channels that the caller may see: its own, or all with the tag monitoring.
    GET "/api/channels" => List, access: Management, query: ListQuery, answer: Vec<Channel>;
    /// Channels in a vhost.
    GET "/api/vhosts/{vhost}/channels" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Channel>;
    /// One channel, with its consumers.
    GET "/api/channels/{channel}" => Get { channel }, access: Management, query: ListQuery, answer: Channel;
}

/// A channel as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Channel {
    /// Name of the connection and, in brackets, the number.
    pub name: String,
    /// The node.
    pub node: String,
    /// The number within its connection.
    pub number: u32,
    /// The user.
    pub user: String,
    /// Who opened it.
    pub user_who_performed_action: String,
    /// The vhost.
    pub vhost: String,
    /// Its connection.
    pub connection_details: ConnectionDetails,
    /// Whether it is in transaction mode.
    pub transactional: bool,
    /// Whether it is in confirm mode.
    pub confirm: bool,
    /// How many consumers it has.
    pub consumer_count: u64,
    /// Messages delivered and not yet acknowledged.
    pub messages_unacknowledged: u64,
    /// Messages published and not yet confirmed.
    pub messages_unconfirmed: u64,
    /// Messages published in an open transaction.
    pub messages_uncommitted: u64,
    /// Acknowledgements in an open transaction.
    pub acks_uncommitted: u64,
    /// Prefetch limit of new consumers; 0 is no limit.
    pub prefetch_count: u64,
    /// Prefetch limit of the whole channel; 0 is no limit.
    pub global_prefetch_count: u64,
    /// `starting`, `running`, `flow`, `closing`.
    pub state: String,
    /// Since when nothing happened; RFC 3339 with milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<String>,
    /// Message counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_stats: Option<MessageStats>,
    /// Its consumers; only for a single channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_details: Option<Vec<Consumer>>,
}

/// The connection of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionDetails {
    /// Name of the connection.
    pub name: String,
    /// The client's address.
    pub peer_host: String,
    /// The client's port.
    pub peer_port: u16,
}
