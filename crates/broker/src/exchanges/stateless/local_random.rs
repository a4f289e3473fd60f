//! The exchange `x-local-random`: as `x-random`, for classic queues alone and without binding keys (RabbitMQ, local random
//! exchange).
//! In RabbitMQ it chooses among the queues of the publisher's own node; here every queue is on that node.

use std::sync::Arc;

use super::random::Random;
use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use crate::queues::QueueKind;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::value::FieldTable;

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct LocalRandom {
    chosen: Random,
}

impl ExchangeType for LocalRandom {
    const NAME: &'static str = "x-local-random";
    const DESCRIPTION: &'static str = "Picks one random local binding (queue) to route via (to).";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
}

impl Router for LocalRandom {
    fn check(&self, binding: &Binding) -> Result<(), Error> {
        match binding.destination {
            _ if !binding.routing_key.is_empty() => {
                Err(Error::binding_key_not_permitted(&binding.routing_key))
            }
            Destination::Queue(_) => Ok(()),
            Destination::Exchange(_) => Err(Error::destination_not_found()),
        }
    }

    /// # Errors
    /// `PRECONDITION_FAILED` for a binding with a key, and for one that leads to an exchange.
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.check(binding)?;
        self.chosen.bind(binding)
    }

    /// A queue of another kind may be led from another node, which this exchange is there to avoid.
    fn takes(&self, kind: QueueKind) -> bool {
        kind == QueueKind::Classic
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        self.chosen.unbind(binding);
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        self.chosen.route(message, found);
    }

    fn by_key_alone(&self) -> bool {
        self.chosen.by_key_alone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchanges::contract::fixtures::{binding, routed};

    #[test]
    fn only_queues_are_bound_and_without_a_key() {
        let mut random = LocalRandom::default();
        let error = random.bind(&binding("q", "k", &[])).unwrap_err();
        let text = "PRECONDITION_FAILED - Non empty binding 'k' key not permitted";
        assert_eq!((error.name(), error.to_string().as_str()), ("PRECONDITION_FAILED", text));
        let to_exchange =
            Binding { destination: Destination::Exchange("e".into()), ..(*binding("q", "", &[])).clone() };
        let error = random.bind(&Arc::new(to_exchange)).unwrap_err();
        assert_eq!(error.to_string(), "PRECONDITION_FAILED - Destination not found");
        assert!(routed(&random, "", &[]).is_empty());
        random.bind(&binding("q", "", &[])).unwrap();
        assert_eq!(routed(&random, "any", &[]), ["q"]);
    }
}
