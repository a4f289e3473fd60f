//! What an exchange is declared with.

use warren_model::value::FieldTable;

use warren_model::error::Error;

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

    /// Checks the argument that names the alternate exchange.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if its value is no name.
    pub(crate) fn check_alternate(&self, exchange: &str, vhost: &str) -> Result<(), Error> {
        for name in ALTERNATE {
            if let Some(value) = self.arguments.get(name).filter(|value| value.as_str().is_none()) {
                return Err(Error::invalid_argument_type(value, name, "exchange", exchange, vhost));
            }
        }
        Ok(())
    }
}
