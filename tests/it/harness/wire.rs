//! A client at the level of frames. It does what a test tells it, right or wrong, and shows every frame that comes back.
//! Frames are made and read by `amq-protocol`, which shares nothing with the server under test.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use amq_protocol::frame::{AMQPContentHeader, AMQPFrame, WriteContext, gen_frame, parse_frame};
use amq_protocol::protocol::{AMQPClass, basic, channel, connection};
use amq_protocol::types::{AMQPValue, FieldTable};

use super::Broker;

/// One connection. Reading gives up after half a minute of silence, so that a missing answer is a failure, not a hang.
pub struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
    waiting: VecDeque<Arrival>,
    /// What the server proposed.
    pub tune: connection::Tune,
    /// What the server said of itself.
    pub start: connection::Start,
    /// The largest frame that both agreed on.
    pub frame_max: u32,
    vhost: String,
}

/// A method by its spec name, with the fields that matter; the others are empty, zero or false:
/// `method!(queue::Delete { queue: "q", if_empty: true })`.
macro_rules! method {
    (@of $class:ident $module:ident $name:ident { $($field:ident : $value:expr),* $(,)? }) => {{
        #[allow(clippy::needless_update)]
        let arguments = ::amq_protocol::protocol::$module::$name { $($field: $value.into(),)* ..Default::default() };
        ::amq_protocol::protocol::AMQPClass::$class(
            ::amq_protocol::protocol::$module::AMQPMethod::$name(arguments),
        )
    }};
    (connection::$name:ident $fields:tt) => { method!(@of Connection connection $name $fields) };
    (channel::$name:ident $fields:tt) => { method!(@of Channel channel $name $fields) };
    (exchange::$name:ident $fields:tt) => { method!(@of Exchange exchange $name $fields) };
    (queue::$name:ident $fields:tt) => { method!(@of Queue queue $name $fields) };
    (basic::$name:ident $fields:tt) => { method!(@of Basic basic $name $fields) };
    (confirm::$name:ident $fields:tt) => { method!(@of Confirm confirm $name $fields) };
    (tx::$name:ident $fields:tt) => { method!(@of Tx tx $name $fields) };
}
pub(crate) use method;

/// What the server sent, content put together.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// A method without content.
    Method(u16, AMQPClass),
    /// A method with its content.
    Message(u16, Box<Message>),
    /// A heartbeat.
    Heartbeat,
    /// A protocol header, sent to a client that spoke another protocol: what follows `AMQP` in it.
    ProtocolHeader([u8; 4]),
    /// The server closed the socket.
    End,
}

/// A delivery, a return or the answer to a get.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The method that brought it.
    pub method: basic::AMQPMethod,
    /// Its properties.
    pub properties: basic::AMQPProperties,
    /// Its body.
    pub body: Vec<u8>,
    /// Payload sizes of the frames that the body came in.
    pub frames: Vec<usize>,
}

impl Message {
    /// The delivery that this must be.
    #[track_caller]
    pub fn deliver(&self) -> &basic::Deliver {
        match &self.method {
            basic::AMQPMethod::Deliver(deliver) => deliver,
            other => panic!("not a delivery: {other:?}"),
        }
    }

    /// The return that this must be.
    #[track_caller]
    pub fn returned(&self) -> &basic::Return {
        match &self.method {
            basic::AMQPMethod::Return(returned) => returned,
            other => panic!("not a return: {other:?}"),
        }
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("body is text")
    }
}

/// Why the server closed a channel or the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Reply code.
    pub code: u16,
    /// Reply text, the test's virtual host written as `/`.
    pub text: String,
    /// Class and method that it is about, zero if none.
    pub method: (u16, u16),
}

