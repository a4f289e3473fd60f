//! Deliveries of one channel that wait for an acknowledgement, and the credit of its consumers.

use std::sync::Arc;

use warren_model::outgoing::TargetHead;

use super::pending::{Pending, PendingQueue};
use crate::queues::{Consumer, Queue};

/// A time in tenths of a second, in as few octets as serve to tell how long ago it was.
pub(crate) fn moment(milliseconds: u64) -> u32 {
    (milliseconds / 100) as u32
}

/// The oldest delivery of a consumer, or of `basic.get`, that waits for its acknowledgement.
#[derive(Debug)]
pub struct Oldest {
    /// The queue that it came from.
    pub queue: Arc<Queue>,
    /// The consumer's own limit to such waiting, in milliseconds.
    pub consumer_timeout: Option<u64>,
    /// How long it has waited, in milliseconds.
    pub waited: u64,
}

/// `slot` of a delivery that is settled already but not yet at the front.
pub(super) const SETTLED: u32 = u32::MAX;

/// Who a delivery belongs to: a consumer, or `basic.get` on a queue.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(super) queue: Arc<Queue>,
    pub(crate) consumer: Option<Arc<Consumer>>,
    pub(super) unacked: u32,
    /// Refused for want of credit; must be resumed when there is some.
    pub(super) waiting: bool,
    /// What its deliveries begin with.
    pub(super) head: TargetHead,
    /// Cancelled: kept until its last delivery is settled.
    pub(crate) cancelled: bool,
}

/// What a channel counts of its deliveries.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// The delivery tag that was given last; 0 before the first.
    pub(super) last_tag: u64,
    /// Deliveries that wait for their acknowledgement.
    pub(super) unacked: u32,
    /// Messages delivered so far.
    pub(super) delivered: u64,
}

/// What changes of a channel while a consumer has its turn.
pub(super) struct OpenSlot<'d> {
    pub(super) pending: &'d mut PendingQueue,
    pub(super) counts: &'d mut Counts,
    pub(super) slot: &'d mut Slot,
}

