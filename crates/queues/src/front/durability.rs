//! A queue's part in checkpoints and in recovery.

use std::collections::HashSet;
use std::sync::Arc;

use crate::front::queue::Queue;
use crate::log::Count;
use crate::pages::record::Times;
use crate::pages::snapshot::Input;
use crate::rules::Effective;
use crate::rules::queue_rules::QueueRules;
use warren_model::message::Message;

impl Queue {
    /// Appends the queue's number and what a checkpoint must keep of its messages.
    ///
    /// # Errors
    /// If messages cannot be moved to disk, in words.
    pub fn snapshot(&self, out: &mut Vec<u8>) -> Result<(), String> {
        if let Some(stream) = &self.stream {
            return stream.snapshot(out);
        }
        let mut state = self.state.lock();
        if state.deleted {
            return Ok(());
        }
        out.extend_from_slice(&self.id.to_le_bytes());
        state.messages.snapshot(out, &self.context.memory)?;
        let returns = state.returns.iter().flat_map(|returns| returns.all());
        let returns: Vec<_> = returns.collect();
        out.extend_from_slice(&(returns.len() as u32).to_le_bytes());
        for (sequence, count) in returns {
            out.extend_from_slice(&sequence.to_le_bytes());
            out.extend_from_slice(&count.failed.to_le_bytes());
            out.extend_from_slice(&count.acquired.to_le_bytes());
        }
        Ok(())
    }

    /// Takes back what [`snapshot`](Self::snapshot) wrote after the number, in this or the first version. The value is
    /// the first sequence number of each level that is unknown to the checkpoint.
    pub fn restore(&self, input: &mut Input<'_>, version: u16) -> Option<Vec<u64>> {
        if let Some(stream) = &self.stream {
            return stream.restore(input, version);
        }
        let mut state = self.state.lock();
        state.messages.restore(input, version, &self.context.memory)?;
        if version > 1 {
            for _ in 0..input.u32()? {
                let (sequence, failed, acquired) = (input.u64()?, input.u32()?, input.u32()?);
                if let Some(returns) = &mut state.returns {
                    returns.set(sequence, Count { failed, acquired });
                }
            }
        }
        Some(state.messages.levels().map(|level| level.next_sequence).collect())
    }

    /// How long the queue lets messages live, in milliseconds.
    pub fn message_ttl(&self) -> Option<u64> {
        self.state.lock().rules.message_ttl
    }

    /// Adds a message that the log brings back; earlier ones should have come before. It came at `arrived_at`, or that
    /// was not kept. `ttl` is what the queue gave it then.
    pub fn restore_message(&self, message: &Message<'_>, sequence: u64, arrived_at: u64, ttl: Option<u64>) {
        if let Some(stream) = &self.stream {
            return stream.restore_message(message, sequence, arrived_at);
        }
        let mut state = self.state.lock();
        let ttl = || message.ttl().into_iter().chain(ttl).min();
        let expires_at = match (arrived_at, self.settings.holds) {
            (0, _) => 0,
            (_, Some(due_at)) => due_at(message.properties, arrived_at),
            _ => ttl().map_or(0, |ttl| arrived_at.saturating_add(ttl).max(1)),
        };
        state.expiring |= expires_at != 0;
        let times = Times { expires_at, arrived_at: 0 };
        state.messages.restore_message(message, sequence, times, &self.context.memory);
    }

    /// Settles messages that are there, as the log says that they were.
    pub fn restore_settled(&self, first: u64, last: u64) {
        if let Some(stream) = &self.stream {
            return stream.restore_settled(first, last);
        }
        self.state.lock().messages.restore_settled(first, last);
    }

    /// Messages up to `sequence` were delivered before the last restart.
    pub fn restore_delivered(&self, sequence: u64) {
        self.state.lock().messages.restore_delivered(sequence);
    }

    /// A message came back, as often as `count` says.
    pub fn restore_returned(&self, sequence: u64, count: Count) {
        if let Some(returns) = &mut self.state.lock().returns {
            returns.set(sequence, count);
        }
    }

    /// Everything of a level is restored. Sequence numbers below `used_until` are not used again.
    pub fn end_restore(&self, level: u8, used_until: u64) {
        if let Some(stream) = &self.stream {
            return stream.end_restore(used_until);
        }
        let messages = &mut self.state.lock().messages;
        messages.end_restore(level, used_until, &self.context.memory);
    }

    /// These policies applied from here on in the log: what comes after goes by them. What the queue does about them
    /// itself waits until everything is back. Streams wait with all of it.
    pub fn restore_policy(&self, policy: Option<Arc<Effective>>) {
        if self.stream.is_some() {
            return;
        }
        let definition = policy.as_ref().map(|policy| &policy.definition);
        let rules = QueueRules::resolve(self.kind, &self.settings.arguments, definition);
        self.state.lock().rules = Arc::new(rules);
        *self.policy.lock() = policy;
    }

    /// All levels are restored: what has a time begins to wait for it.
    pub fn start(&self) {
        let state = &mut *self.state.lock();
        if self.stream.is_some() {
            return self.arm_stream(state);
        }
        // Messages that a checkpoint had may expire as well.
        state.expiring = true;
        state.used_at = self.context.clock.now();
        self.arm(state);
        // What was unacknowledged is back, and counts.
        self.arm_if_over(state);
    }

    /// Moves messages to disk that are not read soon, as long as memory is short.
    pub fn relieve(&self) {
        if let Some(stream) = &self.stream {
            return stream.relieve();
        }
        self.state.lock().messages.relieve(&self.context.memory);
    }

    /// Forgets the messages in a segment that is lost. Returns how many there were.
    pub fn drop_segment(&self, segment: u64) -> u64 {
        if let Some(stream) = &self.stream {
            return stream.drop_segment(segment);
        }
        self.state.lock().messages.drop_segment(segment)
    }

    /// Numbers of the segments that the queue's messages are in.
    pub fn segment_numbers(&self) -> HashSet<u64> {
        if let Some(stream) = &self.stream {
            return stream.segment_numbers();
        }
        self.state.lock().messages.segment_numbers()
    }
}
