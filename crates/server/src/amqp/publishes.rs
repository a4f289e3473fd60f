//! Publishes of one read, gathered into runs: consecutive messages of one channel to the same exchange and routing
//! key take the route and the queue's lock once.

use bytes::Bytes;
use warren_broker::message::{Body, Message, SHARED_BODY_MIN};
use warren_protocol::content;
use warren_protocol::method::basic;
use warren_protocol::properties::peek_delivery_mode;

/// Messages of one run; a longer one is split, so that it stays in the processor's cache.
const RUN: usize = 128;

/// See the module's description.
pub struct Run<'a> {
    channel: u16,
    messages: Vec<Message<'a>>,
}

impl<'a> Run<'a> {
    /// An empty run.
    pub fn new() -> Self {
        Self { channel: 0, messages: Vec::new() }
    }

    /// Number of the channel that the messages came on.
    pub fn channel(&self) -> u16 {
        self.channel
    }

    /// The messages, in the order in which they came.
    pub fn messages(&self) -> &[Message<'a>] {
        &self.messages
    }

    /// Whether `publish` can join.
    pub fn takes(&self, channel: u16, publish: &basic::Publish<'_>) -> bool {
        let Some(last) = self.messages.last() else { return true };
        self.channel == channel
            && self.messages.len() < RUN
            && last.routing_key == publish.routing_key
            && last.exchange == publish.exchange
    }

    /// Adds a message.
    pub fn push(&mut self, channel: u16, message: Message<'a>) {
        if self.messages.capacity() == 0 {
            self.messages.reserve_exact(RUN);
        }
        self.channel = channel;
        self.messages.push(message);
    }

    /// Forgets the messages.
    pub fn clear(&mut self) {
        self.messages.clear();
    }
}

/// The message that a publish brings.
pub fn message<'a>(publish: &basic::Publish<'a>, content: content::Content<'a>) -> Message<'a> {
    let body = match content.body {
        content::Body::Borrowed(bytes) if bytes.len() < SHARED_BODY_MIN => Body::Inline(bytes),
        content::Body::Borrowed(bytes) => Body::Shared(Bytes::copy_from_slice(bytes)),
        content::Body::Assembled(bytes) => Body::Shared(Bytes::from(bytes)),
    };
    Message {
        exchange: publish.exchange,
        routing_key: publish.routing_key,
        properties: content.properties,
        body,
        persistent: peek_delivery_mode(content.properties) == Some(2),
        mandatory: publish.mandatory,
    }
}
