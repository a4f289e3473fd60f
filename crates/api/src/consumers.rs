//! Consumers: `/api/consumers`.

use serde::{Deserialize, Serialize};

use crate::Arguments;
use crate::declaration::{InVhost, ListQuery, Management, endpoints};

endpoints! {
    noun "Consumers";

    /// Consumers in all vhosts that the caller may see.
    GET "/api/consumers" => List, access: Management, query: ListQuery, answer: Vec<Consumer>;
    /// Consumers in a vhost.
    GET "/api/consumers/{vhost}" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Consumer>;
}

/// A consumer as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consumer {
    /// Its queue.
    pub queue: QueueName,
    /// Its channel.
    pub channel_details: ChannelDetails,
    /// The tag.
    pub consumer_tag: String,
    /// Whether it excludes other consumers of the queue.
    pub exclusive: bool,
    /// Whether it acknowledges what it gets.
    pub ack_required: bool,
    /// How many unacknowledged messages it may hold; 0 is no limit.
    pub prefetch_count: u64,
    /// Whether it is served now.
    pub active: bool,
    /// `up`, `single_active`, `waiting`, `suspected_down`.
    pub activity_status: String,
    /// `x-` arguments.
    pub arguments: Arguments,
}

/// A queue by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueName {
    /// The name.
    pub name: String,
    /// The vhost.
    pub vhost: String,
}

/// The channel of a consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelDetails {
    /// Name of the channel.
    pub name: String,
    /// The number within its connection.
    pub number: u32,
    /// The user.
    pub user: String,
    /// Name of the connection.
    pub connection_name: String,
    /// The client's address.
    pub peer_host: String,
    /// The client's port.
    pub peer_port: u16,
    /// The node.
    pub node: String,
}
