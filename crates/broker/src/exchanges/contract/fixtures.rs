//! Short ways to make bindings and to ask routers, for the tests of the exchange types.

use std::sync::Arc;

use warren_model::properties::BasicProperties;
use warren_model::value::{FieldTable, FieldValue};

use super::{Addressed, Router};
use warren_model::binding::{Binding, Destination};

/// A table with these entries.
pub fn table(entries: &[(&str, FieldValue)]) -> FieldTable {
    let mut table = FieldTable::new();
    for (name, value) in entries {
        table.insert(*name, value.clone());
    }
    table
}

/// A binding of `queue`.
pub fn binding(queue: &str, key: &str, arguments: &[(&str, FieldValue)]) -> Arc<Binding> {
    Arc::new(Binding {
        source: "x".into(),
        destination: Destination::Queue(queue.into()),
        routing_key: key.into(),
        arguments: table(arguments),
    })
}

/// Properties with these headers and nothing else, as on the wire.
pub fn properties(headers: &[(&str, FieldValue)]) -> Vec<u8> {
    BasicProperties { headers: Some(table(headers)), ..BasicProperties::default() }.to_bytes()
}

/// Names of the queues that a message goes to, sorted, each once.
pub fn routed(router: &dyn Router, key: &str, headers: &[(&str, FieldValue)]) -> Vec<String> {
    asked(router, &Addressed { keys: &[key], properties: &properties(headers), random: 0 })
}

/// As [`routed`], for any message.
pub fn asked(router: &dyn Router, message: &Addressed<'_>) -> Vec<String> {
    let mut found = Vec::new();
    router.route(message, &mut found);
    let mut names: Vec<_> = found.iter().map(|destination| destination.name().to_string()).collect();
    names.sort();
    names.dedup();
    names
}
