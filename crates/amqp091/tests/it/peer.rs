//! A client and a server's connection in one: bytes in, owned events out.

use std::sync::Arc;
use warren_amqp091::connection::{
    ConnectionError, ErrorScope, Event, RowPattern, ServerConnection, Settings,
};
use warren_amqp091::constants::{FRAME_END, FRAME_METHOD, PROTOCOL_HEADER};
use warren_amqp091::content::{Body, Content, write_content};
use warren_amqp091::frame::decode_frame;
use warren_amqp091::method::{Method, basic, channel, connection};
use warren_model::value::{FieldTable, Table};

/// An event that owns what it says.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Heartbeat,
    Authenticate {
        mechanism: String,
        response: Vec<u8>,
        properties: FieldTable,
    },
    Open(String),
    ChannelOpened(u16),
    ChannelClosed(u16, bool),
    /// channel and name
    Method(u16, String),
    Publish {
        channel: u16,
        exchange: String,
        key: String,
        mandatory: bool,
        properties: Vec<u8>,
        body: Vec<u8>,
    },
    CloseRequested(u16, String),
    Closed,
}

/// The connection under test, and all that it has said so far.
pub struct Peer {
    pub connection: ServerConnection,
    pub out: Vec<u8>,
    pub events: Vec<Seen>,
    /// Input that was not taken yet.
    pub buffer: Vec<u8>,
    /// How many messages came assembled, how many borrowed.
    pub assembled: usize,
    pub borrowed: usize,
    /// How many could be taken by the pattern of the row before them.
    pub in_rows: usize,
}

pub fn settings() -> Settings {
    Settings { server_properties: FieldTable::from_iter([("product", "Warren")]), ..Settings::default() }
}

impl Peer {
    pub fn new(settings: Settings) -> Self {
        Peer {
            connection: ServerConnection::new(Arc::new(settings)),
            out: Vec::new(),
            events: Vec::new(),
            buffer: Vec::new(),
            assembled: 0,
            borrowed: 0,
            in_rows: 0,
        }
    }

    /// After the handshake, with nothing said so far.
    pub fn open() -> Self {
        let mut peer = Peer::new(settings());
        peer.send(&handshake()).unwrap();
        peer.events.clear();
        peer.out.clear();
        peer
    }

    /// The same, with channel 1 open.
    pub fn with_channel() -> Self {
        let mut peer = Peer::open();
        peer.send(&open_channel(1)).unwrap();
        peer.events.clear();
        peer.out.clear();
        peer
    }

