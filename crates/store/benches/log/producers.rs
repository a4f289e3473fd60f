//! The load: P producers, each with at most W records of 1 KiB unconfirmed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use warren_store::{Batch, DurableWaiter, Position, Store, StoreError};

/// What one read of 64 KiB brings of them is appended as one batch.
const LARGEST_BATCH: u64 = 60;

/// How many producers, and how many records each may have unconfirmed.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub producers: u64,
    pub window: u64,
}

/// When a producer stops.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so many records of all producers.
    Records(u64),
    /// After so long.
    Elapsed(Duration),
}

/// Wakes a producer that cannot go on before something is durable.
struct Window {
    producer: Thread,
    durable: AtomicU64,
}

impl DurableWaiter for Window {
    fn durable(&self, position: Position) {
        self.durable.fetch_max(position.get(), Ordering::Release);
        self.producer.unpark();
    }

    fn failed(&self, error: &StoreError) {
        panic!("{error}");
    }
}

impl Window {
    /// Waits for a position; asks the log to be called only when there is nothing else left to do, so that it is the log that is
    /// measured, and not the bookkeeping of its callers.
    fn wait(self: &Arc<Self>, store: &Store, position: Position) {
        if store.durable() >= position {
            return;
        }
        store.when_durable(position, Arc::clone(self) as Arc<dyn DurableWaiter>);
        while self.durable.load(Ordering::Acquire) < position.get() {
            std::thread::park();
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{} W{}", self.producers, self.window)
    }
}

impl Load {
    /// Runs all producers; returns how many records were confirmed, and how long that took.
    pub fn run(self, store: &Store, until: Until) -> (u64, Duration) {
        let began = Instant::now();
        let records = std::thread::scope(|scope| {
            let producers: Vec<_> =
                (0..self.producers).map(|_| scope.spawn(move || self.produce(store, until, began))).collect();
            producers.into_iter().map(|producer| producer.join().expect("a producer")).sum()
        });
        (records, began.elapsed())
    }

    fn batch(self) -> u64 {
        self.window.div_ceil(4).min(LARGEST_BATCH)
    }

    /// Appends batches until the end; returns how many records, all of them confirmed.
    fn produce(self, store: &Store, until: Until, began: Instant) -> u64 {
        let window = Arc::new(Window { producer: std::thread::current(), durable: AtomicU64::new(0) });
        let mut batch = Batch::new();
        let body = [0x5A; 1024];
        let mut unconfirmed: VecDeque<(Position, u64)> = VecDeque::new();
        let (mut sent, mut open) = (0, 0);
        loop {
            let count = match until {
                Until::Records(all) => self.batch().min(all.div_ceil(self.producers) - sent),
                Until::Elapsed(time) if began.elapsed() < time => self.batch(),
                Until::Elapsed(_) => 0,
            };
            if count == 0 {
                break;
            }
            while open + count > self.window {
                let Some((position, confirmed)) = unconfirmed.pop_front() else { break };
                window.wait(store, position);
                open -= confirmed;
            }
            for number in 0..count {
                batch.push_message(&[(1, sent + number)], &[&body]).expect("a record of 1 KiB");
            }
            let position = store.append(&mut batch).expect("an append");
            unconfirmed.push_back((position, count));
            open += count;
            sent += count;
        }
        if let Some((position, _)) = unconfirmed.back() {
            window.wait(store, *position);
        }
        sent
    }
}
