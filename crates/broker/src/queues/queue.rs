//! The front of a queue: one lock around messages, consumers and counters.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde_json::{Map, Value};
use warren_arguments::ARGUMENTS;
use warren_protocol::value::{FieldTable, FieldValue};

use super::backlog::Backlog;
use super::consumer::{Consumer, Consumers};
use super::home::Home;
use super::kind::{QUEUE_TYPE, QueueKind, kind_of};
use super::messages::Held;
use super::quorum::Returns;
use super::rules::QueueRules;
use super::serve::{Resting, serve};
use super::stream::{Limits, Stream};
use crate::deduplication::Deduplicator;
use crate::effects::Effects;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::policies::Effective;

/// What a queue is declared with.
#[derive(Debug, Clone, Default)]
pub struct QueueSettings {
    /// Survives a restart of the node.
    pub durable: bool,
    /// Goes when its last consumer leaves.
    pub auto_delete: bool,
    /// The connection that alone may use it and that it goes with.
    pub exclusive_owner: Option<u64>,
    /// Keeps messages for an exchange; no client knows it.
    pub holds: bool,
    /// Arguments of `queue.declare`.
    pub arguments: FieldTable,
}

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
    // A queue that does not say what it is is classic.
    let unsaid = FieldValue::from(QueueKind::Classic.as_str());
    for key in keys {
        let unsaid = (*key == QUEUE_TYPE).then_some(&unsaid);
        let (received, current) = (received.get(key).or(unsaid), current.get(key).or(unsaid));
        let same = match (received, current) {
            (Some(a), Some(b)) => a == b || (a.as_integer().is_some() && a.as_integer() == b.as_integer()),
            (a, b) => a.is_none() && b.is_none(),
        };
        if !same {
            let classic = FieldValue::from(QueueKind::Classic.as_str());
            let said = |value: Option<_>| if *key == QUEUE_TYPE { value.or(Some(&classic)) } else { value };
            return Err(Error::inequivalent_argument(key, what, name, vhost, said(received), said(current)));
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
    /// Messages that were dropped because they had come before.
    pub duplicates: u64,
}

impl QueueStats {
    /// So many messages were delivered for the first time.
    pub(super) fn count_deliveries(&mut self, no_ack: bool, count: u32) {
        let counter = if no_ack { &mut self.deliver_no_ack } else { &mut self.deliver };
        *counter += u64::from(count);
    }

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
    /// Its kind.
    pub kind: QueueKind,
    pub(super) me: Weak<Queue>,
    /// All of it, in place of `state`, if it is a stream.
    pub(super) stream: Option<Arc<Stream>>,
    pub(super) state: Mutex<QueueState>,
    pub(super) home: Arc<Home>,
    pub(super) policy: Mutex<Option<Arc<Effective>>>,
}

#[derive(Debug)]
pub(super) struct QueueState {
    pub(super) messages: Backlog,
    pub(super) consumers: Consumers,
    pub(super) stats: QueueStats,
    exclusive_consumer: bool,
    pub(super) deleted: bool,
    pub(super) rules: Arc<QueueRules>,
    /// Counts of messages that came back, in quorum queues.
    pub(super) returns: Option<Box<Returns>>,
    /// What came before, if the queue drops what comes again.
    pub(super) deduplicator: Option<Box<Deduplicator>>,
    /// Some message may expire.
    pub(super) expiring: bool,
    /// When the queue's timer goes off; `u64::MAX` while none is armed.
    pub(super) armed: u64,
    /// When it was used last, if it expires.
    pub(super) used_at: u64,
    /// Dead letters that no queue took, and that must not be lost.
    pub(super) kept: Vec<(Held, crate::dead_letters::Reason)>,
    /// Messages taken to be dead-lettered, which no consumer has.
    pub(super) buried: u64,
}

impl Queue {
    /// An empty queue.
    pub fn new(
        id: u64,
        vhost: Arc<str>,
        name: Arc<str>,
        settings: QueueSettings,
        home: Arc<Home>,
    ) -> Arc<Self> {
        let kind = kind_of(&settings.arguments);
        let rules = Arc::new(QueueRules::resolve(kind, &settings.arguments, None));
        let stream = (kind == QueueKind::Stream)
            .then(|| Arc::new(Stream::new(id, Limits::from(&*rules), Arc::clone(&home))));
        let consumers = Consumers::new(rules.single_active_consumer);
        let state = QueueState {
            messages: Backlog::new(id),
            consumers,
            stats: QueueStats::default(),
            exclusive_consumer: false,
            deleted: false,
            returns: (kind == QueueKind::Quorum).then(Box::default),
            deduplicator: rules.deduplication.as_ref().map(|rules| Box::new(Deduplicator::new(rules))),
            expiring: rules.message_ttl.is_some(),
            armed: u64::MAX,
            used_at: home.clock.now(),
            kept: Vec::new(),
            buried: 0,
            rules,
        };
        let queue = Arc::new_cyclic(|me| {
            let (me, state) = (me.clone(), Mutex::new(state));
            Self { id, name, vhost, settings, kind, me, stream, state, home, policy: Mutex::default() }
        });
        queue.arm(&mut queue.state.lock());
        queue
    }

    /// What it shares with the other queues of its virtual host.
    pub(crate) fn home(&self) -> &Home {
        &self.home
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
        // To name the type that is meant without a name is no difference.
        let kind = |arguments: &FieldTable| {
            let name = arguments.get(QUEUE_TYPE).and_then(|name| name.as_str());
            name.map_or(Some(QueueKind::Classic), QueueKind::from_name)
        };
        let differs = (kind(arguments.0) != kind(arguments.1)).then_some(QUEUE_TYPE);
        let keys: Vec<_> =
            differs.into_iter().chain(ARGUMENTS.iter().map(|argument| argument.name)).collect();
        assert_arguments(&keys, "queue", &self.name, &self.vhost, arguments.0, arguments.1)
    }

    /// The rules that it goes by.
    pub fn rules(&self) -> Arc<QueueRules> {
        Arc::clone(&self.state.lock().rules)
    }

    /// The policies that apply to it.
    pub fn policy(&self) -> Option<Arc<Effective>> {
        self.policy.lock().clone()
    }

    /// Other policies apply to it from now on, or none.
    pub fn apply_policy(&self, policy: Option<Arc<Effective>>, effects: &mut Effects) {
        self.set_policy(policy.as_ref().map(|policy| &policy.definition), effects);
        *self.policy.lock() = policy;
    }

    /// The queue goes by a policy with this effective definition from now on, or by its arguments alone.
    pub fn set_policy(&self, policy: Option<&Map<String, Value>>, effects: &mut Effects) {
        let rules = QueueRules::resolve(self.kind, &self.settings.arguments, policy);
        let mut state = self.state.lock();
        if state.deleted || *state.rules == rules {
            return;
        }
        if let Some(stream) = &self.stream {
            stream.set_limits(Limits::from(&rules), effects);
            state.rules = Arc::new(rules);
            return self.arm_stream(&mut state);
        }
        state.expiring |= rules.message_ttl.is_some();
        if state.rules.expires != rules.expires {
            state.used_at = self.home.clock.now();
        }
        state.rules = Arc::new(rules);
        self.trim(&mut state, effects);
        self.arm(&mut state);
    }

    /// Settles deliveries for good: they are acknowledged.
    pub fn settle(&self, entries: &[Held], effects: &mut Effects) {
        if let Some(stream) = &self.stream {
            return stream.settle(entries.len());
        }
        let mut state = self.state.lock();
        if state.deleted {
            return;
        }
        state.stats.ack += entries.len() as u64;
        self.free(&mut state, entries, effects);
    }

    /// Frees messages that were taken.
    pub(super) fn free(&self, state: &mut QueueState, entries: &[Held], effects: &mut Effects) {
        state.messages.settle_each(entries, &self.home.vault);
        self.forget(state, entries, effects);
    }

    /// Messages are settled: nothing has to be known of them any more.
    fn forget(&self, state: &mut QueueState, entries: &[Held], effects: &mut Effects) {
        if let Some(returns) = &mut state.returns {
            entries.iter().for_each(|held| returns.forget(held.sequence));
        }
        if self.is_durable() {
            let logged = entries.iter().filter(|held| held.persistent);
            logged.for_each(|held| effects.log_settled(self.id, held.sequence));
        }
    }

    /// Puts deliveries back to their old places; they will be marked as redelivered. `failed` says that they count as
    /// failed deliveries (RabbitMQ, quorum queues, poison message handling).
    pub fn requeue(&self, entries: &[Held], failed: bool, effects: &mut Effects) {
        if self.stream.is_some() {
            // They never left.
            return;
        }
        let mut state = self.state.lock();
        if state.deleted {
            return;
        }
        for held in entries {
            if !self.count_return(&mut state, held, failed, effects) {
                state.messages.put_back(held);
            }
        }
        self.trim(&mut state, effects);
        self.pump(&mut state, effects);
    }

    /// Whether single messages can be fetched from it.
    ///
    /// # Errors
    /// `NOT_IMPLEMENTED` for a stream, `RESOURCE_LOCKED` for a quorum queue with a single active consumer.
    pub fn check_get(&self) -> Result<(), Error> {
        if self.kind == QueueKind::Quorum && self.rules().single_active_consumer {
            return Err(Error::single_active_get(&self.name, &self.vhost));
        }
        self.check_takes("basic.get")
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
        let alone = state.consumers.all().is_empty() && !state.rules.single_active_consumer;
        if state.exclusive_consumer || (consumer.exclusive && !alone) {
            return Err(Error::exclusive_use(&self.name, &self.vhost));
        }
        state.exclusive_consumer = consumer.exclusive;
        answer();
        state.consumers.add(Arc::clone(consumer));
        self.pump(&mut state, effects);
        Ok(())
    }

    /// Removes a consumer; another may become the active one. Returns `true` if the queue goes with it: it was the last
    /// one of an auto-delete queue.
    pub fn remove_consumer(&self, consumer: &Arc<Consumer>, effects: &mut Effects) -> bool {
        if let Some(stream) = &self.stream {
            return stream.remove_consumer(consumer);
        }
        let mut state = self.state.lock();
        consumer.mark_cancelled();
        if !state.consumers.remove(consumer) {
            return false;
        }
        state.exclusive_consumer &= !consumer.exclusive;
        if state.consumers.all().is_empty() {
            state.used_at = self.home.clock.now();
            self.arm(&mut state);
            return self.settings.auto_delete;
        }
        if state.consumers.elect() {
            self.pump(&mut state, effects);
        }
        false
    }

    /// Whether `consumer` gets messages: all do, but in a queue with a single active consumer.
    pub fn is_active(&self, consumer: &Consumer) -> bool {
        self.stream.is_some() || self.state.lock().consumers.may_be_served(consumer)
    }

    /// The queue was used, in the sense of `x-expires`: it was declared again.
    pub(crate) fn touch(&self) {
        self.state.lock().used_at = self.home.clock.now();
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
        state.used_at = self.home.clock.now();
        self.expire(state, effects);
        let remaining = state.messages.ready().saturating_sub(1);
        let Some((taken, mut stored)) = state.messages.peek(&self.home.vault) else {
            state.stats.get_empty += 1;
            return None;
        };
        let counted = state.returns.as_ref().and_then(|returns| returns.mark(&taken.held, &stored));
        if let Some(properties) = &counted {
            stored.properties = properties;
        }
        let mut out = outbox.lock();
        let delivery_tag = out.fetched(channel, self, &taken, no_ack)?;
        let fetched = Fetched { delivery_tag, redelivered: taken.redelivered, remaining };
        write(out.bytes(), fetched, stored.exchange, stored.routing_key);
        out.write_stored(channel, &stored);
        drop(out);
        state.messages.take(&taken, &self.home.vault);
        state.stats.get += u64::from(!no_ack);
        state.stats.get_no_ack += u64::from(no_ack);
        state.stats.redeliver += u64::from(taken.redelivered);
        if no_ack {
            self.free(state, &[taken.held], effects);
        } else {
            self.log_delivered(state, effects);
        }
        self.arm(state);
        Some(())
    }

    /// Drops all ready messages and returns how many there were.
    pub fn purge(&self, effects: &mut Effects) -> u64 {
        let durable = self.is_durable();
        let state = &mut *self.state.lock();
        let count = state.messages.purge(&self.home.vault, |held| {
            if let Some(returns) = &mut state.returns {
                returns.forget(held.sequence);
            }
            if durable && held.persistent {
                effects.log_settled(self.id, held.sequence);
            }
        });
        // What was taken out this way was not delivered.
        state.messages.take_delivered().for_each(drop);
        count
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
        state.messages.clear(&self.home.vault);
        let consumers = state.consumers.take_all();
        consumers.iter().for_each(|consumer| consumer.mark_cancelled());
        Ok((count, consumers))
    }

    /// Serves consumers what rests.
    pub(super) fn pump(&self, state: &mut QueueState, effects: &mut Effects) {
        let mut supply = Resting::new(self, state);
        serve(&mut supply, &mut state.messages, &mut state.consumers, &mut state.stats, effects);
        let (settled, expired) = supply.finish(state);
        self.forget(state, &settled, effects);
        self.bury_all(state, expired, effects);
        self.log_delivered(state, effects);
        self.arm(state);
    }

    /// Logs how far deliveries have come, so that what is unacknowledged in a crash is redelivered as such.
    pub(super) fn log_delivered(&self, state: &mut QueueState, effects: &mut Effects) {
        if self.is_durable() {
            state.messages.take_delivered().for_each(|sequence| effects.log_delivered(self.id, sequence));
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
            unacknowledged: state.messages.unsettled().saturating_sub(state.buried),
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

    /// The tag of the consumer that alone gets messages, if the queue has a single active one.
    pub fn single_active_consumer(&self) -> Option<String> {
        self.state.lock().consumers.elected().map(|consumer| consumer.tag.clone())
    }
}