    /// Gives input, as far as it is taken. Handshake events are answered with yes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), ConnectionError> {
        self.buffer.extend_from_slice(bytes);
        let input = std::mem::take(&mut self.buffer);
        let mut at = 0;
        let result = self.take(&input, &mut at);
        self.buffer = input[at..].to_vec();
        result
    }

    /// Takes from `input` until nothing more is taken; `at` follows.
    fn take(&mut self, input: &[u8], at: &mut usize) -> Result<(), ConnectionError> {
        let mut pattern = None;
        loop {
            let rest = &input[*at..];
            let in_row = self.row_of_one(&mut pattern, rest);
            let ack = self.connection.handle_ack(rest);
            let (consumed, event) = self.connection.handle(rest, &mut self.out)?;
            let found = match event {
                Event::Method { channel, method: Method::Basic(basic::Method::Ack(ack)) } => {
                    Some((consumed, channel, ack))
                }
                _ => None,
            };
            assert_eq!(ack, found, "what the short way made of {event:?}");
            if let Some(expected) = in_row {
                assert_eq!((consumed, &event), (expected.0, &expected.1), "the pattern of another message");
                self.in_rows += 1;
            }
            pattern = match &event {
                Event::Publish { channel, publish, content } => {
                    RowPattern::of(&rest[..consumed], *channel, content)
                        .map(|pattern| (pattern, *channel, *publish))
                }
                _ => None,
            };
            *at += consumed;
            assert!(*at <= input.len(), "consumed more than was given");
            match self_contained(event) {
                Found::Nothing => {
                    assert_eq!(consumed, 0, "Incomplete must not consume");
                    return Ok(());
                }
                Found::Continue => assert!(consumed > 0, "Continue must consume"),
                Found::Event(seen, assembled) => {
                    match &seen {
                        Seen::Authenticate { .. } => self.connection.authenticated(&mut self.out),
                        Seen::Open(_) => self.connection.opened(&mut self.out),
                        Seen::Publish { .. } if assembled => self.assembled += 1,
                        Seen::Publish { .. } => self.borrowed += 1,
                        _ => {}
                    }
                    self.events.push(seen);
                }
            }
        }
    }

    /// What the message at the front is if it goes on with the row of the one before, or begins one as that did.
    fn row_of_one<'a>(
        &self,
        pattern: &mut Option<(RowPattern<'a>, u16, basic::Publish<'a>)>,
        input: &'a [u8],
    ) -> Option<(usize, Event<'a>)> {
        let (pattern, channel, publish) = pattern.as_mut()?;
        let row = self.connection.handle_row(pattern, input, 1);
        let next = row.contents().next().map(|(body, frames)| {
            (row.consumed(), Content { properties: row.properties(), body: Body::Borrowed(body), frames })
        });
        let (consumed, content) = next.or_else(|| self.connection.begin_row(pattern, input))?;
        Some((consumed, Event::Publish { channel: *channel, publish: *publish, content }))
    }

    /// Gives input, and answers every error with the close that it asks for. Gives the codes.
    pub fn send_and_close(&mut self, bytes: &[u8]) -> Vec<ConnectionError> {
        let mut errors = Vec::new();
        let mut more = bytes;
        while let Err(e) = self.send(more) {
            match e.scope {
                ErrorScope::Connection => {
                    self.connection.close(e.code, &e.text, e.method, &mut self.out);
                }
                ErrorScope::Channel(n) => {
                    self.connection.close_channel(n, e.code, &e.text, e.method, &mut self.out);
                }
                ErrorScope::Socket => {
                    errors.push(e);
                    break;
                }
            }
            errors.push(e);
            assert!(errors.len() < 100, "closing does not end the errors");
            more = &[];
        }
        errors
    }

    /// The names of the methods that the connection has written, and their channels.
    pub fn written(&self) -> Vec<(u16, &'static str)> {
        let mut rest = &self.out[..];
        if rest.starts_with(PROTOCOL_HEADER) {
            rest = &rest[8..];
        }
        let mut all = Vec::new();
        while !rest.is_empty() {
            let (frame, len) = decode_frame(rest, 0).unwrap().expect("a whole frame");
            all.push((frame.channel, Method::decode(frame.payload).unwrap().name()));
            rest = &rest[len..];
        }
        all
    }
}

enum Found {
    Nothing,
    Continue,
    Event(Seen, bool),
}

fn self_contained(event: Event<'_>) -> Found {
    let publish = |channel, p: basic::Publish<'_>, properties: &[u8], body: Vec<u8>| Seen::Publish {
        channel,
        exchange: p.exchange.to_string(),
        key: p.routing_key.to_string(),
        mandatory: p.mandatory,
        properties: properties.to_vec(),
        body,
    };
    let mut assembled = false;
    let seen = match event {
        Event::Incomplete => return Found::Nothing,
        Event::Continue => return Found::Continue,
        Event::Heartbeat => Seen::Heartbeat,
        Event::Authenticate { mechanism, response, client_properties, .. } => Seen::Authenticate {
            mechanism: mechanism.to_string(),
            response: response.to_vec(),
            properties: client_properties.to_owned(),
        },
        Event::Open { vhost } => Seen::Open(vhost.to_string()),
        Event::ChannelOpened { channel } => Seen::ChannelOpened(channel),
        Event::ChannelClosed { channel, by_client } => Seen::ChannelClosed(channel, by_client),
        Event::Method { channel, method } => Seen::Method(channel, method.name().to_string()),
        Event::Publish { channel, publish: p, content } => {
            publish(channel, p, content.properties, content.body.into_vec())
        }
        Event::PublishAssembled(mut message) => {
            assembled = true;
            let channel = message.channel;
            let (p, content) = message.parts();
            publish(channel, p, content.properties, content.body.into_vec())
        }
        Event::CloseRequested { code, text } => Seen::CloseRequested(code, text.to_string()),
        Event::Closed => Seen::Closed,
    };
    Found::Event(seen, assembled)
}

