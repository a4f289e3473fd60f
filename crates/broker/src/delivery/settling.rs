//! Deliveries are settled: which ones an acknowledgement means, and who has credit again by it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::channel_deliveries::{ChannelDeliveries, SETTLED};
use super::pending::Pending;
use crate::queues::{Consumer, Held, Queue};
use warren_model::error::Error;

/// Deliveries of one queue that are settled together.
#[derive(Debug)]
pub struct Settlement {
    /// The queue that they came from.
    pub queue: Arc<Queue>,
    /// The messages, in order of delivery.
    pub entries: Vec<Held>,
}

/// What an acknowledgement comes to.
#[derive(Debug, Default)]
pub struct Settled {
    /// By queue, in order of delivery.
    pub settlements: Vec<Settlement>,
    /// Consumers that have credit again: pass each to [`Queue::resume`].
    pub resumed: Vec<Arc<Consumer>>,
}

impl ChannelDeliveries {
    /// Takes the deliveries that an acknowledgement means: `tag` alone, or with `multiple` all up to it, and tag 0
    /// all there are. They are added to `settled`.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED - unknown delivery tag` if there is none (AMQP 0-9-1, `basic.ack`).
    pub fn settle(&mut self, tag: u64, multiple: bool, settled: &mut Settled) -> Result<(), Error> {
        if tag == 0 && multiple {
            self.take_front(self.pending.len(), settled);
            self.collect_resumed(settled);
            return Ok(());
        }
        let index = self.position(tag).ok_or_else(|| Error::unknown_delivery_tag(tag))?;
        if multiple || index == 0 {
            self.take_front(index + 1, settled);
        } else if let Some(pending) = self.pending.get_mut(index) {
            let taken = std::mem::replace(pending, Pending { slot: SETTLED, ..*pending });
            self.settle_one(taken, settled);
            self.compact();
        }
        self.collect_resumed(settled);
        Ok(())
    }

    /// Takes single deliveries in the order of their tags.
    ///
    /// # Errors
    /// As [`settle`](Self::settle), for the first tag that is unknown; the deliveries before it are taken.
    pub fn settle_each(&mut self, tags: RangeInclusive<u64>, settled: &mut Settled) -> Result<(), Error> {
        let (first, last) = tags.into_inner();
        let mut next = first;
        // As most clients do it: from the oldest one on, without a gap.
        while let Some(slot) = self.slot_of_front(next).filter(|_| next <= last) {
            let Some(settlement) = self.settlement(slot, settled) else { break };
            let most = usize::try_from(last - next).map_or(usize::MAX, |more| more.saturating_add(1));
            let oldest = self.pending.waiting().iter().take(most).zip(next..);
            let count = oldest
                .take_while(|(pending, tag)| (pending.tag, pending.slot) == (*tag, slot))
                .count() as u64;
            let oldest = self.pending.waiting().iter().take(count as usize);
            settlement.extend(oldest.map(|pending| pending.held));
            next += count;
            self.pending.drop_front(count as usize);
            self.count_settled(slot, count as u32, settled);
        }
        self.drop_settled();
        (next..=last).try_for_each(|tag| self.settle(tag, false, settled))?;
        self.collect_resumed(settled);
        Ok(())
    }

    /// Takes all deliveries, as closing the channel does.
    pub fn settle_all(&mut self) -> Settled {
        let mut settled = Settled::default();
        self.take_front(self.pending.len(), &mut settled);
        self.collect_resumed(&mut settled);
        settled
    }

    /// Whether [`settle`](Self::settle) would know the deliveries.
    ///
    /// # Errors
    /// As `settle`.
    pub fn check(&self, tag: u64, multiple: bool) -> Result<(), Error> {
        if (tag == 0 && multiple) || self.position(tag).is_some() {
            return Ok(());
        }
        Err(Error::unknown_delivery_tag(tag))
    }

    /// The slot of the delivery at the front, if it has that tag and is not settled.
    fn slot_of_front(&self, tag: u64) -> Option<u32> {
        let front = self.pending.waiting().first()?;
        (front.tag == tag && front.slot != SETTLED).then_some(front.slot)
    }

    /// Index among the pending of a delivery that is not settled.
    fn position(&self, tag: u64) -> Option<usize> {
        let waiting = self.pending.waiting();
        let guess = usize::try_from(tag.checked_sub(waiting.first()?.tag)?).ok()?;
        let index = match waiting.get(guess) {
            Some(pending) if pending.tag == tag => guess,
            _ => waiting.binary_search_by_key(&tag, |pending| pending.tag).ok()?,
        };
        waiting.get(index).filter(|pending| pending.slot != SETTLED).map(|_| index)
    }

    fn take_front(&mut self, count: usize, settled: &mut Settled) {
        for index in 0..count {
            if let Some(pending) =
                self.pending.waiting().get(index).copied().filter(|one| one.slot != SETTLED)
            {
                self.settle_one(pending, settled);
            }
        }
        self.pending.drop_front(count);
        self.drop_settled();
    }

    /// Drops what is settled already from the front.
    fn drop_settled(&mut self) {
        let waiting = self.pending.waiting();
        let settled = waiting.iter().position(|pending| pending.slot != SETTLED).unwrap_or(waiting.len());
        self.pending.drop_front(settled);
    }

    /// Keeps them in proportion to what is unacknowledged when its front is never acknowledged.
    fn compact(&mut self) {
        if self.pending.len() > 1024 + 2 * self.counts.unacked as usize {
            self.pending.retain(|pending| pending.slot != SETTLED);
        }
    }

    fn settle_one(&mut self, pending: Pending, settled: &mut Settled) {
        if let Some(entries) = self.settlement(pending.slot, settled) {
            entries.push(pending.held);
        }
        self.count_settled(pending.slot, 1, settled);
    }

    /// Where deliveries through a slot are gathered that are settled.
    fn settlement<'s>(&self, slot: u32, settled: &'s mut Settled) -> Option<&'s mut Vec<Held>> {
        let queue = &self.slots.get(slot as usize)?.as_ref()?.queue;
        if !settled.settlements.last().is_some_and(|last| Arc::ptr_eq(&last.queue, queue)) {
            settled.settlements.push(Settlement { queue: Arc::clone(queue), entries: Vec::new() });
        }
        settled.settlements.last_mut().map(|last| &mut last.entries)
    }

    /// Deliveries through a slot were settled: there may be credit.
    fn count_settled(&mut self, number: u32, count: u32, settled: &mut Settled) {
        self.counts.unacked = self.counts.unacked.saturating_sub(count);
        let own_limit = self.prefetch == 0;
        let Some(slot) = self.slot_mut(number) else { return };
        slot.unacked = slot.unacked.saturating_sub(count);
        if slot.waiting && own_limit {
            slot.waiting = false;
            settled.resumed.extend(slot.consumer.clone());
        }
        self.free_if_idle(number);
    }

    /// With a limit over the whole channel, one settled delivery may give any of its consumers credit.
    fn collect_resumed(&mut self, settled: &mut Settled) {
        if self.prefetch != 0 && !settled.settlements.is_empty() {
            settled.resumed.extend(self.take_waiting());
        }
    }

    pub(super) fn free_if_idle(&mut self, number: u32) {
        if let Some(place) = self.slots.get_mut(number as usize)
            && place.as_ref().is_some_and(|slot| slot.cancelled && slot.unacked == 0)
        {
            *place = None;
        }
    }
}
