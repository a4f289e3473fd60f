//! A channel for one request: the management API publishes and gets messages the way a client does, by the same
//! rules, but without a connection.

use std::sync::Arc;

use bytes::Bytes;
use warren_amqp091::frame::{FrameKind, decode_frame};
use warren_broker::actor::Actor;
use warren_broker::channel::{Channel, Verdict};
use warren_broker::connections::{ChannelCounters, ChannelInfo};
use warren_broker::effects::Effects;
use warren_broker::journal::Durable;
use warren_broker::outbox::{Outbox, Outgoing};
use warren_model::error::Error;
use warren_model::message::OwnedMessage;
use warren_model::properties::BasicProperties;

/// Its number; no other channel shares its outbox.
const CHANNEL: u16 = 1;
/// Bytes of a content header before its properties (AMQP 0-9-1, 4.2.6.1).
const HEADER_PREFIX: usize = 12;

/// See the module's description. What was taken and not settled goes back when it is dropped.
pub struct ManagementChannel {
    actor: Arc<Actor>,
    channel: Channel,
    info: Arc<ChannelInfo>,
    outbox: Arc<Outbox>,
    effects: Effects,
    last_tag: u64,
}

/// A message that was taken out of a queue.
#[derive(Debug)]
pub struct Taken {
    /// Whether it was delivered before.
    pub redelivered: bool,
    /// The exchange that it was published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// Messages that are still ready.
    pub remaining: u64,
    /// Its properties.
    pub properties: BasicProperties,
    /// Its body.
    pub body: Bytes,
}

impl ManagementChannel {
    /// Opens it for somebody.
    pub fn open(actor: Actor) -> Self {
        let actor = Arc::new(actor);
        let outbox = Arc::new(Outbox::kept());
        // A body comes in one piece.
        outbox.lock().set_frame_max(u32::MAX);
        let info =
            ChannelInfo { number: CHANNEL, name: "management".into(), counters: ChannelCounters::default() };
        let info = Arc::new(info);
        let channel = Channel::new(Arc::clone(&actor), Arc::clone(&info), Arc::clone(&outbox), false);
        let effects = Effects::new(actor.broker().journal().clone());
        Self { actor, channel, info, outbox, effects, last_tag: 0 }
    }

    /// Publishes a message. The value tells whether a queue took it.
    pub fn publish(&mut self, message: &OwnedMessage) -> Result<Durable<bool>, Error> {
        // A commit is what tells when a message is durable.
        self.channel.select_transactions()?;
        self.channel.publish(&[message.as_message()], &mut self.effects)?;
        let committed = self.channel.commit(&mut self.effects);
        self.effects.finish();
        let returned = self.info.counters.return_unroutable.load(std::sync::atomic::Ordering::Relaxed);
        self.outbox.take(Outgoing::default());
        Ok(committed?.map(|()| returned == 0))
    }

    /// Takes the first ready message of a queue.
    pub fn take(&mut self, queue: &str) -> Result<Option<Taken>, Error> {
        let queue = self.actor.readable_queue(queue)?;
        queue.check_takes("basic.get")?;
        let mut found = None;
        queue.get(&self.outbox, CHANNEL, false, &mut self.effects, |_, fetched, exchange, routing_key| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            found = Some((fetched, text(exchange), text(routing_key)));
        });
        let content = self.outbox.take(Outgoing::default());
        let Some((fetched, exchange, routing_key)) = found else { return Ok(None) };
        self.last_tag = fetched.delivery_tag;
        let (properties, body) =
            read(content).ok_or_else(|| Error::internal("a stored message cannot be read"))?;
        let (redelivered, remaining) = (fetched.redelivered, fetched.remaining);
        Ok(Some(Taken { redelivered, exchange, routing_key, remaining, properties, body }))
    }

    /// Takes the first ready message of a queue for good.
    pub fn take_one(&mut self, queue: &str) -> Result<Option<Taken>, Error> {
        let taken = self.take(queue)?;
        // What was taken and put back by a crash is taken again: nothing waits for the log.
        let _ = self.settle(Verdict::Ack)?;
        Ok(taken)
    }

    /// Settles everything that was taken.
    pub fn settle(&mut self, verdict: Verdict) -> Result<Durable<()>, Error> {
        let tag = std::mem::take(&mut self.last_tag);
        if tag != 0 {
            self.channel.settle(tag, true, verdict, &mut self.effects)?;
        }
        let position = self.effects.append()?;
        self.effects.finish();
        Ok(Durable { value: (), position })
    }
}

impl Drop for ManagementChannel {
    fn drop(&mut self) {
        self.channel.close(&mut self.effects);
        self.effects.finish();
    }
}

/// Properties and body from the frames that the queue wrote: a header, and a body if it is not empty. A large body
/// lies beside the frames.
fn read(content: Outgoing) -> Option<(BasicProperties, Bytes)> {
    let (header, length) = decode_frame(&content.bytes, 0).ok()??;
    let properties = BasicProperties::decode(header.payload.get(HEADER_PREFIX..)?).ok()?;
    if let Some((_, body)) = content.shared.into_iter().next() {
        return Some((properties, body));
    }
    let body = match decode_frame(content.bytes.get(length..)?, 0).ok()? {
        Some((frame, _)) if frame.kind == FrameKind::Body => Bytes::copy_from_slice(frame.payload),
        _ => Bytes::new(),
    };
    Some((properties, body))
}
