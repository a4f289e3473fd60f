//! The front of a queue: one lock around messages, consumers and counters.

use std::sync::Arc;

use parking_lot::Mutex;
use warren_protocol::value::FieldTable;

use super::consumer::{Consumer, Consumers};
use super::kind::QueueKind;
use super::messages::{Held, Messages};
use super::record::Times;
use super::rules::QueueRules;
use super::serve::{Arriving, Resting, Stores, serve};
use super::stream::{Limits, Stream};
use super::vault::Vault;
use crate::effects::Effects;
use crate::error::Error;
use crate::message::Message;
use crate::outbox::Outbox;

/// What a queue is declared with.
#[derive(Debug, Clone, Default)]
pub struct QueueSettings {
    /// Survives a restart of the node.
    pub durable: bool,
    /// Goes when its last consumer leaves.
    pub auto_delete: bool,
    /// The connection that alone may use it and that it goes with.
    pub exclusive_owner: Option<u64>,
    /// Arguments of `queue.declare`.
    pub arguments: FieldTable,
}

/// Arguments that make queues differ; others are stored and not compared (RabbitMQ, queue property equivalence).
const COMPARED_ARGUMENTS: &[&str] = &[
    "x-expires",
    "x-message-ttl",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-max-length",
    "x-max-length-bytes",
    "x-max-priority",
    "x-overflow",
    "x-queue-type",
    "x-single-active-consumer",
    "x-queue-mode",
];

/// Compares declaration arguments as RabbitMQ does: the known ones, by value and not by integer width.
///
/// # Errors
/// `PRECONDITION_FAILED` naming the first argument that differs.
pub(crate) fn assert_arguments(
    keys: &[&str],
    what: &str,
    name: &str,
    vhost: &str,
    received: &FieldTable,
    current: &FieldTable,
) -> Result<(), Error> {
    for key in keys {
        let (received, current) = (received.get(key), current.get(key));
        let same = match (received, current) {
            (Some(a), Some(b)) => a == b || (a.as_integer().is_some() && a.as_integer() == b.as_integer()),
            (a, b) => a.is_none() && b.is_none(),
        };
        if !same {
            return Err(Error::inequivalent_argument(key, what, name, vhost, received, current));
        }
    }
    Ok(())
}

/// How often things happened to a queue since it was declared.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueStats {
    /// Messages that were routed to it.
    pub publish: u64,
    /// Deliveries that need an acknowledgement.
    pub deliver: u64,
    /// Deliveries that need none.
    pub deliver_no_ack: u64,
    /// Fetches with `basic.get` that need an acknowledgement.
    pub get: u64,
    /// Fetches that need none.
    pub get_no_ack: u64,
    /// Fetches that found nothing.
    pub get_empty: u64,
    /// Deliveries of messages that were delivered before.
    pub redeliver: u64,
    /// Messages acknowledged or rejected for good.
    pub ack: u64,
}

impl QueueStats {
    pub(super) fn count_delivery(&mut self, no_ack: bool, redelivered: bool) {
        self.deliver += u64::from(!no_ack);
        self.deliver_no_ack += u64::from(no_ack);
        self.redeliver += u64::from(redelivered);
    }
}

/// How much is in a queue at this moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueCounts {
    /// Messages that wait for a consumer.
    pub ready: u64,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: u64,
    /// Body bytes of the ready messages.
    pub ready_bytes: u64,
    /// Body bytes of the unacknowledged messages.
    pub unacknowledged_bytes: u64,
    /// Consumers.
    pub consumers: u32,
    /// Memory of the queue's pages, in bytes.
    pub memory: u64,
}

/// A message that `basic.get` fetched; its frames are written by the closure given to [`Queue::get`].
#[derive(Debug, Clone, Copy)]
pub struct Fetched {
    /// Tag to acknowledge it with.
    pub delivery_tag: u64,
    /// Whether it was delivered before.
    pub redelivered: bool,
    /// Messages that are still ready.
    pub remaining: u64,
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    /// Tells it from every other queue of the node, also from an earlier one of the same name.
    pub id: u64,
    /// Its name.
    pub name: Arc<str>,
    /// Name of its virtual host.
    pub vhost: Arc<str>,
    /// What it was declared with.
    pub settings: QueueSettings,
    /// All of it, in place of `state`, if it is a stream.
    pub(super) stream: Option<Arc<Stream>>,
    pub(super) state: Mutex<QueueState>,
    pub(super) vault: Arc<Vault>,
}

