//! What an exchange of any type can have besides what its type does: it is asked for by arguments.

use super::ExchangeSettings;
use crate::queues::arguments::Check as _;
use warren_model::error::Error;

/// A thing of kind `T` that exchanges have if their arguments ask for it: a file, and a line in the registry.
pub(crate) struct Addition<T> {
    /// Arguments that queues take as well, and whose values are checked as theirs are.
    pub arguments: &'static [&'static str],
    /// The thing for an exchange with these settings, which are good, if they ask for it.
    pub asked_for: fn(&ExchangeSettings) -> Option<T>,
}

impl<T> Addition<T> {
    /// Checks its arguments.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` naming one whose value is bad.
    pub(crate) fn check(
        &self,
        settings: &ExchangeSettings,
        exchange: &str,
        vhost: &str,
    ) -> Result<(), Error> {
        for name in self.arguments {
            let value = settings.arguments.get(name);
            if let (Some(value), Some(argument)) = (value, warren_arguments::find(name)) {
                let checked = argument.takes.check(value);
                checked.map_err(|why| Error::invalid_argument(name, "exchange", exchange, vhost, why))?;
            }
        }
        Ok(())
    }
}
