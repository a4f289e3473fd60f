//! The exchange `x-random`: each message goes to one destination, chosen by chance (RabbitMQ, random exchange type).

use std::sync::Arc;

use super::counted::Counted;
use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use crate::randomness::below;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::value::FieldTable;

/// All destinations; several bindings of one do not make it likelier.
#[derive(Debug, Default)]
pub(crate) struct Random {
    destinations: Counted,
}

impl ExchangeType for Random {
    const NAME: &'static str = "x-random";
    const DESCRIPTION: &'static str = "Randomly picks a binding (queue) to route via (to).";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
}

impl Router for Random {
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.destinations.add(&binding.destination);
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        self.destinations.remove(&binding.destination);
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        let place = below(message.random, self.destinations.len());
        found.extend(self.destinations.at(place));
    }

    fn by_key_alone(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::exchanges::contract::fixtures::{asked, binding};
    use crate::randomness::Randomness;

    #[test]
    fn each_message_goes_to_one_and_all_get_about_as_many() {
        let mut random = Random::default();
        for (queue, key) in [("a", "x"), ("a", "y"), ("b", ""), ("c", "")] {
            random.bind(&binding(queue, key, &[])).unwrap();
        }
        let source = Randomness::new(3);
        let mut counts = BTreeMap::<String, u32>::new();
        for _ in 0..9_000 {
            let message = Addressed { keys: &["k", "k2"], properties: &[0, 0], random: source.draw() };
            let [queue] = <[String; 1]>::try_from(asked(&random, &message)).unwrap();
            *counts.entry(queue).or_default() += 1;
        }
        assert_eq!(counts.len(), 3);
        assert!(counts.values().all(|count| (2_700..3_300).contains(count)), "{counts:?}");
    }
}
