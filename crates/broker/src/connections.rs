//! The connections that clients have open, as management sees them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard, RwLock};
use warren_model::value::FieldTable;

use crate::churn::Churn;
use crate::delivery::Outbox;
use warren_model::error::Error;

/// Lets management end a connection. Implemented by the owner of the socket.
pub trait ConnectionControl: Send + Sync {
    /// Asks the connection to close for `reason`.
    fn close(&self, reason: &Error);
    /// Asks it to close one of its channels.
    fn close_channel(&self, number: u16, reason: &Error);
}

/// What passed over a connection.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Bytes received.
    pub received_bytes: AtomicU64,
    /// Bytes sent.
    pub sent_bytes: AtomicU64,
    /// Reads that brought something.
    pub received: AtomicU64,
    /// Writes that took something.
    pub sent: AtomicU64,
}

/// How often things happened on a channel.
#[derive(Debug, Default)]
pub struct ChannelCounters {
    /// Messages published.
    pub publish: AtomicU64,
    /// Messages returned as unroutable.
    pub return_unroutable: AtomicU64,
    /// Messages confirmed to the publisher.
    pub confirm: AtomicU64,
    /// Deliveries acknowledged or rejected.
    pub ack: AtomicU64,
    /// Messages confirmed later than published and not yet.
    pub unconfirmed: AtomicU64,
    /// Prefetch that new consumers get.
    pub prefetch: AtomicU64,
    /// Publisher confirms are on.
    pub confirm_mode: AtomicBool,
    /// Transactions are on.
    pub transactional: AtomicBool,
}

/// A channel that a client has open.
#[derive(Debug)]
pub struct ChannelInfo {
    /// Its number.
    pub number: u16,
    /// `CONNECTION (NUMBER)`.
    pub name: Arc<str>,
    /// What happened on it.
    pub counters: ChannelCounters,
}

/// A connection that a client has open.
pub struct OpenConnection {
    /// Tells it from every other connection of the node's run.
    pub id: u64,
    /// `PEER:PORT -> HOST:PORT`.
    pub name: Arc<str>,
    /// User that opened it.
    pub user: Arc<str>,
    /// Virtual host that it uses.
    pub vhost: Arc<str>,
    /// Where the client is.
    pub peer: SocketAddr,
    /// Where it was accepted.
    pub host: SocketAddr,
    /// Mechanism that it authenticated with.
    pub auth_mechanism: String,
    /// What the client tells about itself.
    pub client_properties: FieldTable,
    /// When it was opened, in milliseconds since 1970.
    pub connected_at: u64,
    /// Negotiated limit of channels.
    pub channel_max: u16,
    /// Negotiated limit of a frame, in bytes.
    pub frame_max: u32,
    /// Negotiated heartbeat, in seconds.
    pub heartbeat: u16,
    /// What passed over it.
    pub traffic: Arc<Traffic>,
    /// What waits to be sent, with the delivery state of its channels.
    pub outbox: Arc<Outbox>,
    /// Publishes are held back by an alarm.
    pub blocked: AtomicBool,
    /// Its channels by number.
    pub channels: Mutex<BTreeMap<u16, Arc<ChannelInfo>>>,
    /// Ends it.
    pub control: Box<dyn ConnectionControl>,
}

impl std::fmt::Debug for OpenConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenConnection")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// All open connections.
#[derive(Debug, Default)]
pub struct Connections {
    churn: Arc<Churn>,
    last_id: AtomicU64,
    counting: Mutex<()>,
    pub(crate) open: RwLock<BTreeMap<u64, Arc<OpenConnection>>>,
}

impl Connections {
    /// None yet; what comes and goes is counted in `churn`.
    pub fn new(churn: Arc<Churn>) -> Self {
        Self { churn, ..Self::default() }
    }

    /// A number for a new connection.
    pub fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A connection is open, unless `check`, which is given those that are open already, refuses it.
    ///
    /// # Errors
    /// What `check` says.
    pub(crate) fn register_if(
        &self,
        connection: Arc<OpenConnection>,
        check: impl FnOnce(&OpenConnection, &BTreeMap<u64, Arc<OpenConnection>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut open = self.open.write();
        check(&connection, &open)?;
        self.churn.connection_created.add();
        open.insert(connection.id, connection);
        Ok(())
    }

    /// Held by whoever counts channels to add one.
    pub(crate) fn counting(&self) -> MutexGuard<'_, ()> {
        self.counting.lock()
    }

    /// A connection is closed.
    pub fn remove(&self, id: u64) {
        if self.open.write().remove(&id).is_some() {
            self.churn.connection_closed.add();
        }
    }

    /// All of them, in the order in which they were opened.
    pub fn list(&self) -> Vec<Arc<OpenConnection>> {
        self.open.read().values().cloned().collect()
    }

    /// The one of that name.
    pub fn get(&self, name: &str) -> Option<Arc<OpenConnection>> {
        self.open.read().values().find(|connection| *connection.name == *name).cloned()
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.open.read().len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes the channels on which a delivery waits for its acknowledgement longer than it may, at the time `now`. The
    /// consumer's own limit counts first, then its queue's, then `default` (milliseconds; RabbitMQ, delivery
    /// acknowledgement timeout).
    pub fn close_overdue(&self, now: u64, default: Option<u64>) {
        for connection in self.list() {
            let oldest = connection.outbox.lock().oldest(now);
            for (number, oldest) in oldest {
                let of_queue = || oldest.queue.rules().consumer_timeout;
                let Some(limit) = oldest.consumer_timeout.or_else(of_queue).or(default) else { continue };
                if oldest.waited > limit {
                    let error = Error::acknowledgement_timeout(number, limit);
                    connection.control.close_channel(number, &error);
                }
            }
        }
    }

    /// Asks all connections that `which` picks to close for `reason`.
    pub fn close_where(&self, reason: &Error, which: impl Fn(&OpenConnection) -> bool) -> usize {
        let chosen: Vec<_> = self.list().into_iter().filter(|connection| which(connection)).collect();
        chosen.iter().for_each(|connection| connection.control.close(reason));
        chosen.len()
    }
}