impl Wire {
    /// A socket on which nothing has been said.
    pub fn dial(broker: &Broker) -> Self {
        let stream =
            TcpStream::connect(&broker.amqp).unwrap_or_else(|error| panic!("{}: {error}", broker.amqp));
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            input: Vec::new(),
            waiting: VecDeque::new(),
            tune: connection::Tune::default(),
            start: connection::Start::default(),
            frame_max: 4096,
            vhost: broker.vhost.clone(),
        }
    }

    /// An open connection as guest, in the test's virtual host.
    pub fn connect(broker: &Broker) -> Self {
        let mut wire = Self::dial(broker);
        wire.login("PLAIN", b"\0guest\0guest", capable());
        wire.agree(None);
        wire.open_vhost(&broker.vhost);
        wire
    }

    /// An open connection with channel 1 open on it.
    pub fn with_channel(broker: &Broker) -> Self {
        let mut wire = Self::connect(broker);
        wire.open(1);
        wire
    }

    /// Sends the protocol header and, after the server's start, start-ok. What comes next is up to the caller.
    pub fn start(&mut self, mechanism: &str, response: &[u8], client_properties: FieldTable) {
        self.write(b"AMQP\0\0\x09\x01");
        match self.next() {
            Arrival::Method(0, AMQPClass::Connection(connection::AMQPMethod::Start(start))) => {
                self.start = start
            }
            other => panic!("not connection.start: {other:?}"),
        }
        let start_ok = connection::StartOk {
            client_properties,
            mechanism: mechanism.into(),
            response: response.into(),
            locale: "en_US".into(),
        };
        self.send(0, AMQPClass::Connection(connection::AMQPMethod::StartOk(start_ok)));
    }

    /// As [`Wire::start`], and the server must accept: its tune is kept.
    pub fn login(&mut self, mechanism: &str, response: &[u8], client_properties: FieldTable) {
        self.start(mechanism, response, client_properties);
        match self.next() {
            Arrival::Method(0, AMQPClass::Connection(connection::AMQPMethod::Tune(tune))) => self.tune = tune,
            other => panic!("not connection.tune: {other:?}"),
        }
    }

    /// Answers the server's tune: with its own values and no heartbeats, or with others.
    pub fn agree(&mut self, tune_ok: Option<connection::TuneOk>) {
        let tune_ok = tune_ok.unwrap_or(connection::TuneOk {
            channel_max: self.tune.channel_max,
            frame_max: self.tune.frame_max,
            heartbeat: 0,
        });
        self.frame_max = tune_ok.frame_max;
        self.send(0, AMQPClass::Connection(connection::AMQPMethod::TuneOk(tune_ok)));
    }

    /// Opens a virtual host, which must go well.
    #[track_caller]
    pub fn open_vhost(&mut self, vhost: &str) {
        let open = connection::Open { virtual_host: vhost.into() };
        match self.call(0, AMQPClass::Connection(connection::AMQPMethod::Open(open))) {
            AMQPClass::Connection(connection::AMQPMethod::OpenOk(_)) => {}
            other => panic!("not connection.open-ok: {other:?}"),
        }
    }

    /// Sends a method.
    pub fn send(&mut self, channel: u16, method: AMQPClass) {
        self.write(&bytes_of(&AMQPFrame::Method(channel, method)));
    }

    /// Sends a content header and body, the body in frames of at most `frame_max`.
    pub fn send_content(&mut self, channel: u16, properties: basic::AMQPProperties, body: &[u8]) {
        let bytes = self.content_bytes(channel, properties, body);
        self.write(&bytes);
    }

    /// The bytes of a content header and body, the body in frames of at most `frame_max`.
    pub(super) fn content_bytes(
        &self,
        channel: u16,
        properties: basic::AMQPProperties,
        body: &[u8],
    ) -> Vec<u8> {
        let header = AMQPContentHeader { class_id: 60, body_size: body.len() as u64, properties };
        let mut bytes = bytes_of(&AMQPFrame::Header(channel, header));
        for part in body.chunks(self.frame_max as usize - 8) {
            bytes.extend(open_frame(3, channel, part));
        }
        bytes
    }

    /// Sends bytes as they are. A server that has closed the socket is not a failure here: reading will tell.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).ok();
    }

    /// Closes the sending half, as a client that dies does.
    pub fn shut_down(&self) {
        self.stream.shutdown(std::net::Shutdown::Both).ok();
    }

    /// The next thing that the server sends.
    #[track_caller]
    pub fn next(&mut self) -> Arrival {
        let Some(bytes) = self.next_bytes() else { return Arrival::End };
        if let Some(&[.., a, b, c, d]) = bytes.strip_prefix(b"AMQP") {
            return Arrival::ProtocolHeader([a, b, c, d]);
        }
        match frame_of(&bytes) {
            AMQPFrame::Heartbeat => Arrival::Heartbeat,
            AMQPFrame::Method(channel, AMQPClass::Basic(method)) if has_content(&method) => {
                Arrival::Message(channel, Box::new(self.content(channel, method)))
            }
            AMQPFrame::Method(channel, method) => Arrival::Method(channel, method),
            other => panic!("content that no method announced: {other:?}"),
        }
    }

    /// The next method on `channel`. What comes before it on other channels, and messages on this one, wait until they
    /// are asked for; heartbeats are dropped.
    #[track_caller]
    pub fn method(&mut self, channel: u16) -> AMQPClass {
        let here = |arrival: &Arrival| matches!(arrival, Arrival::Method(on, _) if *on == channel);
        match self.take_or_await(channel, here) {
            Arrival::Method(on, method) if on == channel => method,
            other => panic!("waiting for a method on channel {channel}: {other:?}"),
        }
    }

    /// The next message on `channel`; another method on it before is a failure.
    #[track_caller]
    pub fn message(&mut self, channel: u16) -> Message {
        let here = |arrival: &Arrival| matches!(arrival, Arrival::Message(on, _) if *on == channel);
        match self.take_or_await(channel, here) {
            Arrival::Message(_, message) => *message,
            other => panic!("waiting for a message on channel {channel}: {other:?}"),
        }
    }

    /// Messages on `channel` that came while something else was waited for.
    pub fn arrived(&self, channel: u16) -> usize {
        self.waiting
            .iter()
            .filter(|arrival| matches!(arrival, Arrival::Message(on, _) if *on == channel))
            .count()
    }

    /// The first arrival that is `wanted`, or one that says that it will never come: a method on `channel` or on channel 0
    /// in its place, or the end.
    #[track_caller]
    pub(super) fn take_or_await(&mut self, channel: u16, wanted: impl Fn(&Arrival) -> bool) -> Arrival {
        if let Some(index) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(index).expect("found above");
        }
        loop {
            match self.next() {
                arrival if wanted(&arrival) => return arrival,
                Arrival::Heartbeat => {}
                Arrival::Method(on, method) if on == channel || on == 0 => {
                    return Arrival::Method(on, method);
                }
                arrival @ (Arrival::Message(..) | Arrival::Method(..)) => self.waiting.push_back(arrival),
                arrival => return arrival,
            }
        }
    }

    /// Sends a method and gives the next method on its channel.
    #[track_caller]
    pub fn call(&mut self, channel: u16, method: AMQPClass) -> AMQPClass {
        self.send(channel, method);
        self.method(channel)
    }

    /// The server must close `channel` now. Answers close-ok, so that the channel number is free again.
    #[track_caller]
    pub fn channel_closed(&mut self, channel: u16) -> Closed {
        match self.method(channel) {
            AMQPClass::Channel(channel::AMQPMethod::Close(close)) => {
                self.send(channel, AMQPClass::Channel(channel::AMQPMethod::CloseOk(channel::CloseOk {})));
                self.closed(close.reply_code, close.reply_text.as_str(), (close.class_id, close.method_id))
            }
            other => panic!("not channel.close: {other:?}"),
        }
    }

    /// The server must close the connection now. Answers close-ok; then the server must close the socket.
    #[track_caller]
    pub fn connection_closed(&mut self) -> Closed {
        match self.method(0) {
            AMQPClass::Connection(connection::AMQPMethod::Close(close)) => {
                let close_ok = connection::AMQPMethod::CloseOk(connection::CloseOk {});
                self.send(0, AMQPClass::Connection(close_ok));
                self.ends();
                self.closed(close.reply_code, close.reply_text.as_str(), (close.class_id, close.method_id))
            }
            other => panic!("not connection.close: {other:?}"),
        }
    }

    /// The server must end the connection now, with `connection.close` or, where its handshake allows no answer, without.
    #[track_caller]
    pub fn connection_ended(&mut self) -> Option<Closed> {
        match self.next() {
            Arrival::End => None,
            Arrival::Method(0, AMQPClass::Connection(connection::AMQPMethod::Close(close))) => Some(
                self.closed(close.reply_code, close.reply_text.as_str(), (close.class_id, close.method_id)),
            ),
            other => panic!("not the end of the connection: {other:?}"),
        }
    }

    /// The server must close the socket now.
    #[track_caller]
    pub fn ends(&mut self) {
        assert_eq!(self.next(), Arrival::End, "the socket is closed");
    }

    /// Sends a method that the server must refuse by closing the channel: its reply code and text, the test's virtual host
    /// written as `/`. The channel is open again afterwards.
    #[track_caller]
    pub fn refused(&mut self, channel: u16, method: AMQPClass) -> (u16, String) {
        self.send(channel, method);
        let closed = self.channel_closed(channel);
        self.open(channel);
        (closed.code, closed.text)
    }

    /// Sends a method that the server must refuse by closing the connection: its reply code and text.
    #[track_caller]
    pub fn fatal(mut self, channel: u16, method: AMQPClass) -> (u16, String) {
        self.send(channel, method);
        let closed = self.connection_closed();
        (closed.code, closed.text)
    }

    /// Sends a method that the server must accept, and gives its answer.
    #[track_caller]
    pub fn accepted(&mut self, channel: u16, method: AMQPClass) -> AMQPClass {
        let answer = self.call(channel, method);
        let refused = matches!(&answer, AMQPClass::Channel(channel::AMQPMethod::Close(_)));
        assert!(!refused, "{answer:?}");
        answer
    }

    fn closed(&self, code: u16, text: &str, method: (u16, u16)) -> Closed {
        Closed { code, text: text.replace(&self.vhost, "/"), method }
    }

    fn content(&mut self, channel: u16, method: basic::AMQPMethod) -> Message {
        let header = match self.next_frame() {
            Some(AMQPFrame::Header(on, header)) if on == channel => header,
            other => panic!("not the header of {method:?}: {other:?}"),
        };
        let mut message =
            Message { method, properties: header.properties, body: Vec::new(), frames: Vec::new() };
        while (message.body.len() as u64) < header.body_size {
            match self.next_frame() {
                Some(AMQPFrame::Body(on, part)) if on == channel => {
                    message.frames.push(part.len());
                    message.body.extend(part);
                }
                other => panic!("not the body of {:?}: {other:?}", message.method),
            }
        }
        assert_eq!(message.body.len() as u64, header.body_size, "body as long as its header says");
        message
    }

    fn next_frame(&mut self) -> Option<AMQPFrame> {
        self.next_bytes().map(|bytes| frame_of(&bytes))
    }

    /// The octets of the next frame or protocol header.
    fn next_bytes(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(length) = frame_length(&self.input) {
                return Some(self.input.drain(..length).collect());
            }
            let mut chunk = [0; 64 * 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(length) => self.input.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing more came from the server: {error}"),
            }
        }
    }
}

