//! A channel for one request: the management API publishes and gets messages the way a client does, by the same
//! rules, but without a connection.

use std::sync::Arc;

use bytes::Bytes;
use warren_broker::channel::{Channel, Verdict};
use warren_broker::connections::{ChannelCounters, ChannelInfo};
use warren_broker::delivery::Outbox;
use warren_broker::effects::Effects;
use warren_broker::log::Durable;
use warren_broker::principal::Principal;
use warren_model::error::Error;
use warren_model::message::{OwnedMessage, StoredBody};
use warren_model::outgoing::{Fetched, Unheard};
use warren_model::properties::BasicProperties;

/// Its number; no other channel shares its outbox.
const CHANNEL: u16 = 1;

/// See the module's description. What was taken and not settled goes back when it is dropped.
pub struct ManagementChannel {
    principal: Arc<Principal>,
    channel: Channel,
    info: Arc<ChannelInfo>,
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
    pub fn open(principal: Principal) -> Self {
        let principal = Arc::new(principal);
        let outbox = Arc::new(Outbox::kept(Box::new(Unheard)));
        let info =
            ChannelInfo { number: CHANNEL, name: "management".into(), counters: ChannelCounters::default() };
        let info = Arc::new(info);
        let channel = Channel::new(Arc::clone(&principal), Arc::clone(&info), outbox, false);
        let effects = Effects::new(principal.broker().log_handle().clone());
        Self { principal, channel, info, effects, last_tag: 0 }
    }

    /// Publishes a message. The value tells whether a queue took it.
    pub fn publish(&mut self, message: &OwnedMessage) -> Result<Durable<bool>, Error> {
        // A commit is what tells when a message is durable.
        self.channel.select_transactions()?;
        self.channel.publish(&[message.as_message()], &mut self.effects)?;
        let committed = self.channel.commit(&mut self.effects);
        self.effects.finish();
        let returned = self.info.counters.return_unroutable.load(std::sync::atomic::Ordering::Relaxed);
        Ok(committed?.map(|()| returned == 0))
    }

    /// Takes the first ready message of a queue.
    pub fn take(&mut self, queue: &str) -> Result<Option<Taken>, Error> {
        let queue = self.principal.readable_queue(queue)?;
        queue.check_takes("basic.get")?;
        let mut found = None;
        self.channel.fetch(&queue, false, &mut self.effects, |_, tag, fetched| {
            found = Some((tag, read(fetched)));
        });
        let Some((tag, taken)) = found else { return Ok(None) };
        self.last_tag = tag;
        taken.map(Some)
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

/// A message as it was fetched.
fn read(fetched: &Fetched<'_>) -> Result<Taken, Error> {
    let message = &fetched.message;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let properties = BasicProperties::decode(message.shown());
    Ok(Taken {
        redelivered: fetched.redelivered,
        exchange: text(message.exchange),
        routing_key: text(message.routing_key),
        remaining: fetched.remaining,
        properties: properties.map_err(|_| Error::internal("a stored message cannot be read"))?,
        body: match message.body {
            StoredBody::Inline(body) => Bytes::copy_from_slice(body),
            StoredBody::Shared(body) => body.clone(),
        },
    })
}
