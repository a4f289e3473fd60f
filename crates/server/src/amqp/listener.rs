//! Accepting AMQP connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tracing::{debug, warn};
use warren_amqp091::connection::Settings;
use warren_broker::broker::Broker;

use super::handshake::{MECHANISMS, server_properties};
use super::session::Session;
use crate::config::AmqpSettings;
use crate::node::alarms::Alarms;

/// Pause after a failed accept: the usual reason is that no file descriptor is left, and trying on at once would
/// only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every session needs.
pub struct Service {
    /// The broker.
    pub broker: Arc<Broker>,
    /// What connections negotiate.
    pub settings: Arc<Settings>,
    /// Time in which a client must have opened its connection.
    pub handshake_timeout: Duration,
    /// Whether small writes go out at once.
    pub nodelay: bool,
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
            nodelay: settings.nodelay,
            alarms: Arc::clone(alarms),
        }
    }
}

/// Accepts connections as long as it is polled.
pub async fn serve(listener: TcpListener, service: Arc<Service>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let service = Arc::clone(&service);
                tokio::spawn(async move { open(stream, peer, service).await });
            }
            Err(error) => {
                warn!(%error, "cannot accept an AMQP connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn open(stream: TcpStream, peer: SocketAddr, service: Arc<Service>) {
    if !service.broker.is_running() {
        return;
    }
    if let Err(error) = stream.set_nodelay(service.nodelay) {
        debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let Ok(host) = stream.local_addr() else { return };
    if is_local(peer, host) {
        unpace(&stream);
    }
    Session::new(stream, peer, host, service).run().await;
}

/// Whether both ends are on this machine.
fn is_local(peer: SocketAddr, host: SocketAddr) -> bool {
    let (peer, host) = (peer.ip().to_canonical(), host.ip().to_canonical());
    peer.is_loopback() || peer == host
}

/// Gives a connection within the machine a congestion control that does not pace (tcp(7), `TCP_CONGESTION`): nothing is lost there, and
/// where the system's own is BBR, its timers make up to half of what a message costs. Every process may choose this one.
fn unpace(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::net::sockopt::set_tcp_congestion(stream, "reno") {
        debug!(%error, "cannot set TCP_CONGESTION");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::net::sockopt::tcp_congestion;

    use super::*;

    #[tokio::test]
    async fn connections_within_the_machine_are_not_paced() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, accepted) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (client, (server, peer)) = (client.unwrap(), accepted.unwrap());
        assert!(is_local(peer, server.local_addr().unwrap()));
        unpace(&server);
        assert_eq!(tcp_congestion(&server).unwrap(), "reno");
        drop(client);
    }

    #[test]
    fn a_machine_knows_its_own_addresses() {
        let local = |peer: &str, host: &str| is_local(peer.parse().unwrap(), host.parse().unwrap());
        assert!(local("127.0.0.1:1", "127.0.0.1:5672"));
        assert!(local("[::1]:1", "[::1]:5672"));
        assert!(local("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:5672"));
        assert!(local("10.0.0.7:1", "10.0.0.7:5672"));
        assert!(local("[::ffff:10.0.0.7]:1", "10.0.0.7:5672"));
        assert!(!local("10.0.0.8:1", "10.0.0.7:5672"));
        assert!(!local("[fe80::2]:1", "[fe80::1]:5672"));
    }
}
