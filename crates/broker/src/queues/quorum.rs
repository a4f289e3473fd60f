//! How often messages of a quorum queue were delivered and came back (RabbitMQ, quorum queues, poison message handling).

use std::collections::HashMap;
use warren_model::message::Stored;

use warren_model::properties::BasicProperties;

use super::messages::Held;
use super::queue::{Queue, QueueState};
use crate::dead_letters::Reason;
use crate::effects::Effects;
use warren_model::message::annotations;

/// Counts of one message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Deliveries that failed: rejected, or the channel was gone.
    pub(crate) failed: u32,
    /// Deliveries that came back.
    pub(crate) acquired: u32,
}

/// See the module's description. Only messages that came back take memory.
#[derive(Debug, Default)]
pub(super) struct Returns(HashMap<u64, Count>);

impl Returns {
    pub(super) fn forget(&mut self, sequence: u64) {
        if !self.0.is_empty() {
            self.0.remove(&sequence);
        }
    }

    pub(super) fn set(&mut self, sequence: u64, count: Count) {
        self.0.insert(sequence, count);
    }

    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = (u64, Count)> {
        self.0.iter().map(|(sequence, count)| (*sequence, *count))
    }

    /// The properties of a message that came back, with headers that say how often; `None` if it did not.
    pub(super) fn mark(&self, held: &Held, stored: &Stored<'_>) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        let count = self.0.get(&held.sequence)?;
        let mut properties = BasicProperties::decode(stored.shown()).ok()?;
        let headers = properties.headers.get_or_insert_default();
        if count.failed > 0 {
            headers.insert("x-delivery-count", i64::from(count.failed));
        }
        headers.insert("x-acquired-count", i64::from(count.acquired));
        let mut properties = properties.to_bytes();
        properties.extend_from_slice(annotations::tail(stored.properties, stored.noted));
        Some(properties)
    }
}

impl Queue {
    /// Counts a delivery that comes back. `true` if the message failed too often, and does not go back to the queue.
    pub(super) fn count_return(
        &self,
        state: &mut QueueState,
        held: &Held,
        failed: bool,
        effects: &mut Effects,
    ) -> bool {
        let limit = state.rules.delivery_limit;
        let Some(returns) = &mut state.returns else { return false };
        let count = returns.0.entry(held.sequence).or_default();
        count.acquired = count.acquired.saturating_add(1);
        count.failed = count.failed.saturating_add(u32::from(failed));
        let count = *count;
        if failed && limit.is_some_and(|limit| u64::from(count.failed) > limit) {
            self.bury_held(state, held, Reason::DeliveryLimit, effects);
            return true;
        }
        if held.persistent && self.is_durable() {
            effects.log_returned(self.id, held.sequence, count);
        }
        false
    }
}
