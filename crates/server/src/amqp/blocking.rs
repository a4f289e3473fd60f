//! Holding publishers back while memory or disk are short (RabbitMQ, blocked connection notifications): a connection
//! that publishes then is not read any more, and is told so if it wants to know.

use std::sync::atomic::Ordering::Relaxed;

use warren_amqp091::method::connection;

use super::handshake::has_capability;
use super::session::Session;
use crate::node::alarms::InEffect;

impl Session {
    /// The alarms in effect are others than before.
    pub(super) fn alarm_changed(&mut self, alarm: InEffect) {
        self.alarm = alarm;
        if self.blocked && !alarm.any() {
            self.set_blocked(false);
            self.tell(|out| connection::Unblocked {}.write_frame(0, out));
        }
    }

    /// The client published although it should not.
    pub(super) fn block(&mut self) {
        if self.blocked {
            return;
        }
        self.set_blocked(true);
        let reason = self.alarm.reason();
        self.tell(|out| connection::Blocked { reason: &reason }.write_frame(0, out));
    }

    /// The blocked client has closed its side. No more can come than what lies in the socket, and it is read to its end:
    /// otherwise nobody would notice that the client is gone, and what it holds would not be given back.
    pub(super) fn hear_last_words(&mut self) {
        self.last_words = true;
        self.set_blocked(false);
    }

    fn set_blocked(&mut self, blocked: bool) {
        self.blocked = blocked;
        if let Some(channels) = &self.channels {
            channels.connection().blocked.store(blocked, Relaxed);
        }
    }

    fn tell(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if has_capability(&self.client.properties, "connection.blocked") {
            write(self.outbox.lock().bytes());
        }
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use warren_amqp091::constants::PROTOCOL_HEADER;
    use warren_amqp091::content::write_content;
    use warren_amqp091::frame::{FrameKind, decode_frame};
    use warren_amqp091::method::{Method, basic, channel, connection};
    use warren_broker::broker::{Broker, BrokerSettings};
    use warren_broker::journal::Journal;
    use warren_model::value::{FieldTable, FieldValue, Table};

    use super::super::listener::{Service, serve};
    use crate::config::Settings;
    use crate::node::alarms::{Alarms, InEffect};

    struct Client {
        stream: TcpStream,
        received: Vec<u8>,
    }

    impl Client {
        async fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
            let mut out = Vec::new();
            write(&mut out);
            self.stream.write_all(&out).await.unwrap();
        }

        /// Class and method of the next method frame.
        async fn next(&mut self) -> (u16, u16) {
            loop {
                if let Some((frame, length)) = decode_frame(&self.received, 0).unwrap() {
                    let is_method = frame.kind == FrameKind::Method;
                    let method = is_method.then(|| Method::decode(frame.payload).unwrap());
                    let found = method.map(|method| (method.class_id(), method.method_id()));
                    self.received.drain(..length);
                    match found {
                        Some(found) => return found,
                        // Content of a returned message.
                        None => continue,
                    }
                }
                assert!(self.stream.read_buf(&mut self.received).await.unwrap() > 0, "the server closed");
            }
        }

        async fn open(mut self) -> Self {
            let mut capabilities = FieldTable::new();
            capabilities.insert("connection.blocked", true);
            let mut properties = FieldTable::new();
            properties.insert("capabilities", FieldValue::Table(capabilities));
            let properties = properties.to_bytes();
            let client_properties = Table::decode(&properties).unwrap();
            self.stream.write_all(PROTOCOL_HEADER).await.unwrap();
            assert_eq!(self.next().await, (10, 10));
            let (mechanism, response, locale) = ("PLAIN", b"\0guest\0guest".as_slice(), "en_US");
            self.send(|out| {
                connection::StartOk { client_properties, mechanism, response, locale }.write_frame(0, out);
            })
            .await;
            assert_eq!(self.next().await, (10, 30));
            self.send(|out| {
                connection::TuneOk { channel_max: 1, frame_max: 4096, heartbeat: 0 }.write_frame(0, out);
                connection::Open { virtual_host: "/" }.write_frame(0, out);
                channel::Open {}.write_frame(1, out);
            })
            .await;
            assert_eq!([self.next().await, self.next().await], [(10, 41), (20, 11)]);
            self
        }

        async fn publish(&mut self) {
            let publish =
                basic::Publish { exchange: "", routing_key: "nowhere", mandatory: true, immediate: false };
            self.send(|out| {
                publish.write_frame(1, out);
                write_content(out, 1, 4096, &[0, 0], b"x");
            })
            .await;
        }
    }

    #[tokio::test]
    async fn who_publishes_during_an_alarm_is_blocked_until_it_is_over() {
        let broker = Arc::new(Broker::new(
            BrokerSettings::default(),
            Journal::default(),
            Box::new(|bytes: &mut [u8]| bytes.fill(0)),
        ));
        let _ = broker.create_defaults().unwrap();
        let settings = Settings::default();
        let alarms = Arc::new(Alarms::new(&settings.alarms, "/".into()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = Service::new(&broker, &settings.amqp, &alarms);
        let server = tokio::spawn(serve(listener, Arc::new(service)));
        let connect =
            async || Client { stream: TcpStream::connect(address).await.unwrap(), received: Vec::new() };
        let (returned, blocked, unblocked) = ((60, 50), (10, 60), (10, 61));

        let mut publisher = connect().await.open().await;
        publisher.publish().await;
        assert_eq!(publisher.next().await, returned);

        alarms.set(InEffect { memory: false, disk: true });
        publisher.publish().await;
        // What was on its way is taken, and from then on nothing is.
        assert_eq!([publisher.next().await, publisher.next().await], [returned, blocked]);
        publisher.publish().await;
        let name = broker.connections.list()[0].name.clone();
        assert!(broker.connections.get(&name).unwrap().blocked.load(std::sync::atomic::Ordering::Relaxed));

        // Who does not publish is served.
        let mut other = connect().await.open().await;
        other
            .send(|out| basic::Qos { prefetch_size: 0, prefetch_count: 1, global: false }.write_frame(1, out))
            .await;
        assert_eq!(other.next().await, (60, 11));

        alarms.set(InEffect::default());
        assert_eq!([publisher.next().await, publisher.next().await], [unblocked, returned]);
        server.abort();
    }
}
