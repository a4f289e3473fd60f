//! Streams: queues that keep what they deliver (RabbitMQ, streams).
//!
//! Every consumer reads for itself, from where it wants to, and an acknowledgement only gives it credit for more. What
//! is read must stay: a message is delivered once the log is synced up to it, so that no crash can take it back and give
//! its offset to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::front::consumer::Consumer;
use crate::front::context::QueueContext;
use crate::front::effects::Effects;
use crate::front::publish::Outcome;
use crate::front::statistics::{QueueCounts, QueueStats};
use crate::front::stream_reader::{Reader, Serving};
use crate::pages::page_memory::PageMemory;
use crate::stream::log::StreamLog;
use warren_model::error::Error;
use warren_model::message::Message;

use crate::stream::retention::Limits;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: u64,
    pub(crate) context: Arc<QueueContext>,
    pub(crate) state: Mutex<State>,
    /// Runs of messages that have become durable, of which the state does not know yet.
    pub(crate) synced: Mutex<Vec<(u64, u64)>>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) log: StreamLog,
    pub(crate) readers: Vec<Reader>,
    /// Offsets of messages that are not durable yet: first and last of each run.
    pub(crate) unsynced: BTreeMap<u64, u64>,
    pub(crate) stats: QueueStats,
    pub(crate) deleted: bool,
    /// For the properties of deliveries.
    pub(crate) properties: Vec<u8>,
}

impl State {
    /// The offset from which on nothing may be seen yet.
    pub(crate) fn visible_until(&self) -> u64 {
        self.unsynced.first_key_value().map_or(self.log.next_offset, |(first, _)| *first)
    }

    /// The readers, and what serves them.
    fn serving<'s>(&'s mut self, memory: &'s PageMemory) -> (&'s mut Vec<Reader>, Serving<'s>) {
        let until = self.visible_until();
        let Self { log, readers, stats, properties, .. } = self;
        (readers, Serving { log, until, memory, stats, properties })
    }
}

impl Stream {
    /// An empty stream of queue number `id`.
    pub(crate) fn new(id: u64, limits: Limits, context: Arc<QueueContext>) -> Self {
        let state = State {
            log: StreamLog::new(id, limits),
            readers: Vec::new(),
            unsynced: BTreeMap::new(),
            stats: QueueStats::default(),
            deleted: false,
            properties: Vec::new(),
        };
        Self { id, context, state: Mutex::new(state), synced: Mutex::default() }
    }

