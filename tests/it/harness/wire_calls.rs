//! The calls that nearly every test makes on a [`Wire`], each waiting for its answer.

use amq_protocol::frame::AMQPFrame;
use amq_protocol::protocol::{AMQPClass, basic, channel, confirm, exchange, queue, tx};
use amq_protocol::types::FieldTable;

use super::wire::{Message, Wire, bytes_of};

/// The answer to a get that found something.
#[derive(Clone, Debug, PartialEq)]
pub struct Got {
    /// Delivery tag, redelivered flag, exchange, routing key, messages left.
    pub method: basic::GetOk,
    /// The message.
    pub message: Message,
}

macro_rules! expect {
    ($wire:expr, $channel:expr, $class:ident, $module:ident :: $call:ident ($value:expr) => $answer:ident) => {
        match $wire.call($channel, AMQPClass::$class($module::AMQPMethod::$call($value))) {
            AMQPClass::$class($module::AMQPMethod::$answer(answer)) => answer,
            other => panic!("not {}: {other:?}", stringify!($answer)),
        }
    };
}

impl Wire {
    /// Opens a channel.
    #[track_caller]
    pub fn open(&mut self, channel: u16) {
        expect!(self, channel, Channel, channel::Open(channel::Open {}) => OpenOk);
    }

    /// Closes a channel.
    #[track_caller]
    pub fn close(&mut self, channel: u16) {
        let close = channel::Close { reply_code: 200, ..channel::Close::default() };
        expect!(self, channel, Channel, channel::Close(close) => CloseOk);
    }

    /// Declares a queue.
    #[track_caller]
    pub fn declare(&mut self, channel: u16, declare: queue::Declare) -> queue::DeclareOk {
        expect!(self, channel, Queue, queue::Declare(declare) => DeclareOk)
    }

    /// Declares a transient, shared queue.
    #[track_caller]
    pub fn declare_queue(&mut self, channel: u16, name: &str) {
        let declare = queue::Declare { queue: name.into(), ..queue::Declare::default() };
        assert_eq!(self.declare(channel, declare).queue.as_str(), name);
    }

    /// Messages that a queue has ready, and its consumers, by a passive declare.
    #[track_caller]
    pub fn counts(&mut self, channel: u16, queue: &str) -> (u32, u32) {
        let declare = queue::Declare { queue: queue.into(), passive: true, ..queue::Declare::default() };
        let answer = self.declare(channel, declare);
        (answer.message_count, answer.consumer_count)
    }

    /// Declares an exchange.
    #[track_caller]
    pub fn declare_exchange(&mut self, channel: u16, name: &str, kind: &str) {
        let declare =
            exchange::Declare { exchange: name.into(), kind: kind.into(), ..exchange::Declare::default() };
        expect!(self, channel, Exchange, exchange::Declare(declare) => DeclareOk);
    }

    /// Binds a queue.
    #[track_caller]
    pub fn bind(&mut self, channel: u16, queue: &str, exchange: &str, key: &str, arguments: FieldTable) {
        let bind = queue::Bind {
            queue: queue.into(),
            exchange: exchange.into(),
            routing_key: key.into(),
            nowait: false,
            arguments,
        };
        expect!(self, channel, Queue, queue::Bind(bind) => BindOk);
    }

    /// Publishes; nothing is waited for.
    pub fn publish(&mut self, channel: u16, exchange: &str, key: &str, body: &[u8]) {
        let publish = basic::Publish {
            exchange: exchange.into(),
            routing_key: key.into(),
            ..basic::Publish::default()
        };
        self.publish_with(channel, publish, basic::AMQPProperties::default(), body);
    }

    /// Publishes with flags and properties; nothing is waited for.
    pub fn publish_with(
        &mut self,
        channel: u16,
        publish: basic::Publish,
        properties: basic::AMQPProperties,
        body: &[u8],
    ) {
        self.send(channel, AMQPClass::Basic(basic::AMQPMethod::Publish(publish)));
        self.send_content(channel, properties, body);
    }

    /// Publishes messages to a queue through the default exchange, all in one write; nothing is waited for.
    pub fn burst(
        &mut self,
        channel: u16,
        queue: &str,
        properties: &basic::AMQPProperties,
        bodies: &[String],
    ) {
        let publish = basic::Publish { routing_key: queue.into(), ..basic::Publish::default() };
        let method = AMQPFrame::Method(channel, AMQPClass::Basic(basic::AMQPMethod::Publish(publish)));
        let mut bytes = Vec::new();
        for body in bodies {
            bytes.extend(bytes_of(&method));
            bytes.extend(self.content_bytes(channel, properties.clone(), body.as_bytes()));
        }
        self.write(&bytes);
    }

    /// Publishes texts to a queue through the default exchange, and waits until the queue has them. A channel of its own
    /// with confirms does it, so that the test's channels stay as they are.
    #[track_caller]
    pub fn fill(&mut self, queue: &str, bodies: &[&str]) {
        const CHANNEL: u16 = 1000;
        self.open(CHANNEL);
        self.confirm_select(CHANNEL);
        for body in bodies {
            self.publish(CHANNEL, "", queue, body.as_bytes());
        }
        self.await_confirm(CHANNEL, bodies.len() as u64);
        self.close(CHANNEL);
    }

    /// Waits until the server has confirmed everything up to `delivery_tag`, nothing being confirmed yet.
    #[track_caller]
    pub fn await_confirm(&mut self, channel: u16, delivery_tag: u64) {
        self.await_confirms(channel, 1..=delivery_tag);
    }

