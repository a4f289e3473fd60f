//! Accepting AMQP connections.

use std::sync::Arc;
use std::time::Duration;

use warren_amqp091::connection::Settings;
use warren_broker::state::node::broker::Broker;

use super::handshake::{MECHANISMS, server_properties};
use super::session::Session;
use crate::config::AmqpSettings;
use crate::node::alarms::Alarms;
use crate::transport::{Listener, TcpOptions};

/// What every session needs.
pub struct Service {
    /// The broker.
    pub broker: Arc<Broker>,
    /// What connections negotiate.
    pub settings: Arc<Settings>,
    /// Time in which a client must have opened its connection.
    pub handshake_timeout: Duration,
    /// When publishers are held back.
    pub alarms: Arc<Alarms>,
}

impl Service {
    /// The service of `broker` as configured.
    pub fn new(broker: &Arc<Broker>, settings: &AmqpSettings, alarms: &Arc<Alarms>) -> Self {
        let negotiated = Settings {
            server_properties: server_properties(&broker.settings.node),
            mechanisms: MECHANISMS.to_owned(),
            channel_max: settings.channel_max,
            frame_max: settings.frame_max,
            heartbeat: settings.heartbeat,
            max_message_size: settings.max_message_size,
        };
        Self {
            broker: Arc::clone(broker),
            settings: Arc::new(negotiated),
            handshake_timeout: settings.handshake_timeout,
            alarms: Arc::clone(alarms),
        }
    }
}

/// What is set on TCP connections of AMQP clients.
pub fn tcp_options(settings: &AmqpSettings) -> TcpOptions {
    TcpOptions { nodelay: settings.nodelay, unpaced_within_machine: true, give_up: None }
}

/// Accepts connections as long as it is polled.
pub async fn serve(listener: Listener, service: Arc<Service>) {
    loop {
        let pending = listener.accept().await;
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            if !service.broker.is_running() {
                return;
            }
            if let Ok(stream) = pending.open().await {
                Session::new(stream, service).run().await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;
    use warren_amqp091::method::{basic, connection, queue};
    use warren_model::value::Table;

    use super::super::testing::{Client, service};
    use super::*;
    use crate::node::alarms::InEffect;
    use crate::transport::AdminSocket;

    async fn consuming(stream: UnixStream) -> Client<UnixStream> {
        let mut client = Client::open(stream).await;
        let (queue, arguments) = ("q", Table::EMPTY);
        let declare = queue::Declare {
            queue,
            passive: false,
            durable: false,
            exclusive: false,
            auto_delete: false,
            nowait: false,
            arguments,
        };
        client.send(|out| declare.write_frame(1, out)).await;
        assert_eq!(client.next().await, queue::DeclareOk::ID);
        let consume = basic::Consume {
            queue,
            consumer_tag: "c",
            no_local: false,
            no_ack: true,
            exclusive: false,
            nowait: false,
            arguments,
        };
        client.send(|out| consume.write_frame(1, out)).await;
        assert_eq!(client.next().await, basic::ConsumeOk::ID);
        client
    }

    /// A session knows no TCP: what it asks of a connection, another transport gives as well.
    #[tokio::test]
    async fn a_session_over_a_unix_socket_is_one_like_any_other() {
        let (broker, alarms, service) = service();
        let dir = tempfile::tempdir().unwrap();
        let socket = AdminSocket::bind(&dir.path().join("amqp.sock")).unwrap();
        let server = tokio::spawn(serve(Listener::unix(&socket, "AMQP").unwrap(), service));
        let connect = async || UnixStream::connect(socket.path()).await.unwrap();
        let mut consumer = consuming(connect().await).await;
        let mut publisher = Client::open(connect().await).await;
        let names: Vec<_> = broker.connections.list().iter().map(|open| open.name.to_string()).collect();
        let host = format!(" -> unix:{}", socket.path().display());
        assert!(names[0] != names[1] && names.iter().all(|name| name.ends_with(&host)), "{names:?}");

        // The last one is more than the socket takes at once: it is written on by the task that waits for it.
        for length in [0, 16, 50_000, 4 << 20] {
            let body: Vec<u8> = (0..length).map(|octet: usize| (octet % 251) as u8).collect();
            publisher.publish("q", &body).await;
            assert_eq!(consumer.next().await, basic::Deliver::ID);
            assert_eq!(consumer.body(length).await, body);
        }

        // Blocked, it is not read, and its end is seen all the same.
        alarms.set(InEffect { memory: true, disk: false });
        publisher.publish("nowhere", b"x").await;
        assert_eq!(
            [publisher.next().await, publisher.next().await],
            [basic::Return::ID, connection::Blocked::ID]
        );
        publisher.stream.shutdown().await.unwrap();
        while broker.connections.list().len() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.abort();
    }
}