    /// Adds messages at the end. All of them have to be logged. Returns `false` if the stream is deleted.
    pub(crate) fn publish(
        self: &Arc<Self>,
        run: &[Message<'_>],
        outcome: &mut Outcome,
        effects: &mut Effects,
    ) -> bool {
        let mut state = self.lock();
        if state.deleted {
            return false;
        }
        let (now, first) = (self.context.clock.now(), state.log.next_offset);
        state.stats.publish += run.len() as u64;
        let mut segment_full = false;
        for (index, message) in (0..).zip(run) {
            let (offset, full) = state.log.push(message, now, &self.context.memory);
            outcome.entries.push((index, self.id, offset));
            segment_full |= full;
        }
        outcome.stamped = true;
        let last = state.log.next_offset.saturating_sub(1);
        if segment_full {
            self.retain(&mut state, effects);
        }
        if effects.log_handle().store().is_some() {
            state.unsynced.insert(first, last);
            effects.log_stream(self, first, last);
        } else {
            self.serve_hungry(&mut state, effects);
        }
        true
    }

    /// Deliveries are acknowledged, rejected or given back: it is all the same to a stream. Their consumers have
    /// credit again, of which the channel tells by [`resume`](Self::resume).
    pub(crate) fn settle(&self, count: usize) {
        self.lock().stats.ack += count as u64;
    }

    /// `consumer` may have credit again.
    pub(crate) fn resume(&self, consumer: &Arc<Consumer>, effects: &mut Effects) {
        let mut state = self.lock();
        let (readers, mut serving) = state.serving(&self.context.memory);
        if let Some(reader) = readers.iter_mut().find(|reader| Arc::ptr_eq(&reader.consumer, consumer)) {
            reader.serve(&mut serving, effects);
        }
    }

    /// Adds a consumer, lets `answer` tell the client, and serves it: the answer precedes the first delivery.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` where exclusive use is asked for or in force.
    pub(crate) fn add_consumer(
        &self,
        consumer: &Arc<Consumer>,
        answer: impl FnOnce(),
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let mut state = self.lock();
        let queue = &consumer.queue;
        if state.deleted {
            return Err(Error::queue_not_found(&queue.name, &queue.vhost));
        }
        let taken = state.readers.iter().any(|reader| reader.consumer.exclusive);
        if taken || (consumer.exclusive && !state.readers.is_empty()) {
            return Err(Error::exclusive_use(&queue.name, &queue.vhost));
        }
        let mut reader = self.reader(&mut state, consumer);
        answer();
        let (readers, mut serving) = state.serving(&self.context.memory);
        reader.serve(&mut serving, effects);
        readers.push(reader);
        Ok(())
    }

    /// Removes a consumer. The stream never goes with it.
    pub(crate) fn remove_consumer(&self, consumer: &Arc<Consumer>) -> bool {
        let mut state = self.lock();
        consumer.mark_cancelled();
        state.readers.retain(|reader| !Arc::ptr_eq(&reader.consumer, consumer));
        false
    }

    /// How many readers it has, and how many messages.
    pub(crate) fn usage(&self) -> (usize, u64) {
        let state = self.lock();
        (state.readers.len(), state.log.messages)
    }

    /// Ends the stream. Returns how many messages go with it and the consumers that it had.
    pub(crate) fn delete(&self) -> (u64, Vec<Arc<Consumer>>) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.deleted, true) {
            return (0, Vec::new());
        }
        let count = state.log.messages;
        state.log.clear(&self.context.memory);
        let readers = std::mem::take(&mut state.readers);
        let consumers: Vec<_> = readers.into_iter().map(|reader| reader.consumer).collect();
        consumers.iter().for_each(|consumer| consumer.mark_cancelled());
        (count, consumers)
    }

    /// From now on the stream is kept within other limits: a policy changed.
    pub(crate) fn set_limits(&self, limits: Limits, effects: &mut Effects) {
        let mut state = self.lock();
        state.log.set_limits(limits);
        self.retain(&mut state, effects);
    }

    /// Drops what the limits do not allow any more.
    pub(crate) fn expire(&self, effects: &mut Effects) {
        self.retain(&mut self.lock(), effects);
    }

    /// Whether messages become too old.
    pub(crate) fn has_age(&self) -> bool {
        self.lock().log.limits.max_age.is_some()
    }

    /// When [`expire`](Self::expire) will have something to do, in milliseconds since 1970, if nothing happens before.
    pub(crate) fn expires_at(&self) -> Option<u64> {
        self.lock().log.exceeded_at()
    }

    fn retain(&self, state: &mut State, effects: &mut Effects) {
        if let Some((_, last)) = state.log.retain(self.context.clock.now(), &self.context.memory) {
            // Another batch may have dropped what was before, and not be in the log yet: nothing older comes back alone.
            effects.log_settled_range(self.id, 0, last);
        }
    }

    fn serve_hungry(&self, state: &mut State, effects: &mut Effects) {
        let (readers, mut serving) = state.serving(&self.context.memory);
        readers
            .iter_mut()
            .filter(|reader| reader.hungry)
            .for_each(|reader| reader.serve(&mut serving, effects));
    }

    /// Whether it is deleted; whoever still holds it must not use it.
    pub(crate) fn is_deleted(&self) -> bool {
        self.lock().deleted
    }

    /// How much is in it. Nothing is ever unacknowledged: what was delivered stays.
    pub(crate) fn counts(&self) -> QueueCounts {
        let state = self.lock();
        QueueCounts {
            ready: state.log.messages,
            ready_bytes: state.log.bytes,
            consumers: state.readers.len() as u32,
            memory: state.log.memory() as u64,
            ..QueueCounts::default()
        }
    }

    /// What happened to it so far.
    pub(crate) fn stats(&self) -> QueueStats {
        self.lock().stats
    }

    /// Its consumers.
    pub(crate) fn consumers(&self) -> Vec<Arc<Consumer>> {
        self.lock().readers.iter().map(|reader| Arc::clone(&reader.consumer)).collect()
    }

    /// The tag of its exclusive consumer, if it has one.
    pub(crate) fn exclusive_consumer(&self) -> Option<String> {
        let state = self.lock();
        let exclusive = state.readers.iter().find(|reader| reader.consumer.exclusive);
        exclusive.map(|reader| reader.consumer.tag.clone())
    }
}
