//! A consumer of a queue, and the ring in which a queue serves its consumers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use warren_model::value::FieldTable;

use crate::front::effects::Effects;
use crate::front::queue::Queue;
use crate::front::recipient::Recipient;
use crate::log::LogHandle;

/// The argument of `basic.consume` that gives a priority.
pub(crate) const PRIORITY: &str = "x-priority";

/// What `basic.consume` asks for.
#[derive(Debug, Clone, Default)]
pub struct ConsumerSettings {
    /// Identifies the consumer on its channel.
    pub tag: String,
    /// Deliveries are settled as they are sent.
    pub no_ack: bool,
    /// No other consumer may be on the queue.
    pub exclusive: bool,
    /// How many unacknowledged deliveries it may have (`basic.qos`); 0 is no limit.
    pub prefetch: u16,
    /// Arguments of `basic.consume`.
    pub arguments: FieldTable,
}

/// What a consumer's channel tells about itself.
#[derive(Debug, Clone)]
pub struct ConsumerChannel {
    /// Number of the channel.
    pub number: u16,
    /// Name of the channel, as management shows it.
    pub name: Arc<str>,
    /// User that consumes.
    pub user: Arc<str>,
    /// Who gets what is delivered: the channel's connection.
    pub recipient: Arc<dyn Recipient>,
    /// Whether the client wants to be told when the broker cancels (capability `consumer_cancel_notify`).
    pub cancel_notify: bool,
}

/// A consumer: where the deliveries of a queue go.
#[derive(Debug)]
pub struct Consumer {
    /// Identifies the consumer on its channel.
    pub tag: String,
    /// Deliveries are settled as they are sent.
    pub no_ack: bool,
    /// No other consumer may be on the queue.
    pub exclusive: bool,
    /// How many unacknowledged deliveries it may have; 0 is no limit.
    pub prefetch: u16,
    /// Arguments of `basic.consume`.
    pub arguments: FieldTable,
    /// Number of its channel.
    pub channel: u16,
    /// Its slot in the channel's delivery state.
    pub slot: u32,
    /// Who gets what is delivered to it.
    pub recipient: Arc<dyn Recipient>,
    /// Those of higher priority are served first while they have credit (RabbitMQ, `x-priority`).
    pub priority: i64,
    /// How long a delivery may wait for its acknowledgement, in milliseconds (`x-consumer-timeout`).
    pub timeout: Option<u64>,
    /// The queue that it consumes from.
    pub queue: Arc<Queue>,
    /// More about its channel.
    pub origin: ConsumerChannel,
    cancelled: AtomicBool,
    /// Takes turns. Changed under its queue's lock only.
    active: AtomicBool,
}

impl Consumer {
    /// A consumer of `queue` whose deliveries go through `slot` of the channel.
    pub fn new(settings: ConsumerSettings, queue: Arc<Queue>, origin: ConsumerChannel, slot: u32) -> Self {
        let ConsumerSettings { tag, no_ack, exclusive, prefetch, arguments } = settings;
        let priority = arguments.get(PRIORITY).and_then(|value| value.as_integer()).unwrap_or_default();
        let timeout = arguments.get("x-consumer-timeout").and_then(|value| value.as_integer());
        let timeout = timeout.and_then(|timeout| u64::try_from(timeout).ok());
        let (channel, recipient) = (origin.number, Arc::clone(&origin.recipient));
        let (cancelled, active) = (AtomicBool::new(false), AtomicBool::new(false));
        Self {
            tag,
            no_ack,
            exclusive,
            prefetch,
            arguments,
            channel,
            slot,
            recipient,
            priority,
            timeout,
            queue,
            origin,
            cancelled,
            active,
        }
    }

    /// Tells the client that the broker cancelled it, if it wants to know (RabbitMQ, consumer cancellation
    /// notification).
    pub fn tell_cancelled(&self, log_handle: &LogHandle) {
        self.recipient.cancelled(self);
        let mut effects = Effects::new(log_handle.clone());
        self.recipient.send(&mut effects);
        effects.finish();
    }

    /// Whether it is cancelled, by client or broker.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    pub(crate) fn mark_cancelled(&self) {
        self.cancelled.store(true, Ordering::Release);
    }
}

