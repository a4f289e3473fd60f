//! Class 50, `queue`: declaring, binding, purging and deleting.

use super::class::class;
use crate::constants::CLASS_QUEUE;
use warren_model::value::Table;

class! {
    Queue, CLASS_QUEUE, 'a, Method<'a>;

    /// Client: there shall be such a queue.
    10 "queue.declare" Declare<'a> before(u16) {
        /// Its name; empty for one that the server makes up.
        queue: &'a str,
        /// Only ask whether it is there.
        passive: bool,
        /// It survives a restart.
        durable: bool,
        /// Only this connection may use it, and it goes with it.
        exclusive: bool,
        /// It goes with its last consumer.
        auto_delete: bool,
        /// No answer is wanted.
        nowait: bool,
        /// `x-message-ttl`, `x-max-length` and others.
        arguments: Table<'a>,
    }

    /// Server: there is.
    11 "queue.declare-ok" DeclareOk<'a> {
        /// Its name.
        queue: &'a str,
        /// Messages ready in it.
        message_count: u32,
        /// Consumers on it.
        consumer_count: u32,
    }

    /// Client: messages of an exchange go to the queue.
    20 "queue.bind" Bind<'a> before(u16) {
        /// The queue; empty for the last one declared on the channel.
        queue: &'a str,
        /// The exchange.
        exchange: &'a str,
        /// Which of them; what it means is up to the type of the exchange.
        routing_key: &'a str,
        /// No answer is wanted.
        nowait: bool,
        /// Which of them, for types that look at headers.
        arguments: Table<'a>,
    }

    /// Server: they do.
    21 "queue.bind-ok" BindOk {}

    /// Client: takes a binding back.
    50 "queue.unbind" Unbind<'a> before(u16) {
        /// The queue; empty for the last one declared on the channel.
        queue: &'a str,
        /// The exchange.
        exchange: &'a str,
        /// The key of the binding.
        routing_key: &'a str,
        /// The arguments of the binding.
        arguments: Table<'a>,
    }

    /// Server: it is taken back.
    51 "queue.unbind-ok" UnbindOk {}

    /// Client: removes all messages that are ready.
    30 "queue.purge" Purge<'a> before(u16) {
        /// The queue; empty for the last one declared on the channel.
        queue: &'a str,
        /// No answer is wanted.
        nowait: bool,
    }

    /// Server: they are removed.
    31 "queue.purge-ok" PurgeOk {
        /// How many there were.
        message_count: u32,
    }

    /// Client: there shall be no such queue.
    40 "queue.delete" Delete<'a> before(u16) {
        /// The queue; empty for the last one declared on the channel.
        queue: &'a str,
        /// Only if it has no consumers.
        if_unused: bool,
        /// Only if it has no messages.
        if_empty: bool,
        /// No answer is wanted.
        nowait: bool,
    }

    /// Server: there is none.
    41 "queue.delete-ok" DeleteOk {
        /// How many messages went with it.
        message_count: u32,
    }
}
