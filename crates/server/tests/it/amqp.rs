//! An AMQP client that is just enough to be seen by the management API.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use warren_amqp091::content::write_content;
use warren_amqp091::frame::{FrameKind, decode_frame};
use warren_amqp091::method::{Method, basic, channel, confirm, connection, queue};
use warren_model::properties::BasicProperties;
use warren_model::value::{FieldTable, Table};

const FRAME_MAX: u32 = 131_072;

/// A connection.
pub struct Amqp {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Amqp {
    /// Opens a connection with a name that it gives itself.
    pub fn connect(address: &str, user: &str, vhost: &str, name: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut client = Self { stream, buffer: Vec::new() };
        client.stream.write_all(b"AMQP\x00\x00\x09\x01").unwrap();
        client.until("connection.start");
        let properties = [("connection_name", name)].into_iter().collect::<FieldTable>().to_bytes();
        let response = format!("\0{user}\0{user}");
        let start = connection::StartOk {
            client_properties: Table::decode(&properties).unwrap(),
            mechanism: "PLAIN",
            response: response.as_bytes(),
            locale: "en_US",
        };
        client.send(|out| start.write_frame(0, out));
        client.until("connection.tune");
        let tune = connection::TuneOk { channel_max: 64, frame_max: FRAME_MAX, heartbeat: 0 };
        client.send(|out| tune.write_frame(0, out));
        client.send(|out| connection::Open { virtual_host: vhost }.write_frame(0, out));
        client.until("connection.open-ok");
        client
    }

    /// Opens a channel.
    pub fn channel(&mut self, number: u16) {
        self.send(|out| channel::Open {}.write_frame(number, out));
        self.until("channel.open-ok");
    }

    /// Declares a queue.
    pub fn declare(&mut self, number: u16, queue: &str, durable: bool, exclusive: bool) {
        let declare = queue::Declare {
            queue,
            passive: false,
            durable,
            exclusive,
            auto_delete: false,
            nowait: false,
            arguments: Table::EMPTY,
        };
        self.send(|out| declare.write_frame(number, out));
        self.until("queue.declare-ok");
    }

    /// Asks for confirms.
    pub fn confirm(&mut self, number: u16) {
        self.send(|out| confirm::Select { nowait: false }.write_frame(number, out));
        self.until("confirm.select-ok");
    }

    /// Publishes a message through the default exchange.
    pub fn publish(&mut self, number: u16, queue: &str, body: &[u8], properties: &BasicProperties) {
        let publish = basic::Publish { exchange: "", routing_key: queue, mandatory: false, immediate: false };
        self.send(|out| {
            publish.write_frame(number, out);
            write_content(out, number, FRAME_MAX, &properties.to_bytes(), body);
        });
    }

    /// Starts a consumer that acknowledges nothing by itself.
    pub fn consume(&mut self, number: u16, queue: &str, consumer_tag: &str, prefetch_count: u16) {
        let qos = basic::Qos { prefetch_size: 0, prefetch_count, global: false };
        self.send(|out| qos.write_frame(number, out));
        self.until("basic.qos-ok");
        let consume = basic::Consume {
            queue,
            consumer_tag,
            no_local: false,
            no_ack: false,
            exclusive: false,
            nowait: false,
            arguments: Table::EMPTY,
        };
        self.send(|out| consume.write_frame(number, out));
        self.until("basic.consume-ok");
    }

    /// Answers a close, so that the server is done with the connection.
    pub fn close_ok(&mut self) {
        self.send(|out| connection::CloseOk {}.write_frame(0, out));
    }

    /// Reads up to a method of that name, and shows it.
    pub fn until(&mut self, name: &str) -> String {
        loop {
            while let Some((frame, length)) = decode_frame(&self.buffer, 0).unwrap() {
                let method =
                    (frame.kind == FrameKind::Method).then(|| Method::decode(frame.payload).unwrap());
                let found = method.filter(|method| method.name() == name).map(|method| format!("{method:?}"));
                self.buffer.drain(..length);
                if let Some(found) = found {
                    return found;
                }
            }
            let mut bytes = [0; 4096];
            let count = self.stream.read(&mut bytes).unwrap();
            assert_ne!(count, 0, "the server closed the connection before {name}");
            self.buffer.extend_from_slice(&bytes[..count]);
        }
    }

    fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut out = Vec::new();
        write(&mut out);
        self.stream.write_all(&out).unwrap();
    }
}
