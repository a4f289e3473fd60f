//! Queues that keep messages for an exchange: those that wait for their time, or the last ones. No client knows such a
//! queue, and no consumer gets anything from it. Its messages count as taken from the moment they come.

use crate::front::effects::Effects;
use crate::front::publish::Outcome;
use crate::front::queue::Queue;
use crate::pages::held::Held;
use crate::pages::record::Times;
use warren_model::message::{Message, OwnedMessage};

impl Queue {
    /// Keeps a message. `expires_at` is told again when it is restored; 0 is never. What has to be logged is added to
    /// `outcome`. `None` if the queue is deleted.
    pub fn hold(&self, message: &Message<'_>, expires_at: u64, outcome: &mut Outcome) -> Option<Held> {
        let mut state = self.state.lock();
        if state.deleted {
            return None;
        }
        let times = Times { expires_at, arrived_at: 0 };
        let held = state.messages.push_taken(0, message, times, &self.context.memory);
        if held.persistent && self.is_durable() {
            outcome.entries.push((0, self.id, held.sequence));
            outcome.stamped |= expires_at != 0;
        }
        Some(held)
    }

    /// A copy of a message that is kept. `None` if it cannot be read, which is logged, or is gone with the queue.
    pub fn copy_held(&self, held: &Held) -> Option<OwnedMessage> {
        let mut state = self.state.lock();
        if state.deleted {
            return None;
        }
        state.messages.read(held, &self.context.memory).map(|stored| OwnedMessage::from(&stored))
    }

    /// Messages are not kept any more.
    pub fn let_go(&self, entries: &[Held], effects: &mut Effects) {
        let mut state = self.state.lock();
        if !state.deleted {
            self.free(&mut state, entries, effects);
        }
    }

    /// What a restart brought back, in the order in which it came, each with its `expires_at`.
    pub fn hold_restored(&self) -> Vec<(u64, Held)> {
        let mut state = self.state.lock();
        let mut found = Vec::new();
        while let Some((taken, _)) = state.messages.peek(&self.context.memory) {
            state.messages.take(&taken, &self.context.memory);
            found.push((taken.expires_at, taken.held));
        }
        found
    }
}