    /// Waits until the server has confirmed these delivery tags. Its confirms may come one by one, in any order, or for
    /// several at once.
    #[track_caller]
    pub fn await_confirms(&mut self, channel: u16, delivery_tags: std::ops::RangeInclusive<u64>) {
        let mut open: std::collections::BTreeSet<u64> = delivery_tags.collect();
        while !open.is_empty() {
            match self.method(channel) {
                AMQPClass::Basic(basic::AMQPMethod::Ack(ack)) if ack.multiple => {
                    open.retain(|tag| *tag > ack.delivery_tag);
                }
                AMQPClass::Basic(basic::AMQPMethod::Ack(ack)) => {
                    open.remove(&ack.delivery_tag);
                }
                other => panic!("not a confirm: {other:?}"),
            }
        }
    }

    /// Asks for publisher confirms.
    #[track_caller]
    pub fn confirm_select(&mut self, channel: u16) {
        expect!(self, channel, Confirm, confirm::Select(confirm::Select { nowait: false }) => SelectOk);
    }

    /// Makes the channel transactional.
    #[track_caller]
    pub fn tx_select(&mut self, channel: u16) {
        expect!(self, channel, Tx, tx::Select(tx::Select {}) => SelectOk);
    }

    /// Commits.
    #[track_caller]
    pub fn tx_commit(&mut self, channel: u16) {
        expect!(self, channel, Tx, tx::Commit(tx::Commit {}) => CommitOk);
    }

    /// Rolls back.
    #[track_caller]
    pub fn tx_rollback(&mut self, channel: u16) {
        expect!(self, channel, Tx, tx::Rollback(tx::Rollback {}) => RollbackOk);
    }

    /// Limits the messages that may be unacknowledged: per consumer, or with `global` per channel.
    #[track_caller]
    pub fn qos(&mut self, channel: u16, prefetch_count: u16, global: bool) {
        let qos = basic::Qos { prefetch_count, global };
        expect!(self, channel, Basic, basic::Qos(qos) => QosOk);
    }

    /// Starts a consumer with the tag given; messages must be acknowledged.
    #[track_caller]
    pub fn consume(&mut self, channel: u16, queue: &str, tag: &str) {
        let consume =
            basic::Consume { queue: queue.into(), consumer_tag: tag.into(), ..basic::Consume::default() };
        assert_eq!(self.consume_with(channel, consume), tag);
    }

    /// Starts a consumer and gives its tag.
    #[track_caller]
    pub fn consume_with(&mut self, channel: u16, consume: basic::Consume) -> String {
        let answer = expect!(self, channel, Basic, basic::Consume(consume) => ConsumeOk);
        answer.consumer_tag.as_str().to_owned()
    }

    /// Ends a consumer.
    #[track_caller]
    pub fn cancel(&mut self, channel: u16, tag: &str) {
        let cancel = basic::Cancel { consumer_tag: tag.into(), nowait: false };
        let answer = expect!(self, channel, Basic, basic::Cancel(cancel) => CancelOk);
        assert_eq!(answer.consumer_tag.as_str(), tag);
    }

    /// Takes one message from a queue.
    #[track_caller]
    pub fn get(&mut self, channel: u16, queue: &str, no_ack: bool) -> Option<Got> {
        use super::Arrival;
        let get = basic::Get { queue: queue.into(), no_ack };
        self.send(channel, AMQPClass::Basic(basic::AMQPMethod::Get(get)));
        let found = |message: &Message| matches!(message.method, basic::AMQPMethod::GetOk(_));
        match self.take_or_await(
            channel,
            |arrival| matches!(arrival, Arrival::Message(on, message) if *on == channel && found(message)),
        ) {
            Arrival::Method(on, AMQPClass::Basic(basic::AMQPMethod::GetEmpty(_))) if on == channel => None,
            Arrival::Message(on, message) if on == channel => match message.method.clone() {
                basic::AMQPMethod::GetOk(method) => Some(Got { method, message: *message }),
                other => panic!("not get-ok: {other:?}"),
            },
            other => panic!("not the answer to a get: {other:?}"),
        }
    }

    /// Takes one message from a queue that must have one, to be acknowledged: tag, redelivered flag and body.
    #[track_caller]
    pub fn take(&mut self, channel: u16, queue: &str) -> (u64, bool, String) {
        let got = self.get(channel, queue, false).unwrap_or_else(|| panic!("{queue} is empty"));
        (got.method.delivery_tag, got.method.redelivered, got.message.text().to_owned())
    }

    /// Acknowledges; nothing is waited for.
    pub fn ack(&mut self, channel: u16, delivery_tag: u64, multiple: bool) {
        let ack = basic::Ack { delivery_tag, multiple };
        self.send(channel, AMQPClass::Basic(basic::AMQPMethod::Ack(ack)));
    }

    /// Refuses; nothing is waited for.
    pub fn nack(&mut self, channel: u16, delivery_tag: u64, multiple: bool, requeue: bool) {
        let nack = basic::Nack { delivery_tag, multiple, requeue };
        self.send(channel, AMQPClass::Basic(basic::AMQPMethod::Nack(nack)));
    }

    /// Refuses one; nothing is waited for.
    pub fn reject(&mut self, channel: u16, delivery_tag: u64, requeue: bool) {
        let reject = basic::Reject { delivery_tag, requeue };
        self.send(channel, AMQPClass::Basic(basic::AMQPMethod::Reject(reject)));
    }

    /// Asks for everything unacknowledged on the channel to be delivered again.
    #[track_caller]
    pub fn recover(&mut self, channel: u16) {
        expect!(self, channel, Basic, basic::Recover(basic::Recover { requeue: true }) => RecoverOk);
    }

    /// The next `count` deliveries on the channel, as texts.
    #[track_caller]
    pub fn texts(&mut self, channel: u16, count: usize) -> Vec<String> {
        (0..count).map(|_| self.message(channel).text().to_owned()).collect()
    }
}
