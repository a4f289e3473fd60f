//! Holding publishers back while memory or disk are short (RabbitMQ, blocked connection notifications): a connection
//! that publishes then is not read any more, and is told so if it wants to know.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use warren_amqp091::method::connection;

use super::handshake::has_capability;
use super::session::Session;
use crate::node::alarms::InEffect;
use crate::transport::Reading;

/// How often a blocked client's socket is looked at.
const CLOSED_LOOK: Duration = Duration::from_millis(500);

/// Waits until the client has closed its side, while nothing is read from it: whether it has is looked at now and then,
/// because a socket that has something to read is always ready.
pub(super) async fn closed_by_client(reading: &Reading) {
    // A socket that has an error is closed as well.
    while reading.is_closed().await.is_ok_and(|closed| !closed) {
        tokio::time::sleep(CLOSED_LOOK).await;
    }
}

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

    use tokio::net::TcpStream;
    use warren_amqp091::method::basic;

    use super::super::listener::{serve, tcp_options};
    use super::super::testing::{Client, service};
    use super::*;
    use crate::config::AmqpSettings;
    use crate::transport::Listener;

    #[tokio::test]
    async fn who_publishes_during_an_alarm_is_blocked_until_it_is_over() {
        let (broker, alarms, service) = service();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = Listener::tcp(listener, tcp_options(&AmqpSettings::default()), "AMQP").unwrap();
        let server = tokio::spawn(serve(listener, Arc::clone(&service)));
        let connect = async || Client::open(TcpStream::connect(address).await.unwrap()).await;
        let returned = basic::Return::ID;
        let (blocked, unblocked) = (connection::Blocked::ID, connection::Unblocked::ID);

        let mut publisher = connect().await;
        publisher.publish("nowhere", b"x").await;
        assert_eq!(publisher.next().await, returned);

        alarms.set(InEffect { memory: false, disk: true });
        publisher.publish("nowhere", b"x").await;
        // What was on its way is taken, and from then on nothing is.
        assert_eq!([publisher.next().await, publisher.next().await], [returned, blocked]);
        publisher.publish("nowhere", b"x").await;
        let name = broker.connections.list()[0].name.clone();
        assert!(broker.connections.get(&name).unwrap().blocked.load(Relaxed));

        // Who does not publish is served.
        let mut other = connect().await;
        other
            .send(|out| basic::Qos { prefetch_size: 0, prefetch_count: 1, global: false }.write_frame(1, out))
            .await;
        assert_eq!(other.next().await, basic::QosOk::ID);

        alarms.set(InEffect::default());
        assert_eq!([publisher.next().await, publisher.next().await], [unblocked, returned]);
        server.abort();
    }
}
