//! What waits to be sent to one client, with the delivery state of its channels.
//!
//! A publisher's task appends deliveries here while it holds the queue's lock, and whoever ends a batch asks the
//! [`Sink`] to write. So delivery tags, credit and bytes have one lock, and a message needs no task switch.

use std::sync::Arc;

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use warren_model::outgoing::{ClientWriter, DeliveryTarget, Outgoing};

use super::channel_deliveries::{ChannelDeliveries, Oldest, moment};
use super::pending::Pending;
use super::turn::ChannelTurn;
use crate::effects::Effects;
use crate::queues::{Consumer, Delivered, Deliveries, Held, Queue, Recipient, Turn};

/// Beyond this many bytes waiting to be sent, queues stop to deliver to the connection (back-pressure of a slow
/// consumer).
const FULL: usize = 512 * 1024;

/// Writes an outbox to its client. Implemented by the owner of the socket.
pub trait Sink: Send + Sync {
    /// Sends what the outbox holds, without blocking. Called with no lock held. Outboxes that get something because
    /// this one has room again are added to `effects`.
    fn flush(&self, outbox: &Outbox, effects: &mut Effects);

    /// Some of the outbox's consumers are stalled and may be served: somebody who may take his time has to call
    /// [`Outbox::take_stalled`]. Called with locks held.
    fn wake(&self);
}

/// Nobody sends.
struct Nobody;

impl Sink for Nobody {
    fn flush(&self, _: &Outbox, _: &mut Effects) {}

    fn wake(&self) {}
}

/// See the module's description.
pub struct Outbox {
    state: Mutex<OutboxState>,
    sink: Box<dyn Sink>,
}

/// The state behind an outbox's lock.
pub struct OutboxState {
    outgoing: Outgoing,
    writer: Box<dyn ClientWriter>,
    channels: Vec<Option<Box<ChannelDeliveries>>>,
    /// Bytes taken by the sink that the socket has not taken yet.
    in_flight: usize,
    /// A consumer was refused because of `FULL`.
    stalled: bool,
    /// Noted for a flush that has not started.
    annotated: bool,
    closed: bool,
}

impl Outbox {
    /// An outbox whose bytes are written by `writer` and go to `sink`.
    pub fn new(sink: Box<dyn Sink>, writer: Box<dyn ClientWriter>) -> Self {
        let state = OutboxState {
            outgoing: Outgoing::default(),
            writer,
            channels: Vec::new(),
            in_flight: 0,
            stalled: false,
            annotated: false,
            closed: false,
        };
        Self { state: Mutex::new(state), sink }
    }

    /// An outbox whose bytes stay until they are [taken](Self::take), and whose stalled consumers until they are asked for: that of a
    /// client without a socket.
    pub fn kept(writer: Box<dyn ClientWriter>) -> Self {
        Self::new(Box::new(Nobody), writer)
    }

    /// Locks the state. Never take a queue's lock while holding it.
    pub fn lock(&self) -> MutexGuard<'_, OutboxState> {
        self.state.lock()
    }

    /// Swaps what waits against an empty buffer. The caller sends it and then calls [`sent`](Self::sent).
    pub fn take(&self, mut empty: Outgoing) -> Outgoing {
        empty.clear();
        let mut state = self.state.lock();
        state.annotated = false;
        state.in_flight += state.outgoing.len();
        std::mem::replace(&mut state.outgoing, empty)
    }

    /// The socket has taken `bytes` of what [`take`](Self::take) gave. Returns whether consumers stalled on a full
    /// outbox and there is room again: see [`take_stalled`](Self::take_stalled).
    pub fn sent(&self, bytes: usize) -> bool {
        let mut state = self.state.lock();
        state.in_flight = state.in_flight.saturating_sub(bytes);
        state.stalled && state.waiting_bytes() <= FULL / 2
    }

    /// The consumers that stalled on a full outbox and may be served again: pass each to [`Queue::resume`] with no
    /// lock held.
    pub fn take_stalled(&self) -> Vec<Arc<Consumer>> {
        let mut state = self.state.lock();
        if !state.stalled || state.waiting_bytes() > FULL / 2 {
            return Vec::new();
        }
        state.stalled = false;
        state.channels.iter_mut().flatten().flat_map(|channel| channel.take_waiting()).collect()
    }

    /// The connection is gone: nothing is accepted any more.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.outgoing = Outgoing::default();
    }
}

impl OutboxState {
    /// Frames of replies are appended here.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.outgoing.bytes
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// Bytes that wait here or in the sink.
    pub fn waiting_bytes(&self) -> usize {
        self.outgoing.len() + self.in_flight
    }