#[derive(Debug, Default)]
pub(super) struct QueueState {
    pub(super) messages: Messages,
    consumers: Consumers,
    stats: QueueStats,
    exclusive_consumer: bool,
    pub(super) deleted: bool,
}

impl Queue {
    /// An empty queue whose pages come from `pool`.
    pub fn new(id: u64, vhost: Arc<str>, name: Arc<str>, settings: QueueSettings, vault: Arc<Vault>) -> Self {
        let state = QueueState { messages: Messages::new(id), ..QueueState::default() };
        let kind = QueueKind::of(&settings.arguments);
        let stream = (kind == QueueKind::Stream).then(|| {
            let limits = Limits::from(&QueueRules::resolve(kind, &settings.arguments, None));
            Arc::new(Stream::new(id, limits, Arc::clone(&vault), Arc::default()))
        });
        Self { id, name, vhost, settings, stream, state: Mutex::new(state), vault }
    }

    /// Whether it survives a restart: exclusive queues go with their connection, durable or not.
    pub fn is_durable(&self) -> bool {
        self.settings.durable && self.settings.exclusive_owner.is_none()
    }

    /// Whether a declaration with `settings` means this queue.
    ///
    /// # Errors
    /// `RESOURCE_LOCKED` if it is exclusive to another connection; `PRECONDITION_FAILED` naming what differs
    /// (AMQP 0-9-1, `queue.declare`).
    pub fn assert_equivalent(&self, settings: &QueueSettings) -> Result<(), Error> {
        if self.settings.exclusive_owner != settings.exclusive_owner {
            return Err(Error::resource_locked(&self.name, &self.vhost));
        }
        let differs = |key: &str, received: bool, current: bool| {
            Error::inequivalent_flag(key, "queue", &self.name, &self.vhost, received, current)
        };
        if self.settings.durable != settings.durable {
            return Err(differs("durable", settings.durable, self.settings.durable));
        }
        if self.settings.auto_delete != settings.auto_delete {
            return Err(differs("auto_delete", settings.auto_delete, self.settings.auto_delete));
        }
        let arguments = (&settings.arguments, &self.settings.arguments);
        assert_arguments(COMPARED_ARGUMENTS, "queue", &self.name, &self.vhost, arguments.0, arguments.1)
    }

