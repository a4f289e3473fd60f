//! Class 40, `exchange`: declaring and deleting, and RabbitMQ's binding of exchanges to exchanges.

use super::class::class;
use crate::constants::CLASS_EXCHANGE;
use warren_model::value::Table;

class! {
    Exchange, CLASS_EXCHANGE, 'a, Method<'a>;

    /// Client: there shall be such an exchange.
    10 "exchange.declare" Declare<'a> before(u16) {
        /// Its name.
        exchange: &'a str,
        /// Its type: `direct`, `fanout`, `topic`, `headers` …
        type_: &'a str,
        /// Only ask whether it is there.
        passive: bool,
        /// It survives a restart.
        durable: bool,
        /// It goes when its last binding goes.
        auto_delete: bool,
        /// Only exchanges may publish to it (RabbitMQ).
        internal: bool,
        /// No answer is wanted.
        nowait: bool,
        /// `alternate-exchange` and others.
        arguments: Table<'a>,
    }

    /// Server: there is.
    11 "exchange.declare-ok" DeclareOk {}

    /// Client: there shall be no such exchange.
    20 "exchange.delete" Delete<'a> before(u16) {
        /// Its name.
        exchange: &'a str,
        /// Only if nothing is bound to it.
        if_unused: bool,
        /// No answer is wanted.
        nowait: bool,
    }

    /// Server: there is none.
    21 "exchange.delete-ok" DeleteOk {}

    /// Client: messages of one exchange go on to another (RabbitMQ).
    30 "exchange.bind" Bind<'a> before(u16) {
        /// The exchange that gets them.
        destination: &'a str,
        /// The exchange that they come from.
        source: &'a str,
        /// Which of them; what it means is up to the type of the source.
        routing_key: &'a str,
        /// No answer is wanted.
        nowait: bool,
        /// Which of them, for types that look at headers.
        arguments: Table<'a>,
    }

    /// Server: they do.
    31 "exchange.bind-ok" BindOk {}

    /// Client: takes a binding back (RabbitMQ).
    40 "exchange.unbind" Unbind<'a> before(u16) {
        /// The exchange that got them.
        destination: &'a str,
        /// The exchange that they came from.
        source: &'a str,
        /// The key of the binding.
        routing_key: &'a str,
        /// No answer is wanted.
        nowait: bool,
        /// The arguments of the binding.
        arguments: Table<'a>,
    }

    /// Server: it is taken back.
    51 "exchange.unbind-ok" UnbindOk {}
}