    /// Gives an allocated buffer back while the connection idles.
    pub fn shrink(&mut self) {
        if self.outgoing.is_empty() {
            self.outgoing = Outgoing::default();
        }
    }

    /// From now on `writer` writes what the client gets: more is known of it.
    pub fn set_writer(&mut self, writer: Box<dyn ClientWriter>) {
        self.writer = writer;
    }

    /// Lets the client be told something.
    pub(crate) fn tell(&mut self, what: impl FnOnce(&dyn ClientWriter, &mut Outgoing)) {
        what(&*self.writer, &mut self.outgoing);
    }

    /// The oldest deliveries that wait for their acknowledgement, with the numbers of their channels.
    pub(crate) fn oldest(&self, now: u64) -> Vec<(u16, Oldest)> {
        let channels = self.channels.iter().enumerate();
        let waiting = channels.filter_map(|(number, channel)| Some((number as u16, channel.as_ref()?)));
        let waiting = waiting.filter(|(_, channel)| channel.unacked() > 0);
        waiting
            .flat_map(|(number, channel)| channel.oldest(now).into_iter().map(move |one| (number, one)))
            .collect()
    }

    /// Delivery state of a channel.
    pub fn channel(&mut self, number: u16) -> Option<&mut ChannelDeliveries> {
        self.channels.get_mut(usize::from(number))?.as_deref_mut()
    }

    /// Opens a channel's delivery state.
    pub fn open_channel(&mut self, number: u16) {
        let index = usize::from(number);
        if self.channels.len() <= index {
            self.channels.resize_with(index + 1, || None);
        }
        if let Some(place) = self.channels.get_mut(index) {
            *place = Some(Box::default());
        }
    }

    /// Removes a channel's delivery state.
    pub fn close_channel(&mut self, number: u16) -> Option<Box<ChannelDeliveries>> {
        self.channels.get_mut(usize::from(number))?.take()
    }

    /// Remembers a message fetched from `queue` and returns its delivery tag.
    pub(crate) fn fetched(
        &mut self,
        number: u16,
        queue: &Arc<Queue>,
        held: Held,
        no_ack: bool,
    ) -> Option<u64> {
        let channel = self.channel(number)?;
        let slot = if no_ack { 0 } else { channel.slot_for_get(queue) };
        let at = moment(queue.context().clock.now());
        Some(channel.next_tag(Pending { tag: 0, slot, at, held }, no_ack))
    }
}

impl Recipient for Outbox {
    fn lock(&self) -> MappedMutexGuard<'_, dyn Deliveries> {
        MutexGuard::map(self.state.lock(), |state| state as &mut dyn Deliveries)
    }

    fn send(&self, effects: &mut Effects) {
        self.sink.flush(self, effects);
    }

    fn wake(&self) {
        self.sink.wake();
    }

    fn cancelled(&self, consumer: &Consumer) {
        let mut out = self.state.lock();
        let Some(channel) = out.channel(consumer.channel) else { return };
        channel.detach(consumer);
        if consumer.origin.cancel_notify {
            out.tell(|writer, out| writer.cancelled(out, &target_of(consumer)));
        }
    }
}

impl Deliveries for OutboxState {
    fn deliver(
        &mut self,
        consumer: &Consumer,
        most: u32,
        supply: &mut dyn FnMut(&mut dyn Turn),
    ) -> Option<Delivered> {
        if self.closed {
            return None;
        }
        let full = FULL.saturating_sub(self.in_flight);
        let is_full = self.outgoing.len() >= full;
        self.stalled |= is_full;
        let channel = self.channels.get_mut(usize::from(consumer.channel))?.as_deref_mut()?;
        let (credit, slot) = channel.begin_turn(consumer, is_full)?;
        let outgoing = &mut self.outgoing;
        let mut turn = ChannelTurn::new(&*self.writer, outgoing, slot, consumer, full, credit.min(most));
        supply(&mut turn);
        let count = turn.end();
        let to_send = count > 0 && !std::mem::replace(&mut self.annotated, true);
        Some(Delivered { count, to_send })
    }

    fn stall(&mut self, consumer: &Consumer) {
        self.stalled = true;
        if let Some(channel) = self.channel(consumer.channel) {
            channel.stall(consumer);
        }
    }
}

/// Where a consumer's deliveries go.
pub(crate) fn target_of(consumer: &Consumer) -> DeliveryTarget<'_> {
    DeliveryTarget { channel: consumer.channel, consumer_tag: &consumer.tag }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
