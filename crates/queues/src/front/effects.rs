//! What a batch of work leaves to be done at its end: records for the log, and recipients to be sent to.
//!
//! Gathering both means one append and one write for a whole batch, and no lock held while they are made.

use std::sync::Arc;

use warren_store::{Batch, Position};

use crate::front::dead_letter::DeadLetter;
use crate::front::recipient::Recipient;
use crate::front::stream::Stream;
use crate::log::{self, Count, LogHandle};
use warren_model::error::Error;

/// Bytes of a batch's buffer that an idle connection keeps.
const KEPT: usize = 64 * 1024;
/// Ranges that one record of settled messages has at most; a purge may settle millions of messages.
const RANGES: usize = 4096;

/// See the module's description.
pub struct Effects {
    recipients: Vec<Arc<dyn Recipient>>,
    records: Batch,
    /// What became of the records since [`append`](Self::append) was last called: position of the last one, or why
    /// not all of them are in the log.
    outcome: Result<Option<Position>, Error>,
    log_handle: LogHandle,
    /// Sequence numbers of the queue in `settled_queue` that are settled and not yet a record.
    settled: Vec<(u64, u64)>,
    settled_queue: u64,
    /// Streams whose messages are among the records: offsets of the first and the last one of each run.
    streams: Vec<(Arc<Stream>, u64, u64)>,
    /// Dead letters that are to be published.
    dead: Vec<DeadLetter>,
    /// Nothing may be appended: the log's own thread makes the effects and would wait for itself.
    in_log: bool,
}

impl Effects {
    /// Nothing yet. Records will go to `log_handle`.
    pub fn new(log_handle: LogHandle) -> Self {
        Self {
            recipients: Vec::new(),
            records: Batch::new(),
            outcome: Ok(None),
            log_handle,
            settled: Vec::new(),
            settled_queue: 0,
            streams: Vec::new(),
            dead: Vec::new(),
            in_log: false,
        }
    }

    /// Effects made by the log's own thread: consumers that have room again are left to others.
    pub fn in_log(log_handle: LogHandle) -> Self {
        Self { in_log: true, ..Self::new(log_handle) }
    }

    /// Whether consumers may be served, which may append to the log.
    pub fn may_serve(&self) -> bool {
        !self.in_log
    }

    /// The way to the log.
    pub fn log_handle(&self) -> &LogHandle {
        &self.log_handle
    }

    /// Remembers that `recipient` has to be sent to.
    #[inline]
    pub fn note(&mut self, recipient: &Arc<dyn Recipient>) {
        self.recipients.push(Arc::clone(recipient));
    }

    /// A message is to be logged, with the `(queue, sequence)` pairs that it went to.
    pub fn log_message(&mut self, targets: &[(u64, u64)], payload: &[&[u8]]) {
        if self.log_handle.store().is_some()
            && let Err(error) = self.records.push_message(targets, payload)
        {
            tracing::error!(%error, "a message cannot be logged");
            self.outcome = Err(Error::internal(&error.to_string()));
        }
    }

