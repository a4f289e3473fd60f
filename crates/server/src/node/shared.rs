//! What every part of a running node shares: who it is, where it listens, and the word that ends it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tokio::sync::watch;
use warren_broker::state::node::broker::Broker;

use super::alarms::Alarms;
use crate::config::Settings;
use crate::metrics::rates::Rates;

/// A running node.
pub struct Node {
    /// `warren@HOST`.
    pub name: String,
    /// The broker.
    pub broker: Arc<Broker>,
    /// The data directory.
    pub data_dir: PathBuf,
    /// The configuration file, if one was read.
    pub config: Option<PathBuf>,
    /// Its settings.
    pub settings: Settings,
    /// When publishers are held back.
    pub alarms: Arc<Alarms>,
    /// Where it listens.
    pub addresses: Addresses,
    /// When it started.
    pub started: Instant,
    /// Rates of counters.
    pub rates: Arc<Rates>,
    stop: watch::Sender<bool>,
}

/// The real addresses, after ports of 0 were replaced.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// AMQP listeners.
    pub amqp: Vec<SocketAddr>,
    /// The HTTP listener.
    pub http: SocketAddr,
    /// The admin socket.
    pub socket: PathBuf,
}

/// What the ready file tells whoever started the node.
#[derive(Debug, Serialize)]
pub struct Ready<'a> {
    pid: u32,
    node: &'a str,
    amqp: Option<SocketAddr>,
    http: SocketAddr,
    socket: &'a PathBuf,
    data_dir: &'a PathBuf,
}

impl Node {
    /// A node that has just bound its listeners.
    pub fn new(
        broker: Arc<Broker>,
        data_dir: PathBuf,
        config: Option<PathBuf>,
        settings: Settings,
        addresses: Addresses,
    ) -> Self {
        let started = Instant::now();
        let stop = watch::Sender::new(false);
        let rates = Arc::new(Rates::new(started));
        let name = broker.settings.node.clone();
        let alarms = Arc::new(Alarms::new(&settings.alarms, data_dir.clone()));
        Self { name, broker, data_dir, config, settings, alarms, addresses, started, rates, stop }
    }

    /// Asks the whole node to end. Asking twice is asking once.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Completes when the node is asked to end, at once if it already was.
    pub async fn stopped(&self) {
        let mut receiver = self.stop.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = receiver.wait_for(|stop| *stop).await;
    }

    /// The content of the ready file.
    pub fn ready(&self) -> Ready<'_> {
        Ready {
            pid: std::process::id(),
            node: &self.name,
            amqp: self.addresses.amqp.first().copied(),
            http: self.addresses.http,
            socket: &self.addresses.socket,
            data_dir: &self.data_dir,
        }
    }
}

/// `warren@` and the host's name up to its first dot, as RabbitMQ names its nodes.
pub fn node_name() -> String {
    let system = rustix::system::uname();
    let host = system.nodename().to_string_lossy();
    let short = host.split('.').next().filter(|name| !name.is_empty()).unwrap_or("localhost");
    format!("warren@{short}")
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("name", &self.name).finish_non_exhaustive()
    }
}
