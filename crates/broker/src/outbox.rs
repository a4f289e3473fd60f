//! What waits to be sent to one client, with the delivery state of its channels.
//!
//! A publisher's task appends deliveries here while it holds the queue's lock, and whoever ends a batch asks the
//! [`Sink`] to write. So delivery tags, credit and bytes have one lock, and a message needs no task switch.

use std::sync::Arc;
use warren_model::message::{Stored, StoredBody};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use warren_amqp091::constants::{FRAME_END, FRAME_OVERHEAD};
use warren_amqp091::content::{write_body_start, write_content, write_content_header};

use crate::deliveries::{ChannelDeliveries, Oldest, Pending, moment};
use crate::effects::Effects;
use crate::lane::Lane;
use crate::queues::{Consumer, Queue, Taken};

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

/// Bytes on their way out: a buffer, and large bodies that are sent from where they lie.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// Frames, without the parts in `shared`.
    pub bytes: Vec<u8>,
    /// Large parts, each with the position in `bytes` before which it belongs.
    pub shared: Vec<(usize, Bytes)>,
    /// Length of all parts in `shared`.
    shared_len: usize,
}

impl Outgoing {
    /// Bytes to send.
    pub fn len(&self) -> usize {
        self.bytes.len() + self.shared_len
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, keeping the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.shared.clear();
        self.shared_len = 0;
    }

    fn push_shared(&mut self, part: Bytes) {
        self.shared_len += part.len();
        self.shared.push((self.bytes.len(), part));
    }

    /// Appends header and body frames of a message, cut to `frame_max` (bytes; 0 is no limit).
    #[inline]
    pub(crate) fn write_stored(&mut self, channel: u16, frame_max: u32, message: &Stored<'_>) {
        match message.body {
            StoredBody::Inline(body) => {
                write_content(&mut self.bytes, channel, frame_max, message.shown(), body);
            }
            StoredBody::Shared(body) => self.write_shared(channel, frame_max, message.shown(), body),
        }
    }

    fn write_shared(&mut self, channel: u16, frame_max: u32, properties: &[u8], body: &Bytes) {
        write_content_header(&mut self.bytes, channel, properties, body.len() as u64);
        let piece = (frame_max as usize).saturating_sub(FRAME_OVERHEAD).max(1);
        let mut start = 0;
        while start < body.len() {
            let end = (start + piece).min(body.len());
            write_body_start(&mut self.bytes, channel, end - start);
            self.push_shared(body.slice(start..end));
            self.bytes.push(FRAME_END);
            start = end;
        }
    }
}

/// See the module's description.
pub struct Outbox {
    state: Mutex<OutboxState>,
    sink: Box<dyn Sink>,
}

/// The state behind an outbox's lock.
pub struct OutboxState {
    outgoing: Outgoing,
    channels: Vec<Option<Box<ChannelDeliveries>>>,
    frame_max: u32,
    /// Bytes taken by the sink that the socket has not taken yet.
    in_flight: usize,
    /// A consumer was refused because of `FULL`.
    stalled: bool,
    /// Noted for a flush that has not started.
    noted: bool,
    closed: bool,
}

impl Outbox {
    /// An outbox whose bytes go to `sink`.
    pub fn new(sink: Box<dyn Sink>) -> Self {
        let state = OutboxState {
            outgoing: Outgoing::default(),
            channels: Vec::new(),
            frame_max: 4096,
            in_flight: 0,
            stalled: false,
            noted: false,
            closed: false,
        };
        Self { state: Mutex::new(state), sink }
    }

    /// An outbox whose bytes stay until they are [taken](Self::take), and whose stalled consumers until they are asked for: that of a
    /// client without a socket.
    pub fn kept() -> Self {
        Self::new(Box::new(Nobody))
    }

    /// Locks the state. Never take a queue's lock while holding it.
    pub fn lock(&self) -> MutexGuard<'_, OutboxState> {
        self.state.lock()
    }

    /// Sends what waits, as far as the client takes it. No lock may be held.
    pub fn send(&self, effects: &mut Effects) {
        self.sink.flush(self, effects);
    }

    /// Consumers were stalled with [`OutboxState::stall`]: their client's own task will serve them.
    pub fn wake(&self) {
        self.sink.wake();
    }

    /// Swaps what waits against an empty buffer. The caller sends it and then calls [`sent`](Self::sent).
    pub fn take(&self, mut empty: Outgoing) -> Outgoing {
        empty.clear();
        let mut state = self.state.lock();
        state.noted = false;
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

    /// Largest frame that the client accepts, in bytes (`connection.tune-ok`).
    pub fn set_frame_max(&mut self, frame_max: u32) {
        self.frame_max = frame_max;
    }

    /// Whether the outbox has to be flushed by whoever asks; `false` if somebody was told already.
    pub fn note(&mut self) -> bool {
        !std::mem::replace(&mut self.noted, true)
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

    /// The way of deliveries to `consumer`, if a message may go to it now. If not, it is marked and will be resumed.
    pub(crate) fn lane<'o>(&'o mut self, consumer: &'o Consumer) -> Option<Lane<'o>> {
        if self.closed {
            return None;
        }
        let full = FULL.saturating_sub(self.in_flight);
        let is_full = self.outgoing.len() >= full;
        self.stalled |= is_full;
        let channel = self.channels.get_mut(usize::from(consumer.channel))?.as_deref_mut()?;
        let credit = Some(channel.credit(consumer, is_full)).filter(|credit| *credit > 0)?;
        let frame = channel.take_frame(consumer.slot);
        let at = if consumer.no_ack { 0 } else { moment(consumer.queue.home().clock.now()) };
        let (outgoing, frame_max, tag) = (&mut self.outgoing, self.frame_max, channel.last_tag());
        Some(Lane {
            outgoing,
            channel,
            consumer,
            frame,
            frame_max,
            full,
            credit,
            at,
            tag,
            sent: 0,
            head: None,
        })
    }

    /// Whoever may be busy elsewhere leaves `consumer` to its client's own task: see [`Outbox::wake`].
    pub fn stall(&mut self, consumer: &Consumer) {
        self.stalled = true;
        if let Some(channel) = self.channel(consumer.channel) {
            channel.stall(consumer);
        }
    }

    /// Remembers a message fetched with `basic.get` and returns its delivery tag.
    pub fn fetched(&mut self, number: u16, queue: &Arc<Queue>, taken: &Taken, no_ack: bool) -> Option<u64> {
        let channel = self.channel(number)?;
        let slot = if no_ack { 0 } else { channel.slot_for_get(queue) };
        let at = moment(queue.home().clock.now());
        Some(channel.next_tag(Pending { tag: 0, slot, at, held: taken.held }, no_ack))
    }

    /// Appends header and body frames of a message.
    pub fn write_stored(&mut self, channel: u16, message: &Stored<'_>) {
        self.outgoing.write_stored(channel, self.frame_max, message);
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