impl OpenSlot<'_> {
    /// So many more deliveries were made, and remembered unless no acknowledgement will come.
    #[inline]
    pub(super) fn count(&mut self, deliveries: u32, no_ack: bool) {
        self.counts.last_tag += u64::from(deliveries);
        self.counts.delivered += u64::from(deliveries);
        if !no_ack {
            self.counts.unacked += deliveries;
            self.slot.unacked += deliveries;
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct ChannelDeliveries {
    /// Unacknowledged deliveries in the order of their tags. Settled ones in the middle are marked.
    pub(super) pending: PendingQueue,
    pub(super) counts: Counts,
    /// Limit over all consumers of the channel (`basic.qos` with `global`); 0 is none.
    pub(super) prefetch: u16,
    /// `channel.flow`: whether the client wants deliveries.
    active: bool,
    pub(crate) slots: Vec<Option<Slot>>,
}

impl Default for ChannelDeliveries {
    fn default() -> Self {
        Self {
            pending: PendingQueue::default(),
            counts: Counts::default(),
            prefetch: 0,
            active: true,
            slots: Vec::new(),
        }
    }
}

impl ChannelDeliveries {
    /// Deliveries that wait for an acknowledgement.
    pub fn unacked(&self) -> u32 {
        self.counts.unacked
    }

    /// Messages delivered so far.
    pub fn delivered(&self) -> u64 {
        self.counts.delivered
    }

    /// The channel's own prefetch limit; 0 is none.
    pub fn prefetch(&self) -> u16 {
        self.prefetch
    }

    /// Reserves the slot that a new consumer's deliveries go through.
    pub fn reserve_slot(&mut self, queue: &Arc<Queue>) -> u32 {
        let slot = Slot {
            queue: Arc::clone(queue),
            consumer: None,
            unacked: 0,
            waiting: false,
            head: TargetHead::default(),
            cancelled: false,
        };
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        match self.slots.get_mut(free) {
            Some(place) => *place = Some(slot),
            None => self.slots.push(Some(slot)),
        }
        free as u32
    }

    /// Ties a consumer to the slot that was reserved for it.
    pub fn attach(&mut self, consumer: &Arc<Consumer>) {
        if let Some(slot) = self.slot_mut(consumer.slot) {
            slot.consumer = Some(Arc::clone(consumer));
        }
    }

    /// The slot through which `basic.get` fetches from `queue`.
    pub fn slot_for_get(&mut self, queue: &Arc<Queue>) -> u32 {
        let same = |slot: &Option<Slot>| {
            slot.as_ref().is_some_and(|s| s.consumer.is_none() && s.cancelled && Arc::ptr_eq(&s.queue, queue))
        };
        if let Some(found) = self.slots.iter().position(same) {
            return found as u32;
        }
        let number = self.reserve_slot(queue);
        if let Some(slot) = self.slot_mut(number) {
            slot.cancelled = true;
        }
        number
    }

    /// Ends a consumer: nothing more goes through its slot, what is unacknowledged stays so.
    pub fn detach(&mut self, consumer: &Consumer) {
        let Some(slot) = self.slot_mut(consumer.slot) else { return };
        if slot.consumer.as_ref().is_some_and(|c| std::ptr::eq(&**c, consumer)) {
            slot.consumer = None;
            slot.cancelled = true;
            self.free_if_idle(consumer.slot);
        }
    }

    /// Begins a turn of `consumer`, with how many messages it may get: at least one. `None` if it may get none; it is marked as waiting
    /// then.
    pub(super) fn begin_turn(
        &mut self,
        consumer: &Consumer,
        outbox_full: bool,
    ) -> Option<(u32, OpenSlot<'_>)> {
        let left = |prefetch: u16, unacked: u32| match prefetch {
            0 => u32::MAX,
            _ if consumer.no_ack => u32::MAX,
            prefetch => u32::from(prefetch).saturating_sub(unacked),
        };
        let Self { pending, counts, prefetch, active, slots } = self;
        let of_channel = if outbox_full || !*active { 0 } else { left(*prefetch, counts.unacked) };
        let slot = slots.get_mut(consumer.slot as usize)?.as_mut()?;
        let credit = of_channel.min(left(consumer.prefetch, slot.unacked));
        slot.waiting = credit == 0;
        (credit > 0).then_some((credit, OpenSlot { pending, counts, slot }))
    }

    /// Marks `consumer` as waiting, for a while that does not depend on its credit.
    pub fn stall(&mut self, consumer: &Consumer) {
        if let Some(slot) = self.slot_mut(consumer.slot) {
            slot.waiting = true;
        }
    }

    /// Gives a delivery its tag and remembers it unless no acknowledgement will come.
    pub fn next_tag(&mut self, pending: Pending, no_ack: bool) -> u64 {
        let tag = self.counts.last_tag + 1;
        self.counts.last_tag = tag;
        self.counts.delivered += 1;
        if !no_ack {
            self.counts.unacked += 1;
            self.pending.push(Pending { tag, ..pending });
            if let Some(slot) = self.slot_mut(pending.slot) {
                slot.unacked += 1;
            }
        }
        tag
    }

    /// Sets the channel's own prefetch limit and returns the consumers that may have credit now.
    pub fn set_prefetch(&mut self, prefetch: u16) -> Vec<Arc<Consumer>> {
        self.prefetch = prefetch;
        self.take_waiting()
    }

    /// Sets `channel.flow` and returns the consumers that may have credit now.
    pub fn set_active(&mut self, active: bool) -> Vec<Arc<Consumer>> {
        self.active = active;
        if active { self.take_waiting() } else { Vec::new() }
    }

    /// Unmarks all waiting consumers and returns them.
    pub fn take_waiting(&mut self) -> Vec<Arc<Consumer>> {
        let resumed = |slot: &mut Slot| match std::mem::take(&mut slot.waiting) {
            true => slot.consumer.clone(),
            false => None,
        };
        self.slots.iter_mut().flatten().filter_map(resumed).collect()
    }

    /// The oldest delivery of each consumer that waits for its acknowledgement, at the time `now`.
    pub(crate) fn oldest(&self, now: u64) -> Vec<Oldest> {
        let mut seen: Vec<u32> = Vec::new();
        let mut found = Vec::new();
        let waiting = self.slots.iter().flatten().filter(|slot| slot.unacked > 0).count();
        for pending in self.pending.waiting().iter().filter(|pending| pending.slot != SETTLED) {
            if seen.len() == waiting {
                break;
            }
            if seen.contains(&pending.slot) {
                continue;
            }
            seen.push(pending.slot);
            let Some(Some(slot)) = self.slots.get(pending.slot as usize) else { continue };
            found.push(Oldest {
                queue: Arc::clone(&slot.queue),
                consumer_timeout: slot.consumer.as_ref().and_then(|consumer| consumer.timeout),
                waited: u64::from(moment(now).wrapping_sub(pending.at)) * 100,
            });
        }
        found
    }

    pub(super) fn slot_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.slots.get_mut(number as usize)?.as_mut()
    }
}
