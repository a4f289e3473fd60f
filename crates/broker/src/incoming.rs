//! A queue that is being restored from the log.
//!
//! Sessions append what they did batch by batch, after they let go of the queue, so that a message may come after later
//! ones, and an acknowledgement before its message. Messages go into the queue in the order of their numbers. Numbers
//! that never come (those of transient messages are in no log) make the ones after them wait: until the end of the log,
//! or until more waits than sessions can have appended out of turn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::logged_message;
use crate::queues::{Input, Queue};

/// Bytes of messages of one queue that may wait for earlier ones.
const WAITING: usize = 64 * 1024 * 1024;

/// See the module's description.
pub(crate) struct Incoming {
    queue: Arc<Queue>,
    /// Messages below this number are in the checkpoint, or were settled before it.
    known_until: u64,
    /// Messages below this number are in the queue, or are settled, or come very late.
    expected: u64,
    waiting: BTreeMap<u64, Box<[u8]>>,
    waiting_bytes: usize,
    waiting_limit: usize,
    /// Settled before the message came.
    settled_early: BTreeSet<u64>,
    /// Numbers below this one were used, even if their messages are not in the log: they must not be used again, or
    /// the next recovery takes what the log says of them for the new ones.
    used_until: u64,
}

impl Incoming {
    /// A queue of which nothing has come yet.
    pub(crate) fn new(queue: Arc<Queue>) -> Self {
        Self::with_limit(queue, WAITING)
    }

    fn with_limit(queue: Arc<Queue>, waiting_limit: usize) -> Self {
        Self {
            queue,
            known_until: 0,
            expected: 0,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            waiting_limit,
            settled_early: BTreeSet::new(),
            used_until: 0,
        }
    }

    /// The queue.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Takes what a checkpoint kept. `None` if it ends too early.
    pub(crate) fn checkpoint(&mut self, input: &mut Input<'_>) -> Option<()> {
        self.known_until = self.queue.restore(input)?;
        self.expected = self.known_until;
        Some(())
    }

    /// A message from the log.
    pub(crate) fn message(&mut self, sequence: u64, record: &[u8]) {
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
            self.place(sequence, record);
            self.place_next();
            return;
        }
        self.waiting_bytes += record.len();
        self.waiting.insert(sequence, record.into());
        while self.waiting_bytes > self.waiting_limit {
            self.place_first();
        }
    }

    /// Messages that were settled, from the log.
    pub(crate) fn settled(&mut self, first: u64, last: u64) {
        self.used_until = self.used_until.max(last.saturating_add(1));
        if first < self.expected {
            self.queue.restore_settled(first, last.min(self.expected - 1));
        }
        for sequence in first.max(self.expected)..=last {
            match self.waiting.remove(&sequence) {
                Some(record) => self.waiting_bytes -= record.len(),
                None => {
                    self.settled_early.insert(sequence);
                }
            }
        }
    }

    /// Messages up to `sequence` were delivered, says the log.
    pub(crate) fn delivered(&mut self, sequence: u64) {
        self.used_until = self.used_until.max(sequence.saturating_add(1));
        self.queue.restore_delivered(sequence);
    }

    /// Everything has come.
    pub(crate) fn end(&mut self) {
        while !self.waiting.is_empty() {
            self.place_first();
        }
        self.settled_early.clear();
        self.queue.end_restore(self.used_until);
    }

    /// Places the waiting messages that follow those in the queue without a gap.
    fn place_next(&mut self) {
        while self.waiting.first_key_value().is_some_and(|(sequence, _)| *sequence == self.expected) {
            self.place_first();
        }
    }

    fn place_first(&mut self) {
        if let Some((sequence, record)) = self.waiting.pop_first() {
            self.waiting_bytes -= record.len();
            self.place(sequence, &record);
        }
    }

    fn place(&mut self, sequence: u64, record: &[u8]) {
        self.expected = self.expected.max(sequence + 1);
        match logged_message::read(record) {
            Some(message) => self.queue.restore_message(&message, sequence),
            None => tracing::error!(queue = %self.queue.name, sequence, "a logged message cannot be read"),
        }
    }
}
