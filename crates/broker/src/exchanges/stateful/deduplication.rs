//! The argument `x-message-deduplication`: an exchange of any type drops messages that came before (LavinMQ, message
//! deduplication). What it knows is gone after a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::deduplication::Deduplicator;
use crate::exchanges::contract::{Addition, ExchangeSettings, Filter};
use crate::queues::{QueueKind, QueueRules};

/// Messages that an exchange drops because they came before.
#[derive(Debug)]
struct Duplicates {
    seen: Mutex<Deduplicator>,
    dropped: AtomicU64,
}

/// What is dropped if the arguments ask for it.
pub(crate) const ADDITION: Addition<Arc<dyn Filter>> = Addition {
    arguments: &["x-message-deduplication", "x-cache-size", "x-cache-ttl", "x-deduplication-header"],
    asked_for,
};

fn asked_for(settings: &ExchangeSettings) -> Option<Arc<dyn Filter>> {
    // The arguments are those of queues.
    let rules = QueueRules::resolve(QueueKind::Classic, &settings.arguments, None).deduplication?;
    Some(Arc::new(Duplicates { seen: Mutex::new(Deduplicator::new(&rules)), dropped: AtomicU64::new(0) }))
}

impl Filter for Duplicates {
    fn drops(&self, properties: &[u8], now: u64) -> bool {
        let known = self.seen.lock().is_duplicate(properties, now);
        self.dropped.fetch_add(u64::from(known), Relaxed);
        known
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}
