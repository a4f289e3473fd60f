//! A client of a session, over whatever carries octets, for the tests of this folder.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use warren_amqp091::constants::PROTOCOL_HEADER;
use warren_amqp091::content::write_content;
use warren_amqp091::frame::{FrameKind, decode_frame};
use warren_amqp091::method::{Method, MethodId, basic, channel, connection};
use warren_broker::log::LogHandle;
use warren_broker::state::node::broker::{Broker, BrokerSettings};
use warren_model::value::{FieldTable, FieldValue, Table};

use super::listener::Service;
use crate::config::Settings;
use crate::node::alarms::Alarms;

const FRAME_MAX: u32 = 4096;

/// A broker in memory, with its default user, and the alarms that its sessions look at.
pub fn service() -> (Arc<Broker>, Arc<Alarms>, Arc<Service>) {
    let entropy = Box::new(|bytes: &mut [u8]| bytes.fill(0));
    let broker = Arc::new(Broker::new(BrokerSettings::default(), LogHandle::default(), entropy));
    let _ = broker.create_defaults().unwrap();
    let settings = Settings::default();
    let alarms = Arc::new(Alarms::new(&settings.alarms, "/".into()));
    let service = Arc::new(Service::new(&broker, &settings.amqp, &alarms));
    (broker, alarms, service)
}

/// See the module's description.
pub struct Client<S> {
    /// The socket.
    pub stream: S,
    received: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// A client that is through the handshake, with channel 1 open.
    pub async fn open(stream: S) -> Self {
        let mut client = Self { stream, received: Vec::new() };
        let mut capabilities = FieldTable::new();
        capabilities.insert("connection.blocked", true);
        let mut properties = FieldTable::new();
        properties.insert("capabilities", FieldValue::Table(capabilities));
        let properties = properties.to_bytes();
        let client_properties = Table::decode(&properties).unwrap();
        client.stream.write_all(PROTOCOL_HEADER).await.unwrap();
        assert_eq!(client.next().await, connection::Start::ID);
        let (mechanism, response, locale) = ("PLAIN", b"\0guest\0guest".as_slice(), "en_US");
        let start = connection::StartOk { client_properties, mechanism, response, locale };
        client.send(|out| start.write_frame(0, out)).await;
        assert_eq!(client.next().await, connection::Tune::ID);
        client
            .send(|out| {
                connection::TuneOk { channel_max: 1, frame_max: FRAME_MAX, heartbeat: 0 }.write_frame(0, out);
                connection::Open { virtual_host: "/" }.write_frame(0, out);
                channel::Open {}.write_frame(1, out);
            })
            .await;
        assert_eq!([client.next().await, client.next().await], [connection::OpenOk::ID, channel::OpenOk::ID]);
        client
    }

    /// Sends what `write` writes.
    pub async fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut out = Vec::new();
        write(&mut out);
        self.stream.write_all(&out).await.unwrap();
    }

    /// Publishes to the default exchange, mandatory.
    pub async fn publish(&mut self, routing_key: &str, body: &[u8]) {
        let publish = basic::Publish { exchange: "", routing_key, mandatory: true, immediate: false };
        self.send(|out| {
            publish.write_frame(1, out);
            write_content(out, 1, FRAME_MAX, &[0, 0], body);
        })
        .await;
    }

    /// The method of the next method frame.
    pub async fn next(&mut self) -> MethodId {
        loop {
            let (kind, payload) = self.frame().await;
            if kind == FrameKind::Method {
                return Method::decode(&payload).unwrap().id();
            }
        }
    }

    /// The content whose frames come next, of that many octets.
    pub async fn body(&mut self, length: usize) -> Vec<u8> {
        assert_eq!(self.frame().await.0, FrameKind::Header);
        let mut body = Vec::new();
        while body.len() < length {
            let (kind, payload) = self.frame().await;
            assert_eq!(kind, FrameKind::Body);
            body.extend(payload);
        }
        body
    }

    async fn frame(&mut self) -> (FrameKind, Vec<u8>) {
        loop {
            if let Some((frame, length)) = decode_frame(&self.received, 0).unwrap() {
                let found = (frame.kind, frame.payload.to_vec());
                self.received.drain(..length);
                return found;
            }
            assert!(self.stream.read_buf(&mut self.received).await.unwrap() > 0, "the server closed");
        }
    }
}
