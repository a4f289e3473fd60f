//! What every exchange type can do, and the registry of the types.

use std::sync::Arc;

use warren_model::value::FieldTable;

use super::{
    Addressed, consistent_hash::ConsistentHash, delayed_message::DelayedMessage, direct::Direct,
    fanout::Fanout, headers::Headers, local_random::LocalRandom, modulus_hash::ModulusHash, random::Random,
    recent_history, topic::Topic,
};
use crate::bindings::{Binding, Destination};
use crate::queues::QueueKind;
use warren_model::error::Error;

/// The bindings of one exchange, arranged so that the type finds destinations quickly.
///
/// The caller keeps the bindings themselves: it binds each (as [`Binding`] defines sameness) once, and unbinds only what it bound.
pub trait Router: Send + Sync {
    /// Whether the type takes a binding.
    ///
    /// # Errors
    /// What the type refuses, such as arguments that it does not understand.
    fn check(&self, _binding: &Binding) -> Result<(), Error> {
        Ok(())
    }

    /// Takes a binding into account.
    ///
    /// # Errors
    /// As [`check`](Self::check); nothing has changed then.
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error>;

    /// Whether a binding may lead to a queue of that kind.
    fn takes(&self, _kind: QueueKind) -> bool {
        true
    }

    /// Forgets a binding. One that is not there is no error.
    fn unbind(&mut self, binding: &Arc<Binding>);

    /// Appends the destinations of a message. One may be appended twice; the caller removes duplicates, because other exchanges
    /// on the message's way may find it too.
    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>);

    /// Whether the routing key alone decides, so that what was found may be remembered by key until bindings change.
    fn by_key_alone(&self) -> bool;
}

/// An exchange type.
struct Type {
    /// What `exchange.declare` calls it.
    name: &'static str,
    /// What it does, in a few words.
    description: &'static str,
    /// Makes a router without bindings, from the arguments of the declaration.
    make: fn(&FieldTable) -> Result<Box<dyn Router>, Error>,
}

/// All exchange types.
const TYPES: &[Type] = &[
    Type { name: "direct", description: AMQP_DIRECT, make: |_| Ok(Box::<Direct>::default()) },
    Type { name: "fanout", description: AMQP_FANOUT, make: |_| Ok(Box::<Fanout>::default()) },
    Type { name: "headers", description: AMQP_HEADERS, make: |_| Ok(Box::<Headers>::default()) },
    Type { name: "topic", description: AMQP_TOPIC, make: |_| Ok(Box::<Topic>::default()) },
    Type {
        name: "x-consistent-hash",
        description: "Consistent Hashing Exchange",
        make: ConsistentHash::make,
    },
    Type { name: DELAYED, description: "Delayed Message Exchange.", make: DelayedMessage::make },
    Type {
        name: "x-local-random",
        description: "Picks one random local binding (queue) to route via (to).",
        make: |_| Ok(Box::<LocalRandom>::default()),
    },
    Type {
        name: "x-modulus-hash",
        description: "Modulus Hashing Exchange",
        make: |_| Ok(Box::<ModulusHash>::default()),
    },
    Type {
        name: "x-random",
        description: "Randomly picks a binding (queue) to route via (to).",
        make: |_| Ok(Box::<Random>::default()),
    },
    Type { name: HISTORY, description: "Recent History Exchange.", make: recent_history::make },
];
/// The type of exchanges at which messages wait.
pub(crate) const DELAYED: &str = "x-delayed-message";
/// The type of exchanges that keep their last messages.
pub(crate) const HISTORY: &str = "x-recent-history";
const AMQP_DIRECT: &str = "AMQP direct exchange, as per the AMQP specification";
const AMQP_FANOUT: &str = "AMQP fanout exchange, as per the AMQP specification";
const AMQP_HEADERS: &str = "AMQP headers exchange, as per the AMQP specification";
const AMQP_TOPIC: &str = "AMQP topic exchange, as per the AMQP specification";

/// A router of that type, without bindings. `arguments` are those of the exchange's declaration.
///
/// # Errors
/// `PRECONDITION_FAILED` for a type that there is not, and for arguments that the type does not understand.
pub fn router(kind: &str, arguments: &FieldTable) -> Result<Box<dyn Router>, Error> {
    (known(kind)?.make)(arguments)
}

/// Whether there is such a type.
///
/// # Errors
/// `PRECONDITION_FAILED` if there is not.
pub fn check_type(kind: &str) -> Result<(), Error> {
    known(kind).map(drop)
}

/// Whether exchanges of that type keep messages.
pub(crate) fn keeps(kind: &str) -> bool {
    [DELAYED, HISTORY].contains(&kind)
}

fn known(kind: &str) -> Result<&'static Type, Error> {
    TYPES.iter().find(|found| found.name == kind).ok_or_else(|| Error::unknown_exchange_type(kind))
}

/// Names of all exchange types, each with what it does.
pub fn types() -> impl Iterator<Item = (&'static str, &'static str)> {
    TYPES.iter().map(|found| (found.name, found.description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchanges::fixtures::{binding, routed, table};

    fn plain(kind: &str) -> Result<Box<dyn Router>, Error> {
        router(kind, &table(&[("x-delayed-type", "fanout".into())]))
    }

    #[test]
    fn types_are_found_by_name() {
        let names: Vec<_> = types().map(|(name, _)| name).collect();
        let core = ["direct", "fanout", "headers", "topic"];
        assert!(core.iter().all(|name| names.contains(name)), "{names:?}");
        assert!(names.is_sorted(), "{names:?}");
        assert!(names.iter().all(|name| plain(name).is_ok()));
        for name in ["nosuch", "Direct", ""] {
            let error = plain(name).err().unwrap();
            let text = format!("PRECONDITION_FAILED - unknown exchange type '{name}'");
            assert_eq!((error.name(), error.to_string()), ("PRECONDITION_FAILED", text));
        }
    }

    #[test]
    fn every_type_forgets_what_is_unbound() {
        for (name, _) in types() {
            let mut router = plain(name).unwrap();
            // A key that every type takes: it is a pattern, a weight and nothing.
            let key = if name == "x-local-random" { "" } else { "1" };
            let (one, two) = (binding("one", key, &[]), binding("two", key, &[]));
            router.bind(&one).unwrap();
            router.bind(&two).unwrap();
            assert!(!routed(&*router, "1", &[]).is_empty(), "{name}");
            router.unbind(&one);
            router.unbind(&one);
            assert_eq!(routed(&*router, "1", &[]), ["two"], "{name}");
            router.unbind(&two);
            assert!(routed(&*router, "1", &[]).is_empty(), "{name}");
        }
    }
}
