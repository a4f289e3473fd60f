//! Messages leave a queue: for consumers, and for clients that fetch them.

use std::sync::Arc;

use crate::front::consumer::Consumer;
use crate::front::effects::Effects;
use crate::front::queue::Queue;
use crate::pages::held::Held;
use crate::rules::kind::QueueKind;
use warren_model::error::Error;
use warren_model::outgoing::Fetched;

impl Queue {
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

    /// Fetches one message: `take` gets it, and says by `false` that it is not wanted. Called with the queue's lock held. `false` if
    /// nothing is ready, or it was not wanted.
    pub fn get(
        &self,
        no_ack: bool,
        effects: &mut Effects,
        take: impl FnOnce(Held, &Fetched<'_>) -> bool,
    ) -> bool {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.used_at = self.context.clock.now();
        self.expire(state, effects);
        let remaining = state.messages.ready().saturating_sub(1);
        let Some((taken, mut stored)) = state.messages.peek(&self.context.memory) else {
            state.stats.get_empty += 1;
            return false;
        };
        let counted = state.returns.as_ref().and_then(|returns| returns.mark(&taken.held, &stored));
        if let Some(properties) = &counted {
            stored.properties = properties;
        }
        if !take(taken.held, &Fetched { redelivered: taken.redelivered, remaining, message: stored }) {
            return false;
        }
        state.messages.take(&taken, &self.context.memory);
        state.stats.get += u64::from(!no_ack);
        state.stats.get_no_ack += u64::from(no_ack);
        state.stats.redeliver += u64::from(taken.redelivered);
        if no_ack {
            self.free(state, &[taken.held], effects);
        } else {
            self.log_delivered(state, effects);
        }
        self.arm(state);
        true
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
            state.used_at = self.context.clock.now();
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
