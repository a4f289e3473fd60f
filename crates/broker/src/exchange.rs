//! An exchange: its settings and the router that decides for it.

use std::sync::Arc;

use warren_model::value::FieldTable;

use crate::exchanges::Router;
use crate::keepers::{Duplicates, Keeper};
use crate::policies::Effective;
use crate::queues::arguments::Check as _;
use crate::queues::assert_arguments;
use warren_model::error::Error;

/// Names of the argument that names the alternate exchange: RabbitMQ's, and LavinMQ's.
const ALTERNATE: [&str; 2] = ["alternate-exchange", "x-alternate-exchange"];

/// Arguments of message deduplication, which queues take as well.
const DEDUPLICATION: [&str; 4] =
    ["x-message-deduplication", "x-cache-size", "x-cache-ttl", "x-deduplication-header"];

/// What an exchange is declared with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExchangeSettings {
    /// Name of its type: `direct`, `fanout`, `topic`, `headers`, or one that begins with `x-`.
    pub kind: String,
    /// Survives a restart of the node.
    pub durable: bool,
    /// Goes when its last binding goes.
    pub auto_delete: bool,
    /// Clients cannot publish to it, only other exchanges.
    pub internal: bool,
    /// Arguments of `exchange.declare`.
    pub arguments: FieldTable,
}

impl ExchangeSettings {
    /// Whether a declaration with `given` settings means the exchange that has these.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` naming what differs (AMQP 0-9-1, `exchange.declare`).
    pub(crate) fn assert_equivalent(&self, given: &Self, name: &str, vhost: &str) -> Result<(), Error> {
        if self.kind != given.kind {
            return Err(Error::inequivalent_type(name, vhost, &given.kind, &self.kind));
        }
        let flags = [
            ("durable", given.durable, self.durable),
            ("auto_delete", given.auto_delete, self.auto_delete),
            ("internal", given.internal, self.internal),
        ];
        for (key, received, current) in flags {
            if received != current {
                return Err(Error::inequivalent_flag(key, "exchange", name, vhost, received, current));
            }
        }
        let keys = &["alternate-exchange"];
        assert_arguments(keys, "exchange", name, vhost, &given.arguments, &self.arguments)
    }

    /// Name of the exchange that gets what this one routes nowhere.
    pub fn alternate(&self) -> Option<&str> {
        ALTERNATE.iter().find_map(|name| self.arguments.get(name)).and_then(|value| value.as_str())
    }

    /// Checks the arguments that exchanges of all types take.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` naming one whose value is bad.
    pub(crate) fn check_arguments(&self, exchange: &str, vhost: &str) -> Result<(), Error> {
        for name in ALTERNATE {
            if let Some(value) = self.arguments.get(name).filter(|value| value.as_str().is_none()) {
                return Err(Error::invalid_argument_type(value, name, "exchange", exchange, vhost));
            }
        }
        for name in DEDUPLICATION {
            if let (Some(value), Some(argument)) = (self.arguments.get(name), warren_arguments::find(name)) {
                let checked = argument.takes.check(value);
                checked.map_err(|why| Error::invalid_argument(name, "exchange", exchange, vhost, why))?;
            }
        }
        Ok(())
    }
}

/// An exchange.
pub struct Exchange {
    /// Its name; the default exchange's is empty.
    pub name: Arc<str>,
    /// What it was declared with.
    pub settings: ExchangeSettings,
    pub(crate) effective: Option<Arc<Effective>>,
    pub(crate) router: Box<dyn Router>,
    pub(crate) keeper: Option<Keeper>,
    /// What it drops because it came before, if it does.
    pub duplicates: Option<Arc<Duplicates>>,
}

impl Exchange {
    /// Name of the exchange that gets what this one routes nowhere: what its arguments say, else what a policy says.
    pub fn alternate(&self) -> Option<&str> {
        let of_policy = || self.effective.as_ref()?.definition.get("alternate-exchange")?.as_str();
        self.settings.alternate().or_else(of_policy)
    }

    /// The policies that apply to it.
    pub fn policy(&self) -> Option<&Arc<Effective>> {
        self.effective.as_ref()
    }
}
