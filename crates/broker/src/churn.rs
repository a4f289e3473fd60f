//! How often connections, channels and queues come and go, counted since the node started.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count of things that happened.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// It happened once more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it happened.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Churn {
    /// Connections opened.
    pub connection_created: Count,
    /// Connections closed.
    pub connection_closed: Count,
    /// Channels opened by clients.
    pub channel_created: Count,
    /// Channels closed.
    pub channel_closed: Count,
    /// Queues that came into being.
    pub queue_created: Count,
    /// Declarations of queues, new or not.
    pub queue_declared: Count,
    /// Queues deleted.
    pub queue_deleted: Count,
}
