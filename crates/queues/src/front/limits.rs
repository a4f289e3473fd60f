//! What a queue does by itself: messages expire, the oldest give way, the unused queue goes (RabbitMQ, time-to-live and
//! queue length limit).

use std::sync::{Arc, Weak};

use crate::classic::messages::Taken;
use crate::front::dead_letter::{DeadLetter, Reason};
use crate::front::effects::Effects;
use crate::front::queue::{Queue, QueueState};
use crate::front::timers::Timed;
use crate::pages::held::Held;
use crate::pages::record::has_expired;
use crate::rules::queue_rules::{Overflow, QueueRules};
use warren_model::message::OwnedMessage;

/// Messages that are dead-lettered in one go, because each is copied; the timer goes on with the rest.
const AT_ONCE: usize = 256;
/// How long a dead letter that no queue took waits until it is tried again, in milliseconds.
const RETRY: u64 = 1_000;

/// A message that is to be dead-lettered, with its copy if there is a place for it to go.
pub(crate) type Doomed = (Held, Option<OwnedMessage>);

impl Queue {
    /// Takes the messages out that have expired, as far as they are at the head (RabbitMQ, per-message TTL).
    pub(crate) fn expire(&self, state: &mut QueueState, effects: &mut Effects) {
        if !state.expiring {
            return;
        }
        let now = self.context.clock.now();
        let lettered = state.rules.dead_letter_exchange.is_some();
        let mut left = if lettered { AT_ONCE } else { usize::MAX };
        let mut doomed = Vec::new();
        for level in state.messages.levels_mut() {
            while left > 0
                && let Some((taken, stored)) = level.peek(&self.context.memory)
                && taken.is_expired(now)
            {
                left -= 1;
                let copy = lettered.then(|| OwnedMessage::from(&stored));
                level.take(&taken, &self.context.memory);
                doomed.push((taken.held, copy));
                if doomed.len() >= AT_ONCE && !lettered {
                    break;
                }
            }
        }
        let more = doomed.len() >= AT_ONCE;
        self.bury_all(state, doomed, effects);
        if more && !lettered {
            self.expire(state, effects);
        }
    }

    /// Drops messages from the head while the queue is over its limits, a bounded number at a time.
    pub(crate) fn trim(&self, state: &mut QueueState, effects: &mut Effects) {
        let rules = Arc::clone(&state.rules);
        if rules.overflow != Overflow::DropHead {
            return;
        }
        let lettered = rules.dead_letter_exchange.is_some();
        let mut doomed = Vec::new();
        while is_over(state, &rules)
            && let Some((taken, stored)) = state.messages.peek(&self.context.memory)
        {
            let copy = lettered.then(|| OwnedMessage::from(&stored));
            state.messages.take(&taken, &self.context.memory);
            doomed.push((taken.held, copy));
            if lettered && doomed.len() >= AT_ONCE {
                break;
            }
        }
        for (held, copy) in doomed {
            self.bury(state, held, copy, Reason::MaxLength, effects);
        }
    }

    /// Dead-letters messages that have expired.
    pub(crate) fn bury_all(&self, state: &mut QueueState, doomed: Vec<Doomed>, effects: &mut Effects) {
        for (held, copy) in doomed {
            self.bury(state, held, copy, Reason::Expired, effects);
        }
    }

    /// Refuses deliveries for good: they are dead-lettered, or dropped where there is no place for dead letters.
    pub fn reject(&self, entries: &[Held], effects: &mut Effects) {
        if let Some(stream) = &self.stream {
            return stream.settle(entries.len());
        }
        let mut state = self.state.lock();
        if state.deleted {
            return;
        }
        state.stats.ack += entries.len() as u64;
        for held in entries {
            self.bury_held(&mut state, held, Reason::Rejected, effects);
        }
    }

    /// Dead-letters a message that was taken before.
    pub(crate) fn bury_held(
        &self,
        state: &mut QueueState,
        held: &Held,
        reason: Reason,
        effects: &mut Effects,
    ) {
        let copy = match state.rules.dead_letter_exchange {
            Some(_) => {
                state.messages.read(held, &self.context.memory).map(|stored| OwnedMessage::from(&stored))
            }
            None => None,
        };
        self.bury(state, *held, copy, reason, effects);
    }

    fn bury(
        &self,
        state: &mut QueueState,
        held: Held,
        copy: Option<OwnedMessage>,
        reason: Reason,
        effects: &mut Effects,
    ) {
        match (copy, self.me.upgrade()) {
            (Some(message), Some(queue)) => {
                state.buried += 1;
                let rules = Arc::clone(&state.rules);
                effects.bury(DeadLetter { queue, rules, held: Some(held), reason, message });
            }
            _ => self.free(state, &[held], effects),
        }
    }

