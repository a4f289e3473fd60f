//! An exchange: its settings and the router that decides for it.

use std::sync::Arc;

use warren_protocol::value::FieldTable;

use crate::error::Error;
use crate::exchanges::Router;
use crate::policies::Effective;
use crate::queues::assert_arguments;

/// Names of the argument that names the alternate exchange: RabbitMQ's, and LavinMQ's.
const ALTERNATE: [&str; 2] = ["alternate-exchange", "x-alternate-exchange"];

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
    /// Name of the exchange that gets what this one routes nowhere.
    pub fn alternate(&self) -> Option<&str> {
        ALTERNATE.iter().find_map(|name| self.arguments.get(name)).and_then(|value| value.as_str())
    }

    /// Whether that is a name, if it is given.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if it is not.
    pub(crate) fn check_alternate(&self, exchange: &str, vhost: &str) -> Result<(), Error> {
        for name in ALTERNATE {
            if let Some(value) = self.arguments.get(name).filter(|value| value.as_str().is_none()) {
                return Err(Error::invalid_argument_type(value, name, "exchange", exchange, vhost));
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
}

impl Exchange {
    /// Whether a declaration with `settings` means this exchange.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` naming what differs (AMQP 0-9-1, `exchange.declare`).
    pub fn assert_equivalent(&self, settings: &ExchangeSettings, vhost: &str) -> Result<(), Error> {
        let ours = &self.settings;
        if ours.kind != settings.kind {
            return Err(Error::inequivalent_type(&self.name, vhost, &settings.kind, &ours.kind));
        }
        let flags = [
            ("durable", settings.durable, ours.durable),
            ("auto_delete", settings.auto_delete, ours.auto_delete),
            ("internal", settings.internal, ours.internal),
        ];
        for (key, received, current) in flags {
            if received != current {
                return Err(Error::inequivalent_flag(key, "exchange", &self.name, vhost, received, current));
            }
        }
        let keys = &["alternate-exchange"];
        assert_arguments(keys, "exchange", &self.name, vhost, &settings.arguments, &ours.arguments)
    }

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
