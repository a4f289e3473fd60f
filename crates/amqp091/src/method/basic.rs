//! Class 60, `basic`: publishing, consuming, getting and acknowledging, and RabbitMQ's nack.

use super::class::class;
use crate::constants::CLASS_BASIC;
use warren_model::value::Table;

class! {
    Basic, CLASS_BASIC, 'a, Method<'a>;

    /// Client: how much may be unacknowledged at a time.
    10 "basic.qos" Qos {
        /// Octets; RabbitMQ implements only 0, no limit.
        prefetch_size: u32,
        /// Messages; 0 is no limit.
        prefetch_count: u16,
        /// For the channel as a whole, instead of for each new consumer.
        global: bool,
    }

    /// Server: it is so.
    11 "basic.qos-ok" QosOk {}

    /// Client: wants the messages of a queue as they come.
    20 "basic.consume" Consume<'a> before(u16) {
        /// The queue; empty for the last one declared on the channel.
        queue: &'a str,
        /// The name of the consumer on its channel; empty for one that the server makes up.
        consumer_tag: &'a str,
        /// None that the same connection published; RabbitMQ ignores it.
        no_local: bool,
        /// A message is settled as soon as it is sent.
        no_ack: bool,
        /// No other consumer beside it.
        exclusive: bool,
        /// No answer is wanted.
        nowait: bool,
        /// `x-priority` and others.
        arguments: Table<'a>,
    }

    /// Server: they will come.
    21 "basic.consume-ok" ConsumeOk<'a> {
        /// The name of the consumer.
        consumer_tag: &'a str,
    }

    /// Either: the consumer ends. From the server, when its queue is gone (RabbitMQ).
    30 "basic.cancel" Cancel<'a> {
        /// The name of the consumer.
        consumer_tag: &'a str,
        /// No answer is wanted.
        nowait: bool,
    }

    /// Either: it has ended.
    31 "basic.cancel-ok" CancelOk<'a> {
        /// The name of the consumer.
        consumer_tag: &'a str,
    }

    /// Client: a message for an exchange; its content follows.
    40 "basic.publish" Publish<'a> before(u16) {
        /// The exchange; empty for the default one.
        exchange: &'a str,
        /// What the exchange routes by.
        routing_key: &'a str,
        /// Send it back if no queue takes it.
        mandatory: bool,
        /// Send it back if no consumer takes it at once; RabbitMQ does not implement it.
        immediate: bool,
    }

    /// Server: a message that could not be routed; its content follows.
    50 "basic.return" Return<'a> {
        /// Why, as a reply code.
        reply_code: u16,
        /// Why, in words.
        reply_text: &'a str,
        /// The exchange that it was published to.
        exchange: &'a str,
        /// The key that it was published with.
        routing_key: &'a str,
    }

    /// Server: a message for a consumer; its content follows.
    60 "basic.deliver" Deliver<'a> {
        /// The name of the consumer.
        consumer_tag: &'a str,
        /// The number of the delivery on its channel.
        delivery_tag: u64,
        /// It was delivered before.
        redelivered: bool,
        /// The exchange that it was published to.
        exchange: &'a str,
        /// The key that it was published with.
        routing_key: &'a str,
    }

    /// Client: wants one message.
    70 "basic.get" Get<'a> before(u16) {
        /// The queue; empty for the last one declared on the channel.
        queue: &'a str,
        /// The message is settled as soon as it is sent.
        no_ack: bool,
    }

    /// Server: here it is; its content follows.
    71 "basic.get-ok" GetOk<'a> {
        /// The number of the delivery on its channel.
        delivery_tag: u64,
        /// It was delivered before.
        redelivered: bool,
        /// The exchange that it was published to.
        exchange: &'a str,
        /// The key that it was published with.
        routing_key: &'a str,
        /// How many messages are left in the queue.
        message_count: u32,
    }

    /// Server: there is none.
    72 "basic.get-empty" GetEmpty {} after(&str)

    /// Client: the message is dealt with. From the server, a publisher confirm (RabbitMQ).
    80 "basic.ack" Ack {
        /// The number of the delivery, or of the publish.
        delivery_tag: u64,
        /// All up to it too.
        multiple: bool,
    }

    /// Client: does not take the message.
    90 "basic.reject" Reject {
        /// The number of the delivery.
        delivery_tag: u64,
        /// Put it back, rather than dead-letter or drop it.
        requeue: bool,
    }

    /// Client: redeliver what is unacknowledged; there is no answer.
    100 "basic.recover-async" RecoverAsync {
        /// To anyone, rather than to the same consumer.
        requeue: bool,
    }

    /// Client: redeliver what is unacknowledged.
    110 "basic.recover" Recover {
        /// To anyone, rather than to the same consumer.
        requeue: bool,
    }

    /// Server: it will be.
    111 "basic.recover-ok" RecoverOk {}

    /// Client: does not take one or several messages. From the server, a refusal to confirm (RabbitMQ).
    120 "basic.nack" Nack {
        /// The number of the delivery, or of the publish.
        delivery_tag: u64,
        /// All up to it too.
        multiple: bool,
        /// Put them back, rather than dead-letter or drop them.
        requeue: bool,
    }
}
