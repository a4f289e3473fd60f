//! Deliveries of a quorum queue come back: they are counted, and a message that failed too often does not go back.

use crate::front::dead_letter::Reason;
use crate::front::effects::Effects;
use crate::front::queue::{Queue, QueueState};
use crate::pages::held::Held;

impl Queue {
    /// Counts a delivery that comes back. `true` if the message failed too often, and does not go back to the queue.
    pub(crate) fn count_return(
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