/// Client properties that announce what RabbitMQ's own clients announce.
pub fn capable() -> FieldTable {
    let mut capabilities = FieldTable::default();
    for name in ["publisher_confirms", "consumer_cancel_notify", "basic.nack", "connection.blocked"] {
        capabilities.insert(name.into(), AMQPValue::Boolean(true));
    }
    capabilities.insert("authentication_failure_close".into(), AMQPValue::Boolean(true));
    let mut properties = FieldTable::default();
    properties.insert("capabilities".into(), AMQPValue::FieldTable(capabilities));
    properties
}

/// The bytes of a frame with any type, channel and payload.
pub fn open_frame(kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(channel.to_be_bytes());
    bytes.extend((payload.len() as u32).to_be_bytes());
    bytes.extend(payload);
    bytes.push(0xCE);
    bytes
}

/// The bytes of a frame.
pub(super) fn bytes_of(frame: &AMQPFrame) -> Vec<u8> {
    let mut room = vec![0; 256 * 1024];
    let context = WriteContext::from(std::io::Cursor::new(room.as_mut_slice()));
    let (_, length) = gen_frame(frame)(context).expect("frame").into_inner();
    room.truncate(length as usize);
    room
}

fn frame_of(bytes: &[u8]) -> AMQPFrame {
    let (rest, frame) = parse_frame(bytes).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(rest.is_empty());
    frame
}

fn frame_length(input: &[u8]) -> Option<usize> {
    if input.starts_with(b"AMQP") {
        return (input.len() >= 8).then_some(8);
    }
    let size: [u8; 4] = input.get(3..7)?.try_into().expect("four bytes");
    let length = u32::from_be_bytes(size) as usize + 8;
    (input.len() >= length).then_some(length)
}

fn has_content(method: &basic::AMQPMethod) -> bool {
    use basic::AMQPMethod::{Deliver, GetOk, Return};
    matches!(method, Deliver(_) | GetOk(_) | Return(_))
}
