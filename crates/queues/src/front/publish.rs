//! Messages come to a queue.

use crate::front::dead_letter::Reason;
use crate::front::effects::Effects;
use crate::front::queue::{Queue, QueueState};
use crate::front::serve::{Arriving, serve};
use crate::pages::record::Times;
use crate::rules::queue_rules::{Overflow, QueueRules};
use warren_model::message::{Message, OwnedMessage};

/// What became of the messages of a run in the queues that they went to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Messages that must be logged: index in the run, queue, sequence number.
    pub entries: Vec<(u32, u64, u64)>,
    /// The log has to say when they came.
    pub stamped: bool,
    /// Messages that a full queue refused, by index in the run.
    pub refused: Vec<u32>,
}

impl Queue {
    /// Adds messages at the end, or hands them to consumers at once. What has to be logged, and what was refused, is
    /// added to `outcome`. Returns `false` if the queue is deleted.
    pub fn publish(&self, run: &[Message<'_>], outcome: &mut Outcome, effects: &mut Effects) -> bool {
        if let Some(stream) = &self.stream {
            return self.publish_to_stream(stream, run, outcome, effects);
        }
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if state.deleted {
            return false;
        }
        state.stats.publish += run.len() as u64;
        let uniform = state.rules.are_the_same_for_all() && !run.iter().any(Message::may_expire);
        match state.rules.message_ttl {
            None if uniform => self.accept(state, run, 0, 0, Times::default(), outcome, effects),
            Some(ttl) if uniform => {
                let times = living_for(ttl, self.context.clock.now(), state, outcome);
                self.accept(state, run, 0, 0, times, outcome, effects);
                self.expire(state, effects);
            }
            _ => self.publish_by_rules(state, run, outcome, effects),
        }
        self.log_delivered(state, effects);
        self.arm(state);
        true
    }

    /// Looks at each message, as the queue's rules or its own expiration ask for.
    fn publish_by_rules(
        &self,
        state: &mut QueueState,
        run: &[Message<'_>],
        outcome: &mut Outcome,
        effects: &mut Effects,
    ) {
        let (now, rules) = (self.context.clock.now(), std::sync::Arc::clone(&state.rules));
        for (index, message) in (0u32..).zip(run) {
            if rules.overflow != Overflow::DropHead && would_overflow(state, &rules, message) {
                outcome.refused.push(index);
                if rules.overflow == Overflow::RejectPublishDlx {
                    self.bury_refused(&rules, OwnedMessage::from(message), Reason::MaxLength, effects);
                }
                continue;
            }
            if state.deduplicator.as_mut().is_some_and(|seen| seen.is_duplicate(message.properties, now)) {
                state.stats.duplicates += 1;
                continue;
            }
            let ttl = message.ttl().into_iter().chain(rules.message_ttl).min();
            let times = ttl.map_or_else(Times::default, |ttl| living_for(ttl, now, state, outcome));
            let level = if rules.max_priority == 0 { 0 } else { message.priority().min(rules.max_priority) };
            self.accept(state, std::slice::from_ref(message), index, level, times, outcome, effects);
            if rules.overflow == Overflow::DropHead {
                self.trim(state, effects);
            }
        }
        self.expire(state, effects);
    }

    #[allow(clippy::too_many_arguments, reason = "the hot path passes what it has")]
    #[inline]
    fn accept(
        &self,
        state: &mut QueueState,
        run: &[Message<'_>],
        index: u32,
        level: u8,
        times: Times,
        outcome: &mut Outcome,
        effects: &mut Effects,
    ) {
        let logged = self.is_durable().then_some(&mut outcome.entries);
        let memory = &self.context.memory;
        let mut arriving = Arriving { run, memory, stored: logged, index, queue: self.id, level, times };
        if state.messages.ready() == 0 {
            serve(&mut arriving, &mut state.messages, &mut state.consumers, &mut state.stats, effects);
        }
        let rest = arriving.run;
        state.messages.push_run(level, rest, times, memory, |run, sequence| {
            arriving.note(run, sequence);
            arriving.index += run.len() as u32;
        });
    }
}

/// The times of messages that come now and live for `ttl` milliseconds.
fn living_for(ttl: u64, now: u64, state: &mut QueueState, outcome: &mut Outcome) -> Times {
    (state.expiring, outcome.stamped) = (true, true);
    Times { expires_at: now.saturating_add(ttl).max(1), arrived_at: 0 }
}

/// Whether the queue would be over its limits with one more message ready.
fn would_overflow(state: &QueueState, rules: &QueueRules, message: &Message<'_>) -> bool {
    rules.max_length.is_some_and(|most| state.messages.ready() + 1 > most)
        || rules
            .max_length_bytes
            .is_some_and(|most| state.messages.ready_bytes() + message.body.len() as u64 > most)
}
