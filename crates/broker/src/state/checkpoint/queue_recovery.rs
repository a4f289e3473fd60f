//! A queue that is being restored from the log.
//!
//! Sessions append what they did batch by batch, after they let go of the queue, so that a message may come after later
//! ones, and an acknowledgement before its message. Messages go into the queue in the order of their numbers. Numbers
//! that never come (those of transient messages are in no log) make the ones after them wait: until the end of the log,
//! or until more waits than sessions can have appended out of turn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::queues::{Count, Input, Queue, first_of, level_of};
use warren_model::message::logged;

/// Bytes of messages of one queue that may wait for earlier ones.
const WAITING: usize = 64 * 1024 * 1024;

/// See the module's description: one priority of a queue.
struct Level {
    queue: Arc<Queue>,
    level: u8,
    /// Messages below this number are in the checkpoint, or were settled before it.
    known_until: u64,
    /// Messages below this number are in the queue, or are settled, or come very late.
    expected: u64,
    /// With the time to live that the queue gave when they came.
    waiting: BTreeMap<u64, (Option<u64>, Box<[u8]>)>,
    waiting_bytes: usize,
    waiting_limit: usize,
    /// Settled before the message came.
    settled_early: BTreeSet<u64>,
    /// Numbers below this one were used, even if their messages are not in the log: they must not be used again, or
    /// the next recovery takes what the log says of them for the new ones.
    used_until: u64,
}

/// See the module's description.
pub(crate) struct Incoming {
    queue: Arc<Queue>,
    /// By priority, as far as anything has come.
    levels: BTreeMap<u8, Level>,
    waiting_limit: usize,
}

impl Incoming {
    /// A queue of which nothing has come yet.
    pub(crate) fn new(queue: Arc<Queue>) -> Self {
        Self::with_limit(queue, WAITING)
    }

    fn with_limit(queue: Arc<Queue>, waiting_limit: usize) -> Self {
        Self { queue, levels: BTreeMap::new(), waiting_limit }
    }

    /// The queue.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Takes what a checkpoint of that version kept. `None` if it ends too early.
    pub(crate) fn checkpoint(&mut self, input: &mut Input<'_>, version: u16) -> Option<()> {
        for known_until in self.queue.restore(input, version)? {
            let level = self.level(known_until);
            level.known_until = known_until;
            level.expected = known_until;
        }
        Some(())
    }

    /// A message from the log.
    pub(crate) fn message(&mut self, sequence: u64, record: &[u8]) {
        self.level(sequence).message(sequence, record);
    }

    /// Messages that were settled, from the log.
    pub(crate) fn settled(&mut self, first: u64, last: u64) {
        self.level(first).settled(first, last);
    }

    /// Messages up to `sequence` were delivered, says the log.
    pub(crate) fn delivered(&mut self, sequence: u64) {
        self.level(sequence).delivered(sequence);
    }

    /// A message came back, says the log.
    pub(crate) fn returned(&mut self, sequence: u64, count: Count) {
        self.queue.restore_returned(sequence, count);
    }

    /// Everything has come.
    pub(crate) fn end(&mut self) {
        self.levels.values_mut().for_each(Level::end);
        self.queue.start();
    }

    fn level(&mut self, sequence: u64) -> &mut Level {
        let level = level_of(sequence);
        self.levels.entry(level).or_insert_with(|| Level::new(&self.queue, level, self.waiting_limit))
    }
}

impl Level {
    fn new(queue: &Arc<Queue>, level: u8, waiting_limit: usize) -> Self {
        let first = first_of(level);
        Self {
            queue: Arc::clone(queue),
            level,
            known_until: first,
            expected: first,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            waiting_limit,
            settled_early: BTreeSet::new(),
            used_until: first,
        }
    }

    /// A message from the log.
    fn message(&mut self, sequence: u64, record: &[u8]) {
        if sequence < self.known_until {
            return;
        }
        if !self.settled_early.is_empty() && self.settled_early.remove(&sequence) {
            if sequence == self.expected {
                self.expected += 1;
                self.place_next();
            }
            return;
        }
        if sequence <= self.expected {
            self.place(sequence, record, self.queue.message_ttl());
            self.place_next();
            return;
        }
        self.waiting_bytes += record.len();
        self.waiting.insert(sequence, (self.queue.message_ttl(), record.into()));
        while self.waiting_bytes > self.waiting_limit {
            self.place_first();
        }
    }

    /// Messages that were settled, from the log.
    fn settled(&mut self, first: u64, last: u64) {
        self.used_until = self.used_until.max(last.saturating_add(1));
        if first < self.expected {
            self.queue.restore_settled(first, last.min(self.expected - 1));
        }
        for sequence in first.max(self.expected)..=last {
            match self.waiting.remove(&sequence) {
                Some((_, record)) => self.waiting_bytes -= record.len(),
                None => {
                    self.settled_early.insert(sequence);
                }
            }
        }
    }

    /// Messages up to `sequence` were delivered, says the log.
    fn delivered(&mut self, sequence: u64) {
        self.used_until = self.used_until.max(sequence.saturating_add(1));
        self.queue.restore_delivered(sequence);
    }

    /// Everything has come.
    fn end(&mut self) {
        while !self.waiting.is_empty() {
            self.place_first();
        }
        self.settled_early.clear();
        self.queue.end_restore(self.level, self.used_until);
    }

    /// Places the waiting messages that follow those in the queue without a gap.
    fn place_next(&mut self) {
        while self.waiting.first_key_value().is_some_and(|(sequence, _)| *sequence == self.expected) {
            self.place_first();
        }
    }

    fn place_first(&mut self) {
        if let Some((sequence, (ttl, record))) = self.waiting.pop_first() {
            self.waiting_bytes -= record.len();
            self.place(sequence, &record, ttl);
        }
    }

    fn place(&mut self, sequence: u64, record: &[u8], ttl: Option<u64>) {
        self.expected = self.expected.max(sequence + 1);
        match logged::read(record) {
            Some((message, arrived_at)) => self.queue.restore_message(&message, sequence, arrived_at, ttl),
            None => tracing::error!(queue = %self.queue.name, sequence, "a logged message cannot be read"),
        }
    }
}
