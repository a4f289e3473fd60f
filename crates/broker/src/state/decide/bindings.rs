//! Commands about bindings.

use super::{VHostDraft, Verdict, names};
use crate::exchanges;
use crate::queues::{QueueKind, kind_of};
use warren_model::binding::{Binding, Destination};
use warren_model::change::Change;
use warren_model::error::Error;

impl VHostDraft<'_> {
    /// AMQP 0-9-1, `queue.bind`; RabbitMQ, `exchange.bind`.
    ///
    /// # Errors
    /// `NOT_FOUND` where source or destination is missing, `ACCESS_REFUSED` for the default exchange, what the
    /// source's type refuses.
    pub(super) fn bind(&mut self, binding: &Binding) -> Result<Verdict, Error> {
        let durable = self.ends_of(binding)?;
        names::check_routing_key(&binding.routing_key)?;
        if self.has_binding(binding) {
            return Ok(Verdict::Same { durable });
        }
        self.check_source(binding)?;
        self.add_binding(binding, durable);
        Ok(Verdict::Changes)
    }

    /// Asks the type of the source.
    fn check_source(&self, binding: &Binding) -> Result<(), Error> {
        let of_queue: Option<QueueKind> = match &binding.destination {
            Destination::Queue(name) => self.queue(name).map(|queue| kind_of(&queue.arguments)),
            Destination::Exchange(_) => None,
        };
        let check = |router: &dyn exchanges::Router| {
            router.check(binding)?;
            match of_queue {
                Some(kind) if !router.takes(kind) => Err(Error::queue_type_not_valid(kind.as_str())),
                _ => Ok(()),
            }
        };
        let live = self.topology.and_then(|topology| topology.exchanges.get(&*binding.source));
        if let Some(source) = live {
            return check(&*source.router);
        }
        let Some(source) = self.exchange(&binding.source) else { return Ok(()) };
        check(&*exchanges::router(&source.kind, &source.arguments)?)
    }

    /// AMQP 0-9-1, `queue.unbind`; that there is none, or nothing to bind, is no error.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for the default exchange.
    pub(super) fn unbind(&mut self, binding: &Binding) -> Result<Verdict, Error> {
        let durable = match self.ends_of(binding) {
            Err(Error::NotFound(_)) => return Ok(Verdict::Changes),
            durable => durable?,
        };
        let Some(topology) = self.topology else { return Ok(Verdict::Changes) };
        let Some(found) = topology.binding(binding) else { return Ok(Verdict::Changes) };
        let definition = self.binding_definition(binding, durable);
        self.changes.push(Change::DeleteBinding(definition));
        self.bindings_go(topology, vec![found]);
        Ok(Verdict::Changes)
    }
}
