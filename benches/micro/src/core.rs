//! A broker without sockets, disk and log, and a client with one channel.

use std::sync::Arc;

use warren_amqp091::client_writer::FrameWriter;
use warren_amqp091::content::write_content;
use warren_broker::channel::Channel;
use warren_broker::connections::{ChannelCounters, ChannelInfo};
use warren_broker::delivery::Outbox;
use warren_broker::effects::Effects;
use warren_broker::log::LogHandle;
use warren_broker::principal::Principal;
use warren_broker::queues::{ConsumerSettings, QueueSettings};
use warren_broker::state::node::broker::{Broker, BrokerSettings};
use warren_model::message::{Body, Message};
use warren_model::outgoing::Outgoing;

/// The only queue.
const QUEUE: &str = "bench.queue";

/// As many messages as the server takes at once.
const RUN: u64 = 128;

/// See the module's description.
pub(crate) struct Core {
    principal: Arc<Principal>,
    channel: Channel,
    effects: Effects,
    outbox: Arc<Outbox>,
    sent: Outgoing,
    /// The content of every message.
    frames: Vec<u8>,
    tag: u64,
}

impl Core {
    /// A broker with one transient queue.
    pub(crate) fn new() -> Self {
        let broker = Arc::new(Broker::new(
            BrokerSettings::default(),
            LogHandle::default(),
            Box::new(|bytes: &mut [u8]| bytes.fill(7)),
        ));
        let _ = broker.create_defaults().unwrap();
        let vhost = broker.vhost("/").unwrap();
        let principal = Arc::new(Principal::client(Arc::clone(&broker), vhost, "guest".into(), 1));
        let outbox = Arc::new(Outbox::kept(Box::new(FrameWriter::new(131_072))));
        let info = ChannelInfo { number: 1, name: "".into(), counters: ChannelCounters::default() };
        let channel = Channel::new(Arc::clone(&principal), Arc::new(info), Arc::clone(&outbox), true);
        let _ = principal.declare_queue(QUEUE, QueueSettings::default()).unwrap();
        let effects = Effects::new(broker.log_handle().clone());
        let mut frames = Vec::new();
        write_content(&mut frames, 1, 131_072, &[0, 0], &[7; 16]);
        Self { principal, channel, effects, outbox, sent: Outgoing::default(), frames, tag: 0 }
    }

    /// Starts a consumer.
    pub(crate) fn consume(mut self, no_ack: bool) -> Self {
        let settings = ConsumerSettings { tag: "ctag1.0".into(), no_ack, ..ConsumerSettings::default() };
        self.channel.consume(QUEUE, settings, true, &mut self.effects).unwrap();
        self
    }

    /// Limits the deliveries that wait for their acknowledgement, of consumers that start later.
    pub(crate) fn prefetch(mut self, count: u16) -> Self {
        self.channel.set_prefetch(count, false, &mut self.effects);
        self
    }

    /// Publishes, in runs as the server makes them of what it reads.
    pub(crate) fn publish(&mut self, messages: u64) {
        let message = Message {
            exchange: "",
            routing_key: QUEUE,
            properties: &[0, 0],
            body: Body::Inline(&[7; 16]),
            frames: &self.frames,
            persistent: false,
            mandatory: false,
            annotated: false,
        };
        let run = vec![message; messages.min(RUN) as usize];
        let mut left = messages;
        while left > 0 {
            let count = left.min(RUN);
            self.channel.publish(&run[..count as usize], &mut self.effects).unwrap();
            left -= count;
        }
        self.effects.finish();
    }

    /// Fetches, without acknowledging.
    pub(crate) fn get(&mut self, messages: u64) {
        for _ in 0..messages {
            self.channel.get(QUEUE, true, &mut self.effects).unwrap();
        }
        self.effects.finish();
    }

    /// Acknowledges one by one what was delivered, as it comes in one read.
    pub(crate) fn ack(&mut self, messages: u64) {
        let first = self.tag + 1;
        self.tag += messages;
        self.channel.ack_each(first..=self.tag, &mut self.effects).unwrap();
        self.channel.apply_acks(&mut self.effects);
        self.effects.finish();
    }

    /// Puts frames of the size of an answer into the outbox.
    pub(crate) fn answer(&mut self) {
        self.outbox.lock().bytes().extend_from_slice(&self.frames);
    }

    /// Takes what is to be sent; how many octets it is.
    pub(crate) fn flush(&mut self) -> usize {
        self.sent = self.outbox.take(std::mem::take(&mut self.sent));
        self.outbox.sent(self.sent.len());
        self.sent.len()
    }

    /// Drops what rests in the queue; how many messages there were.
    pub(crate) fn purge(&mut self) -> u64 {
        let purged = self.principal.purge_queue(QUEUE, &mut self.effects).unwrap();
        self.effects.finish();
        purged
    }
}
