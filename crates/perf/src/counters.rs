//! What threads of a run tell each other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A counter in a cache line of its own, so that two threads that count do not slow each other.
#[derive(Default)]
#[repr(align(128))]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What threads of a run tell each other.
#[derive(Default)]
pub struct Counters {
    /// Messages that were handed to a socket.
    pub published: Counter,
    /// Publishes that were confirmed.
    pub confirmed: Counter,
    /// Messages that consumers got.
    pub delivered: Counter,
    producers_stopped: AtomicBool,
    consumers_stopped: AtomicBool,
    aborted: AtomicBool,
    expected: ExpectedDeliveries,
}

/// How many deliveries there will be, once that is known.
struct ExpectedDeliveries(AtomicU64);

impl Default for ExpectedDeliveries {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Counters {
    /// Tells producers to come to an end.
    pub fn stop_producers(&self) {
        self.producers_stopped.store(true, Ordering::Release);
    }

    /// Whether producers are to come to an end.
    pub fn producers_stopped(&self) -> bool {
        self.producers_stopped.load(Ordering::Acquire)
    }

    /// Tells consumers to come to an end, whether all messages have come or not.
    pub fn stop_consumers(&self) {
        self.consumers_stopped.store(true, Ordering::Release);
    }

    /// Whether consumers are to come to an end.
    pub fn consumers_stopped(&self) -> bool {
        self.consumers_stopped.load(Ordering::Acquire)
    }

    /// Tells every thread to drop what it does.
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
        self.stop_producers();
        self.stop_consumers();
    }

    /// Whether to drop everything.
    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// Tells consumers how many deliveries there will be.
    pub fn expect(&self, deliveries: u64) {
        self.expected.0.store(deliveries, Ordering::Release);
    }

    /// Whether consumers have got all there will be.
    pub fn is_complete(&self) -> bool {
        self.delivered.get() >= self.expected.0.load(Ordering::Acquire)
    }

    /// How far things are.
    pub fn progress(&self, elapsed: Duration) -> Progress {
        Progress {
            elapsed,
            published: self.published.get(),
            confirmed: self.confirmed.get(),
            delivered: self.delivered.get(),
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Since the start.
    pub elapsed: Duration,
    /// Messages handed to sockets so far.
    pub published: u64,
    /// Publishes confirmed so far.
    pub confirmed: u64,
    /// Messages delivered so far.
    pub delivered: u64,
}
