//! A message that rests: borrowed from where it lies.

use bytes::Bytes;

use super::annotations;
use super::content::{Body, Message, OwnedMessage};

/// A message as it lies in a page.
#[derive(Debug, Clone)]
pub struct Stored<'a> {
    /// Name of the exchange it was published to.
    pub exchange: &'a [u8],
    /// Routing key it was published with.
    pub routing_key: &'a [u8],
    /// Property flags and list as AMQP encodes them, and the broker's annotations.
    pub properties: &'a [u8],
    /// The body.
    pub body: StoredBody<'a>,
    /// Whether it must survive a restart.
    pub persistent: bool,
    /// See [`Message::annotated`](super::Message::annotated).
    pub annotated: bool,
}

impl<'a> Stored<'a> {
    /// The properties as clients see them.
    #[inline]
    pub fn shown(&self) -> &'a [u8] {
        annotations::shown(self.properties, self.annotated)
    }
}

/// A stored body: small ones lie in the page, large ones are shared between the queues that hold them.
#[derive(Debug, Clone)]
pub enum StoredBody<'a> {
    /// Bytes in the page.
    Inline(&'a [u8]),
    /// A reference-counted body.
    Shared(&'a Bytes),
}

impl StoredBody<'_> {
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
}

impl<'a> From<&'a Message<'_>> for Stored<'a> {
    fn from(message: &'a Message<'_>) -> Self {
        Self {
            exchange: message.exchange.as_bytes(),
            routing_key: message.routing_key.as_bytes(),
            properties: message.properties,
            body: match &message.body {
                Body::Inline(bytes) => StoredBody::Inline(bytes),
                Body::Shared(bytes) => StoredBody::Shared(bytes),
            },
            persistent: message.persistent,
            annotated: message.annotated,
        }
    }
}

impl From<&Stored<'_>> for OwnedMessage {
    fn from(stored: &Stored<'_>) -> Self {
        Self {
            exchange: String::from_utf8_lossy(stored.exchange).into_owned(),
            routing_key: String::from_utf8_lossy(stored.routing_key).into_owned(),
            properties: stored.properties.to_vec(),
            body: match stored.body {
                StoredBody::Inline(bytes) => Bytes::copy_from_slice(bytes),
                StoredBody::Shared(bytes) => bytes.clone(),
            },
            persistent: stored.persistent,
            mandatory: false,
            annotated: stored.annotated,
        }
    }
}
