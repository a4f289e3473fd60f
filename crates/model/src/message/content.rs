//! A message on its way in: borrowed from the publisher's read buffer, so that routing and hand-off copy it once.

use crate::properties::{RawProperties, flags, peek_flags};
use bytes::Bytes;

/// Bodies of at least this many bytes are shared by reference count instead of being copied (bytes).
pub const SHARED_BODY_MIN: usize = 32 * 1024;

/// A message as it was published.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// Exchange that it was published to; empty for the default exchange.
    pub exchange: &'a str,
    /// Routing key that it was published with.
    pub routing_key: &'a str,
    /// Property flags and property list of the content header (AMQP 0-9-1 §4.2.6.1), as the client encoded them; then the
    /// broker's notes, if it is annotated.
    pub properties: &'a [u8],
    /// The body.
    pub body: Body<'a>,
    /// Content frames as the client sent them, if these are a header frame with those properties and one frame with that body: they
    /// can be passed on as they are. Empty otherwise; whoever changes properties or body empties it.
    pub frames: &'a [u8],
    /// Whether it must survive a restart in a durable queue (`delivery-mode` 2).
    pub persistent: bool,
    /// Whether the publisher wants it back when no queue gets it (`basic.publish.mandatory`).
    pub mandatory: bool,
    /// Whether the broker has notes of its own on it; what clients publish has none.
    pub annotated: bool,
}

impl Message<'_> {
    /// Whether it continues a row: it certainly differs from `before` in the octets of its body alone, because all else lies in the
    /// same place, as in messages of one read whose frames begin with the same octets. See [`crate::rows`].
    #[inline]
    pub fn continues(&self, before: &Message<'_>) -> bool {
        let bodies = match (&self.body, &before.body) {
            (Body::Inline(body), Body::Inline(before)) => body.len() == before.len(),
            _ => false,
        };
        bodies
            && std::ptr::eq(self.properties, before.properties)
            && std::ptr::eq(self.routing_key, before.routing_key)
            && std::ptr::eq(self.exchange, before.exchange)
            && self.persistent == before.persistent
            && self.annotated == before.annotated
    }

    /// Those at the front of `run` that [continue](Self::continues) a row behind it.
    #[inline]
    pub fn row_in<'m, 'b>(&self, run: &'m [Message<'b>]) -> &'m [Message<'b>] {
        let other = run.iter().position(|next| !next.continues(self));
        other.and_then(|other| run.get(..other)).unwrap_or(run)
    }

    fn has(&self, flag: u16) -> bool {
        peek_flags(self.properties) & flag != 0
    }

    /// Whether it has an `expiration`.
    #[inline]
    pub fn may_expire(&self) -> bool {
        self.has(flags::EXPIRATION)
    }

    /// How long it lives, in milliseconds, by its own `expiration` (RabbitMQ, per-message TTL).
    pub fn ttl(&self) -> Option<u64> {
        if !self.may_expire() {
            return None;
        }
        let text = RawProperties::new(self.properties).expiration()?;
        std::str::from_utf8(text).ok()?.parse().ok()
    }

    /// Its `priority`; 0 without one.
    pub fn priority(&self) -> u8 {
        if !self.has(flags::PRIORITY) {
            return 0;
        }
        RawProperties::new(self.properties).priority().unwrap_or_default()
    }
}

/// The body of a message on its way in.
#[derive(Debug, Clone)]
pub enum Body<'a> {
    /// A small body, in the reader's buffer.
    Inline(&'a [u8]),
    /// A large body, shared by everything that holds it.
    Shared(Bytes),
}

impl Body<'_> {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
        }
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes themselves.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// A message that outlives the buffer it came in: buffered by a transaction or published by the broker itself.
#[derive(Debug, Clone)]
pub struct OwnedMessage {
    /// See [`Message::exchange`].
    pub exchange: String,
    /// See [`Message::routing_key`].
    pub routing_key: String,
    /// See [`Message::properties`].
    pub properties: Vec<u8>,
    /// See [`Message::body`].
    pub body: Bytes,
    /// See [`Message::persistent`].
    pub persistent: bool,
    /// See [`Message::mandatory`].
    pub mandatory: bool,
    /// See [`Message::annotated`].
    pub annotated: bool,
}

impl OwnedMessage {
    /// The same message in borrowed form.
    pub fn as_message(&self) -> Message<'_> {
        let body = if self.body.len() >= SHARED_BODY_MIN {
            Body::Shared(self.body.clone())
        } else {
            Body::Inline(&self.body)
        };
        Message {
            exchange: &self.exchange,
            routing_key: &self.routing_key,
            properties: &self.properties,
            body,
            frames: &[],
            persistent: self.persistent,
            mandatory: self.mandatory,
            annotated: self.annotated,
        }
    }
}

impl From<&Message<'_>> for OwnedMessage {
    fn from(message: &Message<'_>) -> Self {
        Self {
            exchange: message.exchange.to_owned(),
            routing_key: message.routing_key.to_owned(),
            properties: message.properties.to_vec(),
            body: match &message.body {
                Body::Inline(bytes) => Bytes::copy_from_slice(bytes),
                Body::Shared(bytes) => bytes.clone(),
            },
            persistent: message.persistent,
            mandatory: message.mandatory,
            annotated: message.annotated,
        }
    }
}
