//! The direct exchange: routing key and binding key are the same (AMQP 0-9-1, section 3.1.3.1).

use std::sync::Arc;

use hashbrown::HashMap;

use super::counted::Counted;
use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::value::FieldTable;

/// Destinations by key.
#[derive(Debug, Default)]
pub(crate) struct Direct {
    by_key: HashMap<Arc<str>, Counted>,
}

impl ExchangeType for Direct {
    const NAME: &'static str = "direct";
    const DESCRIPTION: &'static str = "AMQP direct exchange, as per the AMQP specification";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
}

impl Router for Direct {
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.by_key.entry_ref(&binding.routing_key).or_default().add(&binding.destination);
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        if let Some(destinations) = self.by_key.get_mut(&binding.routing_key) {
            destinations.remove(&binding.destination);
            if destinations.is_empty() {
                self.by_key.remove(&binding.routing_key);
            }
        }
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        for key in message.keys {
            if let Some(destinations) = self.by_key.get(*key) {
                destinations.append_to(found);
            }
        }
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
    fn routes_by_the_exact_key() {
        let mut direct = Direct::default();
        for (queue, key) in [("info", "info"), ("all", "info"), ("all", "error"), ("none", "")] {
            direct.bind(&binding(queue, key, &[])).unwrap();
        }
        assert_eq!(routed(&direct, "info", &[]), ["all", "info"]);
        assert_eq!(routed(&direct, "error", &[]), ["all"]);
        assert_eq!(routed(&direct, "", &[]), ["none"]);
        assert!(routed(&direct, "INFO", &[]).is_empty());
    }

    #[test]
    fn a_key_stays_while_one_of_its_bindings_does() {
        let mut direct = Direct::default();
        let (plain, with) = (binding("q", "k", &[]), binding("q", "k", &[("a", 1.into())]));
        direct.bind(&plain).unwrap();
        direct.bind(&with).unwrap();
        direct.unbind(&plain);
        assert_eq!(routed(&direct, "k", &[]), ["q"]);
        direct.unbind(&with);
        assert!(direct.by_key.is_empty());
    }
}