    /// Dead-letters a message that the queue never had.
    pub(crate) fn bury_refused(
        &self,
        rules: &Arc<QueueRules>,
        message: OwnedMessage,
        reason: Reason,
        effects: &mut Effects,
    ) {
        if let Some(queue) = self.me.upgrade().filter(|_| rules.dead_letter_exchange.is_some()) {
            effects.bury(DeadLetter { queue, rules: Arc::clone(rules), held: None, reason, message });
        }
    }

    /// A dead letter is where it belongs.
    pub(crate) fn end_burial(&self, held: &Held, effects: &mut Effects) {
        let mut state = self.state.lock();
        if !state.deleted {
            state.buried = state.buried.saturating_sub(1);
            self.free(&mut state, std::slice::from_ref(held), effects);
        }
    }

    /// No queue took a dead letter that must not be lost: it is tried again later (RabbitMQ, at-least-once dead
    /// lettering).
    pub(crate) fn keep(&self, held: Held, reason: Reason) {
        let mut state = self.state.lock();
        if !state.deleted {
            state.kept.push((held, reason));
            self.arm_at(&mut state, self.context.clock.now() + RETRY);
        }
    }

    fn retry_kept(&self, state: &mut QueueState, effects: &mut Effects) {
        for (held, reason) in std::mem::take(&mut state.kept) {
            state.buried = state.buried.saturating_sub(1);
            self.bury_held(state, &held, reason, effects);
        }
    }

    /// Sets the timer to the next time at which the queue has something to do by itself.
    #[inline]
    pub(crate) fn arm(&self, state: &mut QueueState) {
        if state.expiring || state.rules.expires.is_some() {
            self.arm_needed(state);
        }
    }

    fn arm_needed(&self, state: &mut QueueState) {
        let memory = &self.context.memory;
        let mut at = match state.rules.expires {
            Some(expires) if state.consumers.all().is_empty() => state.used_at.saturating_add(expires),
            _ => u64::MAX,
        };
        if state.expiring {
            for level in state.messages.levels_mut() {
                match level.peek(memory) {
                    Some((taken, _)) if taken.expires_at != 0 => at = at.min(taken.expires_at),
                    _ => {}
                }
            }
            state.expiring =
                state.rules.message_ttl.is_some() || state.messages.ready() + state.messages.unsettled() > 0;
        }
        if at != u64::MAX {
            self.arm_at(state, at);
        }
    }

    pub(crate) fn arm_at(&self, state: &mut QueueState, at: u64) {
        if at < state.armed && !state.deleted {
            state.armed = at;
            let me: Weak<Self> = self.me.clone();
            self.context.timers.arm(at, me);
        }
    }

    /// Sets the timer to now if there is more in the queue than there may be.
    pub(crate) fn arm_if_over(&self, state: &mut QueueState) {
        if is_over(state, &state.rules) && state.rules.overflow == Overflow::DropHead {
            self.arm_at(state, self.context.clock.now());
        }
    }

    /// Whether the queue was unused for as long as it lives unused.
    fn is_over_age(&self, state: &QueueState, now: u64) -> bool {
        let expires = state.rules.expires.filter(|_| state.consumers.all().is_empty());
        expires.is_some_and(|expires| state.used_at.saturating_add(expires) <= now)
    }
}

impl Timed for Queue {
    fn due(self: Arc<Self>, now: u64, effects: &mut Effects) {
        let mut state = self.state.lock();
        if state.deleted {
            return;
        }
        state.armed = u64::MAX;
        if let Some(stream) = &self.stream {
            stream.expire(effects);
            return self.arm_stream(&mut state);
        }
        self.retry_kept(&mut state, effects);
        self.expire(&mut state, effects);
        self.trim(&mut state, effects);
        self.arm_if_over(&mut state);
        let over = self.is_over_age(&state, now);
        if !over {
            self.arm(&mut state);
        }
        drop(state);
        if over && let Some(host) = self.context.host() {
            tracing::debug!(queue = %self.name, vhost = %self.vhost, "the queue expires");
            host.expire_queue(&self);
        }
    }
}

impl Taken {
    /// Whether it must not be delivered any more at `now`.
    #[inline]
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        has_expired(self.expires_at, now)
    }
}

fn is_over(state: &QueueState, rules: &QueueRules) -> bool {
    rules.max_length.is_some_and(|most| state.messages.ready() > most)
        || rules.max_length_bytes.is_some_and(|most| state.messages.ready_bytes() > most)
}
