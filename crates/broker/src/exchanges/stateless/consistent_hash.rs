//! The exchange `x-consistent-hash`: each message goes to one destination, the same value always to the same one, and each
//! destination gets a share as large as its weight (RabbitMQ, consistent hashing exchange).
//!
//! The value is the routing key, or what the arguments `hash-header` and `hash-property` name. The weight is the binding's key.
//!
//! Every destination draws a lot for a value, from a hash of both, and the best lot wins ("highest random weight"). So a new
//! destination takes from all others just what it wins, one that goes leaves all others what they had, and no destination's
//! lot depends on the order of bindings: after a restart everything goes where it went. Among destinations of the same weight
//! the largest hash is the best lot; only the best of each weight are weighed against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use warren_model::properties::RawProperties;
use warren_model::value::{FieldTable, FieldValue};

use crate::exchanges::contract::{Addressed, ExchangeType, Router, Types};
use crate::randomness::{mix, stable_hash};
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;

const HASH_HEADER: &str = "hash-header";
/// LavinMQ's name of the same.
const X_HASH_ON: &str = "x-hash-on";
const HASH_PROPERTY: &str = "hash-property";
/// The largest weight of one binding, as RabbitMQ has it.
const MAX_WEIGHT: u64 = 10_000;

/// What of a message is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HashOn {
    RoutingKey,
    Header(String),
    CorrelationId,
    MessageId,
    Timestamp,
}

impl HashOn {
    fn of(arguments: &FieldTable) -> Result<Self, Error> {
        let text = |name: &str| match arguments.get(name) {
            None => Ok(None),
            Some(FieldValue::LongString(text)) => Ok(Some(String::from_utf8_lossy(text).into_owned())),
            Some(other) => Err(Error::hash_argument_type(name, other)),
        };
        let header = match text(HASH_HEADER)? {
            None => text(X_HASH_ON)?,
            header => header,
        };
        match (header, text(HASH_PROPERTY)?) {
            (Some(_), Some(_)) => Err(Error::hash_arguments_exclusive()),
            (Some(header), None) => Ok(Self::Header(header)),
            (None, None) => Ok(Self::RoutingKey),
            (None, Some(property)) => match property.as_str() {
                "correlation_id" => Ok(Self::CorrelationId),
                "message_id" => Ok(Self::MessageId),
                "timestamp" => Ok(Self::Timestamp),
                _ => Err(Error::unsupported_hash_property(&property)),
            },
        }
    }

    /// The hash of a message's value; messages without one have the same.
    fn hash(&self, message: &Addressed<'_>) -> u64 {
        let properties = RawProperties::new(message.properties);
        match self {
            Self::RoutingKey => stable_hash(message.key().as_bytes()),
            Self::Header(name) => {
                let mut bytes = Vec::new();
                if let Some(value) = message.header(name) {
                    value.encode(&mut bytes);
                }
                stable_hash(&bytes)
            }
            Self::CorrelationId => stable_hash(properties.correlation_id().unwrap_or_default()),
            Self::MessageId => stable_hash(properties.message_id().unwrap_or_default()),
            Self::Timestamp => match properties.timestamp() {
                Some(seconds) => stable_hash(&seconds.to_be_bytes()),
                None => stable_hash(b""),
            },
        }
    }
}

/// The weight that a binding's key says.
fn weight(key: &str) -> Result<u64, Error> {
    let (negative, digits) = match key.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, key.strip_prefix('+').unwrap_or(key)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::binding_key_no_integer(key));
    }
    // Digits that do not fit are a very large number.
    match digits.parse().unwrap_or(u64::MAX) {
        0 => Err(Error::binding_key_too_small()),
        _ if negative => Err(Error::binding_key_too_small()),
        weight if weight > MAX_WEIGHT => Err(Error::binding_key_too_large(MAX_WEIGHT)),
        weight => Ok(weight),
    }
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct ConsistentHash {
    hash_on: HashOn,
    /// Sum of the weights of each destination's bindings.
    weights: HashMap<Destination, u128>,
    /// Destinations by weight, each with its hash and ordered by it.
    by_weight: BTreeMap<u128, Vec<(u64, Destination)>>,
}

impl ConsistentHash {
    fn weigh(&mut self, destination: &Destination, before: u128, after: u128) {
        let entry = (hash_of(destination), destination.clone());
        if let Some(group) = self.by_weight.get_mut(&before) {
            if let Ok(at) = group.binary_search(&entry) {
                group.remove(at);
            }
            if group.is_empty() {
                self.by_weight.remove(&before);
            }
        }
        if after == 0 {
            self.weights.remove(destination);
            return;
        }
        self.weights.insert(destination.clone(), after);
        let group = self.by_weight.entry(after).or_default();
        if let Err(at) = group.binary_search(&entry) {
            group.insert(at, entry);
        }
    }

    fn choose(&self, value: u64) -> Option<&Destination> {
        let best_of = |(weight, group): (&u128, &'_ Vec<(u64, Destination)>)| {
            let lots = group.iter().enumerate().map(|(at, (hash, _))| (mix(value ^ hash), at));
            lots.max().map(|(lot, at)| (*weight, lot, at))
        };
        let mut best = self.by_weight.iter().filter_map(best_of);
        let (weight, _, at) = match self.by_weight.len() {
            0 | 1 => best.next(),
            _ => best.max_by(|a, b| score(a.0, a.1).total_cmp(&score(b.0, b.1))),
        }?;
        self.by_weight.get(&weight)?.get(at).map(|(_, destination)| destination)
    }
}

/// What a lot is worth with a weight: the logarithm makes each win in proportion to its weight.
fn score(weight: u128, lot: u64) -> f64 {
    // The 53 bits that fit, between 0 and 1 and never either.
    let uniform = ((lot >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    uniform.ln() / weight as f64
}

fn hash_of(destination: &Destination) -> u64 {
    let kind = match destination {
        Destination::Queue(_) => 0,
        Destination::Exchange(_) => 1,
    };
    mix(stable_hash(destination.name().as_bytes()).wrapping_add(kind))
}

impl ExchangeType for ConsistentHash {
    const NAME: &'static str = "x-consistent-hash";
    const DESCRIPTION: &'static str = "Consistent Hashing Exchange";

    fn router(arguments: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        let hash_on = HashOn::of(arguments)?;
        Ok(Box::new(Self { hash_on, weights: HashMap::new(), by_weight: BTreeMap::new() }))
    }
}

impl Router for ConsistentHash {
    fn check(&self, binding: &Binding) -> Result<(), Error> {
        weight(&binding.routing_key).map(drop)
    }

    /// # Errors
    /// `PRECONDITION_FAILED` for a key that is no whole number above zero.
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        let more = weight(&binding.routing_key)?;
        let before = self.weights.get(&binding.destination).copied().unwrap_or(0);
        self.weigh(&binding.destination, before, before.saturating_add(more.into()));
        Ok(())
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        let Ok(less) = weight(&binding.routing_key) else { return };
        let Some(before) = self.weights.get(&binding.destination).copied() else { return };
        self.weigh(&binding.destination, before, before.saturating_sub(less.into()));
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        if !self.by_weight.is_empty() {
            found.extend(self.choose(self.hash_on.hash(message)));
        }
    }

    fn by_key_alone(&self) -> bool {
        self.hash_on == HashOn::RoutingKey
    }
}

#[cfg(test)]
#[path = "consistent_hash_tests.rs"]
mod tests;
