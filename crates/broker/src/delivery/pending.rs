//! Deliveries in the order of their tags: they come at the back and are mostly taken from the front.
//!
//! A plain vector, of which the front is cut off now and then: a message that comes in is a few stores, which it is not for one that
//! goes round in its buffer.

use crate::queues::{Held, HeldRow};

/// So many that were taken from the front may lie there still.
const LEFT: usize = 1024;
/// Room for more than this is given back when nothing waits.
const KEPT: usize = 16 * 1024;

/// A delivery that waits for its acknowledgement.
#[derive(Debug, Clone, Copy)]
pub struct Pending {
    /// Its delivery tag; given by the channel.
    pub tag: u64,
    /// The channel's slot that it was delivered through.
    pub slot: u32,
    /// When it was delivered; see [`moment`](super::channel_deliveries::moment).
    pub at: u32,
    /// The message.
    pub held: Held,
}

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct PendingQueue {
    entries: Vec<Pending>,
    /// Those before it were taken.
    first: usize,
}

impl PendingQueue {
    /// All that wait, in the order of their tags.
    #[inline]
    pub(super) fn waiting(&self) -> &[Pending] {
        self.entries.get(self.first..).unwrap_or_default()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting().len()
    }

    /// One of those that wait, counted from the front.
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Pending> {
        self.entries.get_mut(self.first + index)
    }

    /// Adds one with a higher tag than all others.
    #[inline]
    pub(super) fn push(&mut self, pending: Pending) {
        self.entries.push(pending);
    }

    /// Adds a row of deliveries, of which this is the first, with higher tags than all others.
    #[inline(never)]
    pub(super) fn extend(&mut self, first: &Pending, row: &HeldRow) {
        let first = *first;
        let numbered = row.iter().enumerate();
        self.entries.extend(numbered.map(|(number, held)| Pending {
            tag: first.tag + number as u64,
            held,
            ..first
        }));
    }

    /// Takes so many from the front.
    #[inline]
    pub(super) fn drop_front(&mut self, count: usize) {
        self.first += count.min(self.len());
        if self.first == self.entries.len() {
            self.entries.clear();
            self.entries.shrink_to(KEPT);
            self.first = 0;
        } else if self.first >= LEFT && self.first >= self.entries.len() / 2 {
            // At most as many are moved as were taken since the last time.
            self.entries.drain(..self.first);
            self.first = 0;
        }
    }

    /// Keeps those that wait for which `keep` holds.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Pending) -> bool) {
        self.entries.drain(..self.first);
        self.first = 0;
        self.entries.retain(keep);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Push(usize),
        Drop(usize),
        Retain(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (1..3000usize).prop_map(Step::Push),
            4 => (0..3000usize).prop_map(Step::Drop),
            1 => (1..5u64).prop_map(Step::Retain),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_a_queue(steps in prop::collection::vec(step(), 1..60)) {
            let (mut queue, mut model, mut tag) = (PendingQueue::default(), VecDeque::new(), 0);
            for step in steps {
                match step {
                    Step::Push(count) => (0..count).for_each(|_| {
                        tag += 1;
                        queue.push(Pending { tag, slot: 0, at: 0, held: Held::default() });
                        model.push_back(tag);
                    }),
                    Step::Drop(count) => {
                        queue.drop_front(count);
                        model.drain(..count.min(model.len()));
                    }
                    Step::Retain(parts) => {
                        queue.retain(|pending| pending.tag % parts == 0);
                        model.retain(|tag| tag % parts == 0);
                    }
                }
                prop_assert!(queue.waiting().iter().map(|pending| &pending.tag).eq(&model));
                prop_assert_eq!(queue.len(), model.len());
                prop_assert_eq!(queue.get_mut(model.len() / 2).map(|pending| pending.tag), model.get(model.len() / 2).copied());
                prop_assert!(queue.first < LEFT.max(queue.entries.len() / 2 + 1), "what was taken is cut off");
            }
        }
    }
}
