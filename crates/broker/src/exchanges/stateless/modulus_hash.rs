//! The exchange `x-modulus-hash`: each message goes to one destination, and the same routing key always to the same one, as
//! long as bindings stay (RabbitMQ, modulus hash exchange). With another number of destinations most keys move;
//! `x-consistent-hash` is for who cannot have that.

use std::sync::Arc;

use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use crate::randomness::stable_hash;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::value::FieldTable;

/// Destinations in order, which is the same after a restart, with the number of bindings that lead to each.
#[derive(Debug, Default)]
pub(crate) struct ModulusHash {
    destinations: Vec<(Destination, u32)>,
}

impl ModulusHash {
    fn place(&self, destination: &Destination) -> Result<usize, usize> {
        self.destinations.binary_search_by(|(other, _)| other.cmp(destination))
    }
}

impl ExchangeType for ModulusHash {
    const NAME: &'static str = "x-modulus-hash";
    const DESCRIPTION: &'static str = "Modulus Hashing Exchange";

    fn router(_: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        Ok(Box::<Self>::default())
    }
}

impl Router for ModulusHash {
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        match self.place(&binding.destination) {
            Ok(at) => {
                if let Some((_, count)) = self.destinations.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(at) => self.destinations.insert(at, (binding.destination.clone(), 1)),
        }
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        let Ok(at) = self.place(&binding.destination) else { return };
        match self.destinations.get_mut(at) {
            Some((_, count)) if *count > 1 => *count -= 1,
            _ => drop(self.destinations.remove(at)),
        }
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        // A key is told from the next one by an octet that no text has.
        let mut keys = Vec::with_capacity(64);
        for key in message.keys {
            keys.extend_from_slice(key.as_bytes());
            keys.push(0xff);
        }
        let Some(at) = stable_hash(&keys).checked_rem(self.destinations.len() as u64) else { return };
        found.extend(self.destinations.get(at as usize).map(|(destination, _)| destination));
    }

    fn by_key_alone(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::exchanges::contract::fixtures::{binding, routed};

    fn bound(queues: &[&str]) -> ModulusHash {
        let mut hash = ModulusHash::default();
        for queue in queues {
            hash.bind(&binding(queue, "any", &[])).unwrap();
        }
        hash
    }

    #[test]
    fn keys_are_spread_and_each_stays_where_it_is() {
        let (one, other) = (bound(&["a", "b", "c"]), bound(&["c", "a", "b"]));
        let mut counts = BTreeMap::<String, u32>::new();
        for key in 0..3_000 {
            let key = format!("key {key}");
            let [queue] = <[String; 1]>::try_from(routed(&one, &key, &[])).unwrap();
            assert_eq!(routed(&other, &key, &[]), std::slice::from_ref(&queue), "in any order of bindings");
            *counts.entry(queue).or_default() += 1;
        }
        assert!(counts.len() == 3 && counts.values().all(|count| *count > 850), "{counts:?}");
    }

    #[test]
    fn a_destination_stays_while_one_of_its_bindings_does() {
        let mut hash = bound(&["a"]);
        hash.bind(&binding("a", "other", &[])).unwrap();
        hash.unbind(&binding("a", "any", &[]));
        assert_eq!(routed(&hash, "k", &[]), ["a"]);
        hash.unbind(&binding("a", "other", &[]));
        assert!(routed(&hash, "k", &[]).is_empty());
    }
}
