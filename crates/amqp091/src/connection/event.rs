//! What input meant.

use crate::content::{Body, Content};
use crate::method::{Method, basic};
use warren_model::value::Table;

/// What [`super::ServerConnection::handle`] found at the front of the input.
#[derive(Debug, PartialEq)]
pub enum Event<'a> {
    /// Nothing can be taken before more input arrives. Nothing was consumed.
    Incomplete,
    /// Octets were consumed, and there is nothing for the caller to do.
    Continue,
    /// A sign of life.
    Heartbeat,
    /// Who the client says it is. Answer with [`super::ServerConnection::authenticated`] or [`super::ServerConnection::close`]; nothing
    /// more is taken before.
    Authenticate {
        /// One of the mechanisms offered.
        mechanism: &'a str,
        /// What the mechanism wants to be told.
        response: &'a [u8],
        /// Product, version, capabilities.
        client_properties: Table<'a>,
        /// The locale it asks for.
        locale: &'a str,
    },
    /// The virtual host it wants. Answer with [`super::ServerConnection::opened`] or [`super::ServerConnection::close`]; nothing more is
    /// taken before.
    Open {
        /// Its name.
        vhost: &'a str,
    },
    /// A channel was opened; open-ok has been appended.
    ChannelOpened {
        /// Its number.
        channel: u16,
    },
    /// A channel is closed, and its number is free. What was under way on it is forgotten.
    ChannelClosed {
        /// Its number.
        channel: u16,
        /// Whether the client closed it (close-ok has been appended), rather than confirmed the server's close.
        by_client: bool,
    },
    /// A method on an open channel, or `connection.update-secret` on channel 0. Never one that only servers send.
    Method {
        /// The channel.
        channel: u16,
        /// The method.
        method: Method<'a>,
    },
    /// A message that lay in the input as a whole; its body is [`Body::Borrowed`].
    Publish {
        /// The channel.
        channel: u16,
        /// The method.
        publish: basic::Publish<'a>,
        /// Properties and body.
        content: Content<'a>,
    },
    /// A message that came in pieces.
    PublishAssembled(Box<AssembledPublish>),
    /// The client closed the connection; close-ok has been appended. Nothing more is taken.
    CloseRequested {
        /// Why, as a reply code.
        code: u16,
        /// Why, in words.
        text: &'a str,
    },
    /// The client confirmed the server's close: the socket may be closed.
    Closed,
}

/// A message that came in pieces and was put together.
#[derive(Debug, PartialEq, Eq)]
pub struct AssembledPublish {
    /// The channel that it came on.
    pub channel: u16,
    /// The exchange that it is for.
    pub exchange: String,
    /// What the exchange routes by.
    pub routing_key: String,
    /// Send it back if no queue takes it.
    pub mandatory: bool,
    /// Send it back if no consumer takes it at once.
    pub immediate: bool,
    /// Property flags and property list, well-formed.
    pub properties: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
}

impl AssembledPublish {
    pub(super) fn new(channel: u16, publish: &basic::Publish<'_>) -> Box<Self> {
        Box::new(AssembledPublish {
            channel,
            exchange: publish.exchange.to_string(),
            routing_key: publish.routing_key.to_string(),
            mandatory: publish.mandatory,
            immediate: publish.immediate,
            properties: Vec::new(),
            body: Vec::new(),
        })
    }

    /// The message in the shape in which [`Event::Publish`] brings one, so that both can be dealt with in one place. The body is
    /// moved out, as [`Body::Assembled`].
    pub fn parts(&mut self) -> (basic::Publish<'_>, Content<'_>) {
        let body = Body::Assembled(std::mem::take(&mut self.body));
        let publish = basic::Publish {
            exchange: &self.exchange,
            routing_key: &self.routing_key,
            mandatory: self.mandatory,
            immediate: self.immediate,
        };
        (publish, Content { properties: &self.properties, body, frames: &[] })
    }
}
