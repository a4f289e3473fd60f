//! The fanout exchange: every message goes everywhere (AMQP 0-9-1, section 3.1.3.2).

use std::sync::Arc;

use super::counted::Counted;
use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::value::FieldTable;

/// All destinations.
#[derive(Debug, Default)]
pub(crate) struct Fanout {
    destinations: Counted,
}

impl ExchangeType for Fanout {
    const NAME: &'static str = "fanout";
    const DESCRIPTION: &'static str = "AMQP fanout exchange, as per the AMQP specification";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
}

impl Router for Fanout {
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.destinations.add(&binding.destination);
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        self.destinations.remove(&binding.destination);
    }

    fn route<'r>(&'r self, _: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        self.destinations.append_to(found);
    }

    fn by_key_alone(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchanges::contract::fixtures::{binding, routed};

    #[test]
    fn keys_do_not_matter() {
        let mut fanout = Fanout::default();
        for (queue, key) in [("a", ""), ("a", "x"), ("b", "y")] {
            fanout.bind(&binding(queue, key, &[])).unwrap();
        }
        assert_eq!(routed(&fanout, "z", &[]), ["a", "b"]);
        fanout.unbind(&binding("a", "x", &[]));
        assert_eq!(routed(&fanout, "", &[]), ["a", "b"]);
    }
}