    /// Adds messages at the end, or hands them to consumers at once. What has to be logged is added to `stored`: index
    /// in the run, number of the queue, sequence number. Returns `false` if the queue is deleted.
    pub fn publish(&self, run: &[Message<'_>], stored: Stores<'_>, effects: &mut Effects) -> bool {
        if let Some(stream) = &self.stream {
            return stream.publish(run, stored, effects);
        }
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if state.deleted {
            return false;
        }
        state.stats.publish += run.len() as u64;
        let logged = self.is_durable().then_some(stored);
        let mut arriving = Arriving { run, vault: &self.vault, stored: logged, index: 0 };
        let delivered_before = state.messages.delivered;
        if state.messages.ready() == 0 {
            serve(&mut arriving, &mut state.messages, &mut state.consumers, &mut state.stats, effects);
        }
        for message in arriving.run {
            let sequence = state.messages.push(message, Times::default(), &self.vault);
            arriving.note(self.id, sequence, message.persistent);
            arriving.index += 1;
        }
        self.log_delivered(delivered_before, &state.messages, effects);
        true
    }

    /// Settles deliveries for good: acknowledged, or rejected without a place to go.
    pub fn settle(&self, entries: &[Held], effects: &mut Effects) {
        if let Some(stream) = &self.stream {
            return stream.settle(entries.len());
        }
        let mut state = self.state.lock();
        if state.deleted {
            return;
        }
        for held in entries {
            state.messages.settle(held, &self.vault);
        }
        state.stats.ack += entries.len() as u64;
        drop(state);
        if self.is_durable() {
            let logged = entries.iter().filter(|held| held.persistent);
            logged.for_each(|held| effects.log_settled(self.id, held.sequence));
        }
    }

    /// Puts deliveries back to their old places; they will be marked as redelivered.
    pub fn requeue(&self, entries: &[Held], effects: &mut Effects) {
        if self.stream.is_some() {
            // They never left.
            return;
        }
        let mut state = self.state.lock();
        if state.deleted {
            return;
        }
        for held in entries {
            state.messages.put_back(held);
        }
        self.pump(&mut state, effects);
    }

    /// `consumer` may have credit again.
    pub fn resume(&self, consumer: &Arc<Consumer>, effects: &mut Effects) {
        if let Some(stream) = &self.stream {
            return stream.resume(consumer, effects);
        }
        let mut state = self.state.lock();
        if state.consumers.resume(consumer) {
            self.pump(&mut state, effects);
        }
    }

    /// Adds a consumer, lets `answer` tell the client, and serves it: the answer precedes the first delivery.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` where exclusive use is asked for or in force (AMQP 0-9-1, `basic.consume.exclusive`).
    pub fn add_consumer(
        &self,
        consumer: &Arc<Consumer>,
        answer: impl FnOnce(),
        effects: &mut Effects,
    ) -> Result<(), Error> {
        if let Some(stream) = &self.stream {
            return stream.add_consumer(consumer, answer, effects);
        }
        let mut state = self.state.lock();
        if state.deleted {
            return Err(Error::queue_not_found(&self.name, &self.vhost));
        }
        if state.exclusive_consumer || (consumer.exclusive && !state.consumers.all().is_empty()) {
            return Err(Error::exclusive_use(&self.name, &self.vhost));
        }
        state.exclusive_consumer = consumer.exclusive;
        answer();
        state.consumers.add(Arc::clone(consumer));
        self.pump(&mut state, effects);
        Ok(())
    }

    /// Removes a consumer. Returns `true` if the queue goes with it: it was the last one of an auto-delete queue.
    pub fn remove_consumer(&self, consumer: &Arc<Consumer>) -> bool {
        if let Some(stream) = &self.stream {
            stream.remove_consumer(consumer);
            return false;
        }
        let mut state = self.state.lock();
        consumer.mark_cancelled();
        if !state.consumers.remove(consumer) {
            return false;
        }
        state.exclusive_consumer &= !consumer.exclusive;
        self.settings.auto_delete && state.consumers.all().is_empty()
    }

    /// Fetches one message into `outbox`: `write` gets the outbox's buffer and writes `basic.get-ok`, then the
    /// content follows. `None` if nothing is ready.
    pub fn get(
        self: &Arc<Self>,
        outbox: &Arc<Outbox>,
        channel: u16,
        no_ack: bool,
        effects: &mut Effects,
        write: impl FnOnce(&mut Vec<u8>, Fetched, &[u8], &[u8]),
    ) -> Option<()> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        let remaining = state.messages.ready().saturating_sub(1);
        let before = state.messages.delivered;
        let Some((taken, stored)) = state.messages.peek(&self.vault) else {
            state.stats.get_empty += 1;
            return None;
        };
        let mut out = outbox.lock();
        let delivery_tag = out.fetched(channel, self, &taken, no_ack)?;
        let fetched = Fetched { delivery_tag, redelivered: taken.redelivered, remaining };
        write(out.bytes(), fetched, stored.exchange, stored.routing_key);
        out.write_stored(channel, &stored);
        drop(out);
        state.messages.take(&taken, &self.vault);
        state.stats.get += u64::from(!no_ack);
        state.stats.get_no_ack += u64::from(no_ack);
        state.stats.redeliver += u64::from(taken.redelivered);
        if !no_ack {
            self.log_delivered(before, &state.messages, effects);
        } else {
            state.messages.settle(&taken.held, &self.vault);
            if taken.held.persistent && self.is_durable() {
                effects.log_settled(self.id, taken.held.sequence);
            }
        }
        Some(())
    }