/// The consumers of a queue; those with credit take turns.
#[derive(Debug, Default)]
pub(crate) struct Consumers {
    all: Vec<Arc<Consumer>>,
    /// Those believed to have credit by descending priority, next one at the front.
    active: VecDeque<Arc<Consumer>>,
    /// Only one at a time is served (RabbitMQ, single active consumer).
    single: bool,
    /// That one.
    elected: Option<Arc<Consumer>>,
}

impl Consumers {
    /// None yet. With `single`, only one at a time is served.
    pub(crate) fn new(single: bool) -> Self {
        Self { single, ..Self::default() }
    }

    /// The consumer that alone is served, if there is such a one.
    pub(crate) fn elected(&self) -> Option<&Arc<Consumer>> {
        self.elected.as_ref()
    }

    /// Whether a consumer is served while it has credit.
    pub(crate) fn may_be_served(&self, consumer: &Consumer) -> bool {
        !self.single || self.elected.as_ref().is_some_and(|elected| std::ptr::eq(&**elected, consumer))
    }

    /// Elects a single active consumer if one is needed: the first of those of the highest priority. `true` if there is
    /// a new one.
    pub(crate) fn elect(&mut self) -> bool {
        if !self.single || self.elected.is_some() {
            return false;
        }
        let mut best: Option<&Arc<Consumer>> = None;
        for consumer in &self.all {
            if best.is_none_or(|best| consumer.priority > best.priority) {
                best = Some(consumer);
            }
        }
        self.elected = best.map(Arc::clone);
        match self.elected.clone() {
            Some(elected) => self.resume(&elected),
            None => false,
        }
    }

    pub(crate) fn all(&self) -> &[Arc<Consumer>] {
        &self.all
    }

    /// The one whose turn it is.
    pub(crate) fn front(&self) -> Option<&Arc<Consumer>> {
        self.active.front()
    }

    /// Whether no other takes turns with the front.
    #[inline]
    pub(crate) fn is_alone(&self) -> bool {
        self.active.len() == 1
    }

    /// Ends the turn of the front: those of the same priority come first now.
    pub(crate) fn rotate(&mut self) {
        let (Some(first), Some(second), Some(last)) =
            (self.active.front(), self.active.get(1), self.active.back())
        else {
            return;
        };
        if first.priority != second.priority {
            return;
        }
        if first.priority == last.priority {
            return self.active.rotate_left(1);
        }
        let peers = self.active.iter().take_while(|other| other.priority == first.priority).count();
        if let Some(peers) = self.active.make_contiguous().get_mut(..peers) {
            peers.rotate_left(1);
        }
    }

    /// The front has no credit: it is left out until it is resumed.
    pub(crate) fn block_front(&mut self) {
        if let Some(consumer) = self.active.pop_front() {
            consumer.active.store(false, Ordering::Relaxed);
        }
    }

    pub(crate) fn add(&mut self, consumer: Arc<Consumer>) {
        self.all.push(Arc::clone(&consumer));
        if self.single {
            self.elect();
        } else {
            self.resume(&consumer);
        }
    }

    /// Takes a consumer out; `false` if it was not there.
    pub(crate) fn remove(&mut self, consumer: &Arc<Consumer>) -> bool {
        self.active.retain(|c| !Arc::ptr_eq(c, consumer));
        let before = self.all.len();
        self.all.retain(|c| !Arc::ptr_eq(c, consumer));
        if self.elected.as_ref().is_some_and(|elected| Arc::ptr_eq(elected, consumer)) {
            self.elected = None;
        }
        self.all.len() < before
    }

    pub(crate) fn take_all(&mut self) -> Vec<Arc<Consumer>> {
        self.active.clear();
        self.elected = None;
        std::mem::take(&mut self.all)
    }

    /// One of the queue's consumers may have credit again; `false` if it takes turns already or is cancelled.
    pub(crate) fn resume(&mut self, consumer: &Arc<Consumer>) -> bool {
        let idle = !consumer.is_cancelled()
            && self.may_be_served(consumer)
            && !consumer.active.swap(true, Ordering::Relaxed);
        if idle {
            let behind = |other: &Arc<Consumer>| other.priority >= consumer.priority;
            let at = match self.active.back() {
                Some(last) if !behind(last) => self.active.partition_point(behind),
                _ => self.active.len(),
            };
            self.active.insert(at, Arc::clone(consumer));
        }
        idle
    }
}
