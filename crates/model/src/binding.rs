//! Bindings: what leads from an exchange to a queue or to another exchange.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::value::FieldTable;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// What is escaped in a properties key; the tilde too, because it separates key and hash. A space becomes `+`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b' ');
/// Octets of the hash of the arguments in a properties key.
const HASH_LEN: usize = 12;

/// Where a binding leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// The queue of that name.
    Queue(Arc<str>),
    /// The exchange of that name.
    Exchange(Arc<str>),
}

impl Destination {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        match self {
            Self::Queue(name) | Self::Exchange(name) => name,
        }
    }

    /// `queue` or `exchange`, as the management API has it in `destination_type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Queue(_) => "queue",
            Self::Exchange(_) => "exchange",
        }
    }
}

/// A binding of a destination to a source exchange. Equal to another when source, destination, key and arguments are
/// (AMQP 0-9-1, `queue.bind`); the order of the arguments does not matter.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Name of the exchange that messages come from.
    pub source: Arc<str>,
    /// Where they go.
    pub destination: Destination,
    /// What an exchange of type direct or topic compares routing keys with.
    pub routing_key: Arc<str>,
    /// What an exchange of type headers compares headers with.
    pub arguments: FieldTable,
}

impl Binding {
    /// The arguments sorted by name, as AMQP encodes them: the same octets for bindings that count as the same.
    pub fn canonical_arguments(&self) -> Vec<u8> {
        let mut entries: Vec<_> = self.arguments.iter().collect();
        entries.sort_by_key(|(key, _)| *key);
        let mut out = Vec::new();
        for (key, value) in entries {
            // Keys from the wire have at most 255 octets, so that the length takes one.
            out.push(u8::try_from(key.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(key.as_bytes());
            value.encode(&mut out);
        }
        out
    }

    /// The name that the management API gives a binding among those of the same source and destination: `~` for no key and
    /// no arguments, the escaped key for no arguments, `KEY~HASH` otherwise. The hash is not RabbitMQ's, only its place is.
    pub fn properties_key(&self) -> String {
        let key = escape(&self.routing_key);
        if self.arguments.is_empty() {
            return if key.is_empty() { "~".to_owned() } else { key };
        }
        let digest = Sha256::digest(self.canonical_arguments());
        let hash = URL_SAFE_NO_PAD.encode(digest.get(..HASH_LEN).unwrap_or(&digest));
        format!("{key}~{hash}")
    }
}

fn escape(key: &str) -> String {
    let escaped: Cow<'_, str> = utf8_percent_encode(key, ESCAPED).into();
    escaped.replace(' ', "+")
}

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        self.destination == other.destination
            && self.routing_key == other.routing_key
            && self.source == other.source
            && self.arguments.len() == other.arguments.len()
            && (self.arguments.is_empty() || self.canonical_arguments() == other.canonical_arguments())
    }
}

impl Eq for Binding {}

impl Hash for Binding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
        self.destination.hash(state);
        self.routing_key.hash(state);
        self.canonical_arguments().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::FieldValue;

    fn binding(key: &str, arguments: &[(&str, FieldValue)]) -> Binding {
        let mut table = FieldTable::new();
        for (name, value) in arguments {
            table.insert(*name, value.clone());
        }
        let destination = Destination::Queue("q".into());
        Binding { source: "x".into(), destination, routing_key: key.into(), arguments: table }
    }

    #[test]
    fn properties_keys_without_arguments_are_the_escaped_routing_keys() {
        let keys = [
            ("", "~"),
            ("a b", "a+b"),
            ("a/b~c", "a%2Fb%7Ec"),
            ("ü*#.-_", "%C3%BC%2A%23.-_"),
            ("a+b%&=?:@!$(),;'\"<>", "a%2Bb%25%26%3D%3F%3A%40%21%24%28%29%2C%3B%27%22%3C%3E"),
        ];
        for (key, expected) in keys {
            assert_eq!(binding(key, &[]).properties_key(), expected);
        }
    }

    #[test]
    fn arguments_add_a_hash_that_their_order_does_not_change() {
        let (a, b) = (("a", FieldValue::from("x")), ("b", FieldValue::from(1)));
        let one = binding("k", &[a.clone(), b.clone()]);
        let two = binding("k", &[b.clone(), a.clone()]);
        assert_eq!(one, two);
        assert_eq!(one.properties_key(), two.properties_key());
        assert!(one.properties_key().starts_with("k~"), "{}", one.properties_key());
        assert!(binding("", &[a]).properties_key().starts_with('~'));
        assert_ne!(one, binding("k", &[b]));
    }

    #[test]
    fn values_of_other_types_make_other_bindings() {
        let int = binding("k", &[("a", FieldValue::LongInt(1))]);
        let long = binding("k", &[("a", FieldValue::LongLongInt(1))]);
        assert_ne!(int, long);
        assert_ne!(int.properties_key(), long.properties_key());
    }
}