    /// Drops all ready messages and returns how many there were.
    pub fn purge(&self, effects: &mut Effects) -> u64 {
        let durable = self.is_durable();
        self.state.lock().messages.purge(&self.vault, |held| {
            if durable && held.persistent {
                effects.log_settled(self.id, held.sequence);
            }
        })
    }

    /// Marks the queue as deleted if the conditions hold, and returns how many ready messages go with it and the
    /// consumers that it had.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if it has consumers or messages and must not have (AMQP 0-9-1, `queue.delete`).
    pub fn delete(&self, if_unused: bool, if_empty: bool) -> Result<(u64, Vec<Arc<Consumer>>), Error> {
        if let Some(stream) = &self.stream {
            return stream.delete(self, if_unused, if_empty);
        }
        let mut state = self.state.lock();
        if if_unused && !state.consumers.all().is_empty() {
            return Err(Error::queue_in_use(&self.name, &self.vhost));
        }
        if if_empty && state.messages.ready() > 0 {
            return Err(Error::queue_not_empty(&self.name, &self.vhost));
        }
        let count = state.messages.ready();
        state.deleted = true;
        state.messages.clear(&self.vault);
        let consumers = state.consumers.take_all();
        consumers.iter().for_each(|consumer| consumer.mark_cancelled());
        Ok((count, consumers))
    }

    /// Serves consumers what rests.
    fn pump(&self, state: &mut QueueState, effects: &mut Effects) {
        let QueueState { messages, consumers, stats, .. } = state;
        let delivered_before = messages.delivered;
        let mut settled = Vec::new();
        let logged = self.is_durable().then_some(&mut settled);
        serve(&mut Resting { vault: &self.vault, settled: logged }, messages, consumers, stats, effects);
        settled.into_iter().for_each(|sequence| effects.log_settled(self.id, sequence));
        self.log_delivered(delivered_before, messages, effects);
    }

    /// Logs how far deliveries have come, so that what is unacknowledged in a crash is redelivered as such.
    fn log_delivered(&self, before: Option<u64>, messages: &Messages, effects: &mut Effects) {
        if self.is_durable()
            && messages.unsettled() > 0
            && let Some(delivered) = messages.delivered.filter(|_| messages.delivered > before)
        {
            effects.log_delivered(self.id, delivered);
        }
    }

    /// Whether it is deleted; whoever still holds it must not use it.
    pub fn is_deleted(&self) -> bool {
        if let Some(stream) = &self.stream {
            return stream.is_deleted();
        }
        self.state.lock().deleted
    }

    /// How much is in it.
    pub fn counts(&self) -> QueueCounts {
        if let Some(stream) = &self.stream {
            return stream.counts();
        }
        let state = self.state.lock();
        QueueCounts {
            ready: state.messages.ready(),
            unacknowledged: state.messages.unsettled(),
            ready_bytes: state.messages.ready_bytes(),
            unacknowledged_bytes: state.messages.unsettled_bytes(),
            consumers: state.consumers.all().len() as u32,
            memory: state.messages.memory() as u64,
        }
    }

    /// What happened to it so far.
    pub fn stats(&self) -> QueueStats {
        if let Some(stream) = &self.stream {
            return stream.stats();
        }
        self.state.lock().stats
    }

    /// Its consumers.
    pub fn consumers(&self) -> Vec<Arc<Consumer>> {
        if let Some(stream) = &self.stream {
            return stream.consumers();
        }
        self.state.lock().consumers.all().to_vec()
    }

    /// The tag of its exclusive consumer, if it has one.
    pub fn exclusive_consumer(&self) -> Option<String> {
        if let Some(stream) = &self.stream {
            return stream.exclusive_consumer();
        }
        let state = self.state.lock();
        let first = state.consumers.all().first().filter(|_| state.exclusive_consumer);
        first.map(|consumer| consumer.tag.clone())
    }
}
