//! The load: P producers, each with at most W records of 1 KiB unconfirmed.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use warren_store::{Batch, Position, Store};

/// What one read of 64 KiB brings of them is appended as one batch.
pub const LARGEST_BATCH: u64 = 60;
/// Length of a record's body, in bytes.
pub const BODY: usize = 1024;

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

/// What takes the records.
pub trait Log: Sync {
    /// One producer's access to it.
    fn producer(&self) -> Box<dyn Producer + '_>;
}

/// See [`Log::producer`].
pub trait Producer {
    /// Appends so many records with this body as one batch, the first of them as number `first` of this producer. Returns the
    /// position of the last.
    fn append(&mut self, first: u64, count: u64, body: &[u8; BODY]) -> u64;

    /// Waits until everything up to a position is durable.
    fn wait(&mut self, position: u64);
}

impl Log for Store {
    fn producer(&self) -> Box<dyn Producer + '_> {
        Box::new(StoreProducer { store: self, batch: Batch::new() })
    }
}

struct StoreProducer<'a> {
    store: &'a Store,
    batch: Batch,
}

impl Producer for StoreProducer<'_> {
    fn append(&mut self, first: u64, count: u64, body: &[u8; BODY]) -> u64 {
        for number in first..first + count {
            self.batch.push_message(&[(1, number)], &[body]).expect("a record of 1 KiB");
        }
        self.store.append(&mut self.batch).expect("an append").get()
    }

    fn wait(&mut self, position: u64) {
        self.store.wait_durable(Position::new(position)).expect("a durable record");
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{} W{}", self.producers, self.window)
    }
}

impl Load {
    /// Runs all producers; returns how many records were confirmed, and how long that took.
    pub fn run(self, log: &dyn Log, until: Until) -> (u64, Duration) {
        let began = Instant::now();
        let records = std::thread::scope(|scope| {
            let producers: Vec<_> =
                (0..self.producers).map(|_| scope.spawn(move || self.produce(log, until, began))).collect();
            producers.into_iter().map(|producer| producer.join().expect("a producer")).sum()
        });
        (records, began.elapsed())
    }

    fn batch(self) -> u64 {
        self.window.div_ceil(4).min(LARGEST_BATCH)
    }

    /// Appends batches until the end; returns how many records, all of them confirmed.
    fn produce(self, log: &dyn Log, until: Until, began: Instant) -> u64 {
        let mut producer = log.producer();
        let body = [0x5A; BODY];
        let mut unconfirmed: VecDeque<(u64, u64)> = VecDeque::new();
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
                producer.wait(position);
                open -= confirmed;
            }
            let position = producer.append(sent, count, &body);
            unconfirmed.push_back((position, count));
            open += count;
            sent += count;
        }
        if let Some((position, _)) = unconfirmed.back() {
            producer.wait(*position);
        }
        sent
    }
}
