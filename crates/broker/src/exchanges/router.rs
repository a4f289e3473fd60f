//! What every exchange type can do, and the registry of the types.

use std::sync::Arc;

use warren_protocol::value::FieldTable;

use super::{direct::Direct, fanout::Fanout, headers::Headers, topic::Topic};
use crate::bindings::{Binding, Destination};
use crate::error::Error;

/// The bindings of one exchange, arranged so that the type finds destinations quickly.
///
/// The caller keeps the bindings themselves: it binds each (as [`Binding`] defines sameness) once, and unbinds only what it bound.
pub trait Router: Send + Sync {
    /// Takes a binding into account.
    ///
    /// # Errors
    /// What the type refuses, such as arguments that it does not understand; nothing has changed then.
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error>;

    /// Forgets a binding. One that is not there is no error.
    fn unbind(&mut self, binding: &Arc<Binding>);

    /// Appends the destinations of a message. One may be appended twice; the caller removes duplicates, because other exchanges
    /// on the message's way may find it too. `headers` decodes the message's headers and is called only where they matter.
    fn route(
        &self,
        routing_key: &str,
        headers: &dyn Fn() -> Option<FieldTable>,
        found: &mut Vec<Destination>,
    );

    /// Whether the routing key alone decides, so that what was found may be remembered by key until bindings change.
    fn by_key_alone(&self) -> bool;
}

/// Makes a router without bindings.
type Make = fn() -> Box<dyn Router>;

/// All exchange types, by the name that `exchange.declare` gives.
const TYPES: &[(&str, Make)] = &[
    ("direct", || Box::<Direct>::default()),
    ("fanout", || Box::<Fanout>::default()),
    ("headers", || Box::<Headers>::default()),
    ("topic", || Box::<Topic>::default()),
];

/// A router of that type, without bindings; `None` for a type that there is not.
pub fn router(kind: &str) -> Option<Box<dyn Router>> {
    TYPES.iter().find(|(name, _)| *name == kind).map(|(_, make)| make())
}

/// Names of all exchange types.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchanges::fixtures::{binding, routed};

    #[test]
    fn types_are_found_by_name() {
        assert_eq!(types().collect::<Vec<_>>(), ["direct", "fanout", "headers", "topic"]);
        assert!(types().all(|name| router(name).is_some()));
        assert!(router("nosuch").is_none());
        assert!(router("Direct").is_none());
    }

    #[test]
    fn every_type_forgets_what_is_unbound() {
        for name in types() {
            let mut router = router(name).unwrap();
            let (one, two) = (binding("one", "k", &[]), binding("two", "k", &[]));
            router.bind(&one).unwrap();
            router.bind(&two).unwrap();
            assert_eq!(routed(&*router, "k", &[]), ["one", "two"], "{name}");
            router.unbind(&one);
            router.unbind(&one);
            assert_eq!(routed(&*router, "k", &[]), ["two"], "{name}");
            router.unbind(&two);
            assert!(routed(&*router, "k", &[]).is_empty(), "{name}");
        }
    }
}
