//! Deliveries of one channel that wait for an acknowledgement, and the credit of its consumers.

mod pending;

use std::ops::RangeInclusive;
use std::sync::Arc;

use warren_amqp091::delivery::DeliverFrame;

pub use self::pending::Pending;
use self::pending::PendingQueue;
use crate::queues::{Consumer, Held, HeldRow, Queue};
use warren_model::error::Error;

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
const SETTLED: u32 = u32::MAX;

/// Who a delivery belongs to: a consumer, or `basic.get` on a queue.
#[derive(Debug)]
pub(crate) struct Slot {
    queue: Arc<Queue>,
    pub(crate) consumer: Option<Arc<Consumer>>,
    unacked: u32,
    /// Refused for want of credit; must be resumed when there is some.
    waiting: bool,
    /// What its deliveries begin with.
    frame: DeliverFrame,
    /// Cancelled: kept until its last delivery is settled.
    pub(crate) cancelled: bool,
}

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

/// See the module's description.
#[derive(Debug)]
pub struct ChannelDeliveries {
    /// Unacknowledged deliveries in the order of their tags. Settled ones in the middle are marked.
    pending: PendingQueue,
    last_tag: u64,
    unacked: u32,
    /// Limit over all consumers of the channel (`basic.qos` with `global`); 0 is none.
    prefetch: u16,
    /// `channel.flow`: whether the client wants deliveries.
    active: bool,
    pub(crate) slots: Vec<Option<Slot>>,
    delivered: u64,
}

impl Default for ChannelDeliveries {
    fn default() -> Self {
        Self {
            pending: PendingQueue::default(),
            last_tag: 0,
            unacked: 0,
            prefetch: 0,
            active: true,
            slots: Vec::new(),
            delivered: 0,
        }
    }
}

impl ChannelDeliveries {
    /// Deliveries that wait for an acknowledgement.
    pub fn unacked(&self) -> u32 {
        self.unacked
    }

    /// Messages delivered so far.
    pub fn delivered(&self) -> u64 {
        self.delivered
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
            frame: DeliverFrame::default(),
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

    /// How many messages `consumer` may get. Marks it as waiting if it is none.
    pub(crate) fn credit(&mut self, consumer: &Consumer, outbox_full: bool) -> u32 {
        let left = |prefetch: u16, unacked: u32| match prefetch {
            0 => u32::MAX,
            _ if consumer.no_ack => u32::MAX,
            prefetch => u32::from(prefetch).saturating_sub(unacked),
        };
        let of_channel = if outbox_full || !self.active { 0 } else { left(self.prefetch, self.unacked) };
        let Some(slot) = self.slot_mut(consumer.slot) else { return 0 };
        let credit = of_channel.min(left(consumer.prefetch, slot.unacked));
        slot.waiting = credit == 0;
        credit
    }

    /// What the deliveries through a slot begin with; [`keep_frame`](Self::keep_frame) gives it back.
    pub(crate) fn take_frame(&mut self, slot: u32) -> DeliverFrame {
        self.slot_mut(slot).map(|slot| std::mem::take(&mut slot.frame)).unwrap_or_default()
    }

    /// Keeps what the next deliveries through a slot will probably begin with.
    pub(crate) fn keep_frame(&mut self, slot: u32, frame: DeliverFrame) {
        if let Some(slot) = self.slot_mut(slot) {
            slot.frame = frame;
        }
    }

    /// Marks `consumer` as waiting, for a while that does not depend on its credit.
    pub fn stall(&mut self, consumer: &Consumer) {
        if let Some(slot) = self.slot_mut(consumer.slot) {
            slot.waiting = true;
        }
    }

    /// Gives a delivery its tag and remembers it unless no acknowledgement will come.
    pub fn next_tag(&mut self, pending: Pending, no_ack: bool) -> u64 {
        let tag = self.last_tag + 1;
        if !no_ack {
            self.remember(Pending { tag, ..pending });
        }
        self.count(pending.slot, 1, no_ack);
        tag
    }

    /// The delivery tag that was given last; 0 before the first.
    pub(crate) fn last_tag(&self) -> u64 {
        self.last_tag
    }

    /// Remembers a delivery that waits for its acknowledgement, with the next tag behind those of all others. Must be followed by
    /// [`count`](Self::count).
    #[inline]
    pub(crate) fn remember(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    /// The same for a row of deliveries, of which this is the first.
    pub(crate) fn remember_row(&mut self, first: &Pending, row: &HeldRow) {
        self.pending.extend(first, row);
    }

    /// So many more tags were given, to deliveries through one slot.
    pub(crate) fn count(&mut self, slot: u32, deliveries: u32, no_ack: bool) {
        self.last_tag += u64::from(deliveries);
        self.delivered += u64::from(deliveries);
        if !no_ack {
            self.unacked += deliveries;
            if let Some(slot) = self.slot_mut(slot) {
                slot.unacked += deliveries;
            }
        }
    }

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
            let before = next;
            for pending in self.pending.waiting() {
                if next > last || (pending.tag, pending.slot) != (next, slot) {
                    break;
                }
                settlement.push(pending.held);
                next += 1;
            }
            let count = next - before;
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

    /// The slot of the delivery at the front, if it has that tag and is not settled.
    fn slot_of_front(&self, tag: u64) -> Option<u32> {
        let front = self.pending.waiting().first()?;
        (front.tag == tag && front.slot != SETTLED).then_some(front.slot)
    }

    fn slot_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.slots.get_mut(number as usize)?.as_mut()
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
        if self.pending.len() > 1024 + 2 * self.unacked as usize {
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
        self.unacked = self.unacked.saturating_sub(count);
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

    fn free_if_idle(&mut self, number: u32) {
        if let Some(place) = self.slots.get_mut(number as usize)
            && place.as_ref().is_some_and(|slot| slot.cancelled && slot.unacked == 0)
        {
            *place = None;
        }
    }
}
