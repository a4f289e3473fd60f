//! The front of a queue: one lock around messages, consumers and counters.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::classic::backlog::Backlog;
use crate::deduplication::Deduplicator;
use crate::front::consumer::Consumers;
use crate::front::context::QueueContext;
use crate::front::effects::Effects;
use crate::front::serve::{Resting, serve};
use crate::front::statistics::QueueStats;
use crate::front::stream::Stream;
use crate::pages::held::Held;
use crate::quorum::Returns;
use crate::rules::Effective;
use crate::rules::kind::{QueueKind, kind_of};
use crate::rules::queue_rules::QueueRules;
use crate::rules::settings::QueueSettings;
use crate::stream::Limits;

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
    pub(crate) me: Weak<Queue>,
    /// All of it, in place of `state`, if it is a stream.
    pub(crate) stream: Option<Arc<Stream>>,
    pub(crate) state: Mutex<QueueState>,
    pub(crate) context: Arc<QueueContext>,
    pub(crate) policy: Mutex<Option<Arc<Effective>>>,
}

#[derive(Debug)]
pub(crate) struct QueueState {
    pub(crate) messages: Backlog,
    pub(crate) consumers: Consumers,
    pub(crate) stats: QueueStats,
    pub(crate) exclusive_consumer: bool,
    pub(crate) deleted: bool,
    pub(crate) rules: Arc<QueueRules>,
    /// Counts of messages that came back, in quorum queues.
    pub(crate) returns: Option<Box<Returns>>,
    /// What came before, if the queue drops what comes again.
    pub(crate) deduplicator: Option<Box<Deduplicator>>,
    /// Some message may expire.
    pub(crate) expiring: bool,
    /// When the queue's timer goes off; `u64::MAX` while none is armed.
    pub(crate) armed: u64,
    /// When it was used last, if it expires.
    pub(crate) used_at: u64,
    /// Dead letters that no queue took, and that must not be lost.
    pub(crate) kept: Vec<(Held, crate::front::dead_letter::Reason)>,
    /// Messages taken to be dead-lettered, which no consumer has.
    pub(crate) buried: u64,
}

impl Queue {
    /// An empty queue.
    pub fn new(
        id: u64,
        vhost: Arc<str>,
        name: Arc<str>,
        settings: QueueSettings,
        context: Arc<QueueContext>,
    ) -> Arc<Self> {
        let kind = kind_of(&settings.arguments);
        let rules = Arc::new(QueueRules::resolve(kind, &settings.arguments, None));
        let stream = (kind == QueueKind::Stream)
            .then(|| Arc::new(Stream::new(id, Limits::from(&*rules), Arc::clone(&context))));
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
            used_at: context.clock.now(),
            kept: Vec::new(),
            buried: 0,
            rules,
        };
        let queue = Arc::new_cyclic(|me| {
            let (me, state) = (me.clone(), Mutex::new(state));
            Self { id, name, vhost, settings, kind, me, stream, state, context, policy: Mutex::default() }
        });
        queue.arm(&mut queue.state.lock());
        queue
    }

    /// What it shares with the other queues of its virtual host.
    pub fn context(&self) -> &QueueContext {
        &self.context
    }

    /// Whether it survives a restart: exclusive queues go with their connection, durable or not.
    pub fn is_durable(&self) -> bool {
        self.settings.is_durable()
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
            state.used_at = self.context.clock.now();
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
    pub(crate) fn free(&self, state: &mut QueueState, entries: &[Held], effects: &mut Effects) {
        state.messages.settle_each(entries, &self.context.memory);
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

    /// The queue was used, in the sense of `x-expires`: it was declared again.
    pub fn touch(&self) {
        self.state.lock().used_at = self.context.clock.now();
    }

    /// Drops all ready messages and returns how many there were.
    pub fn purge(&self, effects: &mut Effects) -> u64 {
        let durable = self.is_durable();
        let state = &mut *self.state.lock();
        let count = state.messages.purge(&self.context.memory, |held| {
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

    /// Serves consumers what rests.
    pub(crate) fn pump(&self, state: &mut QueueState, effects: &mut Effects) {
        let mut supply = Resting::new(self, state);
        serve(&mut supply, &mut state.messages, &mut state.consumers, &mut state.stats, effects);
        let (settled, expired) = supply.finish(state);
        self.forget(state, &settled, effects);
        self.bury_all(state, expired, effects);
        self.log_delivered(state, effects);
        self.arm(state);
    }

    /// Logs how far deliveries have come, so that what is unacknowledged in a crash is redelivered as such.
    pub(crate) fn log_delivered(&self, state: &mut QueueState, effects: &mut Effects) {
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
}
