//! Messages in and out, one at a time, for looking and trying: publish to an exchange, get from a queue.

use serde::{Deserialize, Serialize};

use crate::Arguments;
use crate::declaration::{Body, InVhost, Management, endpoints};

endpoints! {
    noun "Messages";

    /// Publishes a message and tells whether a queue took it.
    POST "/api/exchanges/{vhost}/{exchange}/publish" => Publish { vhost, exchange },
        access: InVhost<Management>, body: PublishMessage, answer: Published;
    /// Takes messages out of a queue. It is a `POST` because it changes the queue, even when they are put
    /// back.
    POST "/api/queues/{vhost}/{queue}/get" => Get { vhost, queue },
        access: InVhost<Management>, body: GetMessages, answer: Vec<Message>;
}

/// A message to publish; all keys are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishMessage {
    /// Basic properties by their AMQP names: `delivery_mode`, `headers`, `content_type`, …
    pub properties: Arguments,
    /// The routing key.
    pub routing_key: String,
    /// The body.
    pub payload: String,
    /// `string` or `base64`.
    pub payload_encoding: String,
}

impl Body for PublishMessage {
    const REQUIRED: &'static [&'static str] = &["routing_key", "properties", "payload", "payload_encoding"];
}

/// The answer to [`Publish`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Whether at least one queue took it.
    pub routed: bool,
}

/// What [`Get`] takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetMessages {
    /// How many messages at most.
    pub count: u64,
    /// `ack_requeue_true`, `ack_requeue_false`, `reject_requeue_true`, `reject_requeue_false`.
    pub ackmode: String,
    /// `auto` (text where the body is UTF-8, else base64) or `base64`.
    pub encoding: String,
    /// Bytes after which a body is cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncate: Option<u64>,
}

impl Body for GetMessages {
    const REQUIRED: &'static [&'static str] = &["ackmode", "count", "encoding"];
    const WHOLE_NUMBERS: &'static [&'static str] = &["count"];
}

/// A message that [`Get`] took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Bytes of the whole body.
    pub payload_bytes: u64,
    /// Whether it was delivered before.
    pub redelivered: bool,
    /// The exchange that it was published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// How many messages are still in the queue.
    pub message_count: u64,
    /// Its basic properties, as far as they are set.
    pub properties: Arguments,
    /// The body, cut off after `truncate` bytes.
    pub payload: String,
    /// `string` or `base64`.
    pub payload_encoding: String,
}
