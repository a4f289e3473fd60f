//! Commands about exchanges.

use super::{VHostDraft, Verdict, names};
use crate::exchanges;
use crate::state::node::describe;
use crate::topology::exchange::ExchangeSettings;
use crate::topology::vhosts::is_predeclared;
use warren_model::change::Change;
use warren_model::error::Error;

impl VHostDraft<'_> {
    /// AMQP 0-9-1, `exchange.declare`.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for reserved names, `PRECONDITION_FAILED` where one exists with other settings, for an unknown
    /// type, for arguments that the type does not understand, and where a limit is reached.
    pub(super) fn declare_exchange(
        &mut self,
        name: &str,
        settings: &ExchangeSettings,
    ) -> Result<Verdict, Error> {
        exchanges::check_type(&settings.kind)?;
        if name.is_empty() {
            return Err(Error::default_exchange());
        }
        if let Some(existing) = self.exchange(name) {
            existing.assert_equivalent(settings, name, self.vhost)?;
            return Ok(Verdict::Same { durable: settings.durable });
        }
        names::check("an exchange", name)?;
        if name.starts_with("amq.") {
            return Err(Error::reserved_exchange_name(name));
        }
        exchanges::check_arguments(settings, name, self.vhost)?;
        if let Some(limit) = self.shared.limits.exchanges.filter(|limit| self.count_exchanges() >= *limit) {
            return Err(Error::cluster_exchange_limit(name, self.vhost, limit));
        }
        // Made to be looked at: the one that is used is made when the change is.
        exchanges::router(&settings.kind, &settings.arguments)?;
        let store = exchanges::state(settings).map(|_| self.next_queue_id());
        self.add_exchange(name, settings);
        let definition = describe::exchange(self.vhost, name, settings, store);
        self.changes.push(Change::PutExchange(definition));
        Ok(Verdict::Changes)
    }

    /// AMQP 0-9-1, `exchange.delete`; that there is none is no error.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for predeclared ones, `PRECONDITION_FAILED` with `if_unused` where it has bindings.
    pub(super) fn delete_exchange(&mut self, name: &str, if_unused: bool) -> Result<Verdict, Error> {
        if name.is_empty() {
            return Err(Error::default_exchange());
        }
        if is_predeclared(name) {
            return Err(Error::system_exchange(name, self.vhost));
        }
        let Some(topology) = self.topology else { return Ok(Verdict::Changes) };
        let Some(exchange) = topology.exchanges.get(name) else { return Ok(Verdict::Changes) };
        if if_unused && topology.has_bindings_from(&exchange.name) {
            return Err(Error::exchange_in_use(name, self.vhost));
        }
        self.exchange_goes(topology, name);
        Ok(Verdict::Changes)
    }
}
