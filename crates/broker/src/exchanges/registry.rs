//! The registry of exchange types, and of what arguments add to exchanges of any type.

use std::sync::Arc;

use warren_model::value::FieldTable;

use super::contract::{Addition, ExchangeSettings, Filter, Registered, Router, StateKind, Types};
use super::{stateful, stateless};
use warren_model::error::Error;

/// All exchange types: a line each.
const TYPES: Types = Types(&[
    Registered::of::<stateless::direct::Direct>(),
    Registered::of::<stateless::fanout::Fanout>(),
    Registered::of::<stateless::headers::Headers>(),
    Registered::of::<stateless::topic::Topic>(),
    Registered::of::<stateless::consistent_hash::ConsistentHash>(),
    Registered::of::<stateful::delayed::DelayedMessage>(),
    Registered::of::<stateless::local_random::LocalRandom>(),
    Registered::of::<stateless::modulus_hash::ModulusHash>(),
    Registered::of::<stateless::random::Random>(),
    Registered::of::<stateful::recent_history::RecentHistory>(),
]);

/// What exchanges of any type keep messages with, if they ask for it: a line each. The first that is asked for counts.
const STATES: &[Addition<StateKind>] = &[stateful::delayed::ADDITION];

/// What drops messages that are published to exchanges of any type, if they ask for it: a line each. The first that is asked
/// for counts.
const FILTERS: &[Addition<Arc<dyn Filter>>] = &[stateful::deduplication::ADDITION];

/// A router of that type, without bindings. `arguments` are those of the exchange's declaration.
///
/// # Errors
/// `PRECONDITION_FAILED` for a type that there is not, and for arguments that the type does not understand.
pub fn router(kind: &str, arguments: &FieldTable) -> Result<Box<dyn Router>, Error> {
    TYPES.router(kind, arguments)
}

/// Whether there is such a type.
///
/// # Errors
/// `PRECONDITION_FAILED` if there is not.
pub fn check_type(kind: &str) -> Result<(), Error> {
    TYPES.find(kind).map(drop)
}

/// Checks the arguments that exchanges of all types take.
///
/// # Errors
/// `PRECONDITION_FAILED` naming one whose value is bad.
pub(crate) fn check_arguments(settings: &ExchangeSettings, exchange: &str, vhost: &str) -> Result<(), Error> {
    settings.check_alternate(exchange, vhost)?;
    STATES.iter().try_for_each(|addition| addition.check(settings, exchange, vhost))?;
    FILTERS.iter().try_for_each(|addition| addition.check(settings, exchange, vhost))
}

/// What an exchange with these settings keeps messages with, if it does.
pub(crate) fn state(settings: &ExchangeSettings) -> Option<StateKind> {
    let of_type = TYPES.find(&settings.kind).ok().and_then(|found| found.state);
    of_type.or_else(|| STATES.iter().find_map(|addition| (addition.asked_for)(settings)))
}

/// What drops messages that are published to an exchange with these settings, if anything does.
pub(crate) fn filter(settings: &ExchangeSettings) -> Option<Arc<dyn Filter>> {
    FILTERS.iter().find_map(|addition| (addition.asked_for)(settings))
}

/// Names of all exchange types, each with what it does.
pub fn types() -> impl Iterator<Item = (&'static str, &'static str)> {
    TYPES.0.iter().map(|found| (found.name, found.description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchanges::contract::fixtures::{binding, routed, table};

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
