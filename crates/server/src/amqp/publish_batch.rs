//! Publishes of one read, gathered into batches: consecutive messages of one channel to the same exchange and routing
//! key take the route and the queue's lock once.

use bytes::Bytes;
use warren_amqp091::connection::{RowPattern, ServerConnection};
use warren_amqp091::content::{self, Content};
use warren_amqp091::method::basic;
use warren_model::message::{Body, Message, SHARED_BODY_MIN};
use warren_model::properties::peek_delivery_mode;

/// Messages of one batch; a longer one is split, so that it stays in the processor's cache.
const MOST: usize = 128;

/// See the module's description.
pub struct PublishBatch<'a> {
    channel: u16,
    messages: Vec<Message<'a>>,
    /// The row that the last of them is in.
    pattern: Option<RowPattern<'a>>,
}

impl<'a> PublishBatch<'a> {
    /// An empty batch.
    pub fn new() -> Self {
        Self { channel: 0, messages: Vec::new(), pattern: None }
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
            && self.messages.len() < MOST
            && last.routing_key == publish.routing_key
            && last.exchange == publish.exchange
    }

    /// Adds a message. `octets` is all of it, as it came.
    pub fn push(
        &mut self,
        channel: u16,
        publish: &basic::Publish<'a>,
        content: Content<'a>,
        octets: &'a [u8],
    ) {
        self.channel = channel;
        self.pattern = RowPattern::of(octets, channel, &content);
        let persistent = is_persistent(content.properties);
        let basic::Publish { exchange, routing_key, mandatory, .. } = *publish;
        self.messages.push(message(exchange, routing_key, mandatory, persistent, content));
    }

    /// Adds the messages at the front of `input` that go on with the row of the last one, or begin one as that did, until the batch is
    /// full. Returns how much they took.
    #[inline]
    pub fn extend(&mut self, protocol: &ServerConnection, input: &'a [u8]) -> usize {
        let (Some(last), Some(pattern)) = (self.messages.last(), &mut self.pattern) else { return 0 };
        let (exchange, routing_key, mandatory) = (last.exchange, last.routing_key, last.mandatory);
        let mut at = 0;
        while self.messages.len() < MOST {
            let rest = input.get(at..).unwrap_or_default();
            let row = protocol.handle_row(pattern, rest, MOST - self.messages.len());
            if row.consumed() > 0 {
                let properties = row.properties();
                let persistent = is_persistent(properties);
                let next = |(bytes, frames)| {
                    let content = Content { properties, body: content::Body::Borrowed(bytes), frames };
                    message(exchange, routing_key, mandatory, persistent, content)
                };
                self.messages.extend(row.contents().map(next));
                at += row.consumed();
            } else if let Some((consumed, content)) = protocol.begin_row(pattern, rest) {
                let persistent = is_persistent(content.properties);
                self.messages.push(message(exchange, routing_key, mandatory, persistent, content));
                at += consumed;
            } else {
                break;
            }
        }
        at
    }

    /// Forgets the messages.
    pub fn clear(&mut self) {
        self.pattern = None;
        self.messages.clear();
    }
}

/// The message that a publish brings.
#[inline]
fn message<'a>(
    exchange: &'a str,
    routing_key: &'a str,
    mandatory: bool,
    persistent: bool,
    content: Content<'a>,
) -> Message<'a> {
    let body = match content.body {
        content::Body::Borrowed(bytes) if bytes.len() < SHARED_BODY_MIN => Body::Inline(bytes),
        content::Body::Borrowed(bytes) => Body::Shared(Bytes::copy_from_slice(bytes)),
        content::Body::Assembled(bytes) => Body::Shared(Bytes::from(bytes)),
    };
    Message {
        exchange,
        routing_key,
        properties: content.properties,
        body,
        frames: content.frames,
        persistent,
        mandatory,
        annotated: false,
    }
}

fn is_persistent(properties: &[u8]) -> bool {
    peek_delivery_mode(properties) == Some(2)
}