/// A frame by its parts, lies included.
pub fn raw(kind: u8, channel: u16, size: u32, payload: &[u8], end: u8) -> Vec<u8> {
    let mut b = vec![kind];
    b.extend_from_slice(&channel.to_be_bytes());
    b.extend_from_slice(&size.to_be_bytes());
    b.extend_from_slice(payload);
    b.push(end);
    b
}

/// A frame in order.
pub fn frame(kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    raw(kind, channel, payload.len() as u32, payload, FRAME_END)
}

/// A method frame with these octets for arguments.
pub fn method_frame(channel: u16, class: u16, method: u16, arguments: &[u8]) -> Vec<u8> {
    let payload = [&class.to_be_bytes()[..], &method.to_be_bytes(), arguments].concat();
    frame(FRAME_METHOD, channel, &payload)
}

/// The frame of a method.
pub fn method<'a>(channel: u16, method: impl Into<Method<'a>>) -> Vec<u8> {
    let mut out = Vec::new();
    method.into().write_frame(channel, &mut out);
    out
}

pub fn start_ok(mechanism: &str, response: &[u8]) -> Vec<u8> {
    let start_ok =
        connection::StartOk { client_properties: Table::EMPTY, mechanism, response, locale: "en_US" };
    method(0, start_ok)
}

pub fn tune_ok(channel_max: u16, frame_max: u32) -> Vec<u8> {
    method(0, connection::TuneOk { channel_max, frame_max, heartbeat: 60 })
}

pub fn open() -> Vec<u8> {
    method(0, connection::Open { virtual_host: "/" })
}

pub fn handshake() -> Vec<u8> {
    [&PROTOCOL_HEADER[..], &start_ok("PLAIN", b"\0guest\0guest"), &tune_ok(2047, 131_072), &open()].concat()
}

pub fn open_channel(channel: u16) -> Vec<u8> {
    method(channel, channel::Open {})
}

pub fn close_channel(number: u16) -> Vec<u8> {
    method(number, channel::Close { reply_code: 200, reply_text: "bye", class_id: 0, method_id: 0 })
}

pub fn publish_method(channel: u16) -> Vec<u8> {
    let publish =
        basic::Publish { exchange: "amq.topic", routing_key: "a.b", mandatory: true, immediate: false };
    method(channel, publish)
}

pub fn header(channel: u16, class: u16, weight: u16, size: u64, properties: &[u8]) -> Vec<u8> {
    let fixed = [&class.to_be_bytes()[..], &weight.to_be_bytes(), &size.to_be_bytes()].concat();
    frame(2, channel, &[&fixed, properties].concat())
}

pub fn publish(channel: u16, frame_max: u32, properties: &[u8], body: &[u8]) -> Vec<u8> {
    let mut out = publish_method(channel);
    write_content(&mut out, channel, frame_max, properties, body);
    out
}

/// What is seen of [`publish`].
pub fn published(channel: u16, properties: &[u8], body: &[u8]) -> Seen {
    Seen::Publish {
        channel,
        exchange: "amq.topic".to_string(),
        key: "a.b".to_string(),
        mandatory: true,
        properties: properties.to_vec(),
        body: body.to_vec(),
    }
}
