//! An exchange: its settings, the router that decides for it, and what it keeps.

use std::sync::Arc;

pub use crate::exchanges::ExchangeSettings;
use crate::exchanges::{ExchangeState, Filter, Router};
use crate::queues::assert_arguments;
use crate::queues::rules::Effective;
use warren_model::error::Error;

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
}

/// An exchange.
pub struct Exchange {
    /// Its name; the default exchange's is empty.
    pub name: Arc<str>,
    /// What it was declared with.
    pub settings: ExchangeSettings,
    pub(crate) effective: Option<Arc<Effective>>,
    pub(crate) router: Box<dyn Router>,
    /// What it keeps messages with, if it does.
    pub(crate) state: Option<Arc<dyn ExchangeState>>,
    /// What drops messages that are published to it, if anything does.
    pub(crate) filter: Option<Arc<dyn Filter>>,
}

impl Exchange {
    /// Name of the exchange that gets what this one routes nowhere: what its arguments say, else what a policy says.
    pub fn alternate(&self) -> Option<&str> {
        let of_policy = || self.effective.as_ref()?.definition.get("alternate-exchange")?.as_str();
        self.settings.alternate().or_else(of_policy)
    }

    /// How many messages wait for their time at it; `None` if it lets none wait.
    pub fn delayed(&self) -> Option<u64> {
        self.state.as_ref()?.waiting()
    }

    /// How many messages it dropped of those that were published to it; `None` if it drops none.
    pub fn dropped(&self) -> Option<u64> {
        self.filter.as_ref().map(|filter| filter.dropped())
    }

    /// Number of the queue in which it keeps messages, if it does.
    pub(crate) fn store(&self) -> Option<u64> {
        self.state.as_ref().map(|state| state.store().id)
    }

    /// The policies that apply to it.
    pub fn policy(&self) -> Option<&Arc<Effective>> {
        self.effective.as_ref()
    }
}