    /// A logged message of `queue` is settled.
    pub fn log_settled(&mut self, queue: u64, sequence: u64) {
        if self.settled_queue != queue {
            self.end_settled();
            self.settled_queue = queue;
        }
        match self.settled.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(sequence) => *last = sequence,
            _ => {
                if self.settled.len() >= RANGES {
                    self.end_settled();
                }
                self.settled.push((sequence, sequence));
            }
        }
    }

    /// Logged messages of `queue` are settled, from `first` to `last`.
    pub(crate) fn log_settled_range(&mut self, queue: u64, first: u64, last: u64) {
        if self.settled_queue != queue || self.settled.len() >= RANGES {
            self.end_settled();
            self.settled_queue = queue;
        }
        self.settled.push((first, last));
    }

    /// Messages of a stream are to be logged: it wants to know when they are durable.
    pub(crate) fn log_stream(&mut self, stream: &Arc<Stream>, first: u64, last: u64) {
        match self.streams.last_mut() {
            Some((same, _, end)) if Arc::ptr_eq(same, stream) && end.checked_add(1) == Some(first) => {
                *end = last
            }
            _ => self.streams.push((Arc::clone(stream), first, last)),
        }
    }

    /// Messages of `queue` up to `sequence` were delivered: after a crash they are redelivered.
    pub fn log_delivered(&mut self, queue: u64, sequence: u64) {
        if self.log_handle.store().is_some() {
            let marker = log::delivered_marker(queue, sequence);
            if let Err(error) = self.records.push_metadata(&marker) {
                tracing::error!(%error, "a delivery cannot be logged");
            }
        }
    }

    /// A message of a quorum queue came back.
    pub(crate) fn log_returned(&mut self, queue: u64, sequence: u64, count: Count) {
        if self.log_handle.store().is_some() {
            let marker = log::returned_marker(queue, sequence, count);
            if let Err(error) = self.records.push_metadata(&marker) {
                tracing::error!(%error, "a returned message cannot be logged");
            }
        }
    }

    /// A message is to be dead-lettered, once no lock is held.
    pub(crate) fn bury(&mut self, letter: DeadLetter) {
        self.dead.push(letter);
    }

    /// Publishes the dead letters, and those that they lead to.
    #[inline]
    fn publish_dead_letters(&mut self) {
        while !self.dead.is_empty() {
            self.publish_some_dead_letters();
        }
    }

    #[cold]
    fn publish_some_dead_letters(&mut self) {
        let letters = std::mem::take(&mut self.dead);
        letters.into_iter().for_each(|letter| letter.publish(self));
    }

    /// Ends a batch: appends the records that are left. The position is that of the batch's last record, `None` if
    /// there was none.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if a record of the batch is not in the log: it was too long, or the store has failed.
    pub fn append(&mut self) -> Result<Option<Position>, Error> {
        self.publish_dead_letters();
        self.write();
        std::mem::replace(&mut self.outcome, Ok(None))
    }

    /// Appends the records gathered so far in the middle of a batch. The result is as that of
    /// [`append`](Self::append), which will tell it again: others in the batch may depend on the same records.
    ///
    /// # Errors
    /// As `append`.
    pub fn append_early(&mut self) -> Result<Option<Position>, Error> {
        self.publish_dead_letters();
        self.write();
        self.outcome.clone()
    }

    /// Appends what is left and sends to all recipients. No lock may be held.
    pub fn finish(&mut self) {
        loop {
            self.publish_dead_letters();
            let Some(recipient) = self.recipients.pop() else { break };
            recipient.send(self);
        }
        self.write();
    }

    #[inline]
    fn write(&mut self) {
        if !(self.settled.is_empty() && self.records.is_empty() && self.streams.is_empty()) {
            self.write_records();
        }
    }

    #[inline(never)]
    fn write_records(&mut self) {
        self.end_settled();
        let Some(store) = self.log_handle.store().filter(|_| !self.records.is_empty()) else {
            return self.streams.drain(..).for_each(|(stream, first, last)| stream.refused(first, last));
        };
        let appended = store.append(&mut self.records);
        for (stream, first, last) in self.streams.drain(..) {
            match &appended {
                Ok(position) => stream.appended(first, last, *position, store),
                Err(_) => stream.refused(first, last),
            }
        }
        match appended {
            Ok(position) if self.outcome.is_ok() => self.outcome = Ok(Some(position)),
            Ok(_) => {}
            Err(error) => {
                // The store has said it in the log already.
                tracing::debug!(%error, "messages or acknowledgements are not logged");
                self.outcome = Err(Error::internal(&error.to_string()));
            }
        }
        self.records.clear();
        self.records.shrink(KEPT);
    }

    fn end_settled(&mut self) {
        if self.settled.is_empty() {
            return;
        }
        if self.log_handle.store().is_some()
            && let Err(error) = self.records.push_settled(self.settled_queue, &self.settled)
        {
            tracing::error!(%error, "acknowledgements cannot be logged");
        }
        self.settled.clear();
    }
}
