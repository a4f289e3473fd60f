//! Accepting AMQP connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tracing::{debug, warn};
use warren_broker::broker::Broker;
use warren_protocol::connection::Settings;

use super::handshake::{MECHANISMS, server_properties};
use super::session::Session;
use crate::alarms::Alarms;
use crate::config::AmqpSettings;

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
    Session::new(stream, peer, host, service).run().await;
}
