//! Recognizing messages that came before (LavinMQ, message deduplication).
//!
//! A header tells messages apart; those without it are all different. What came is remembered in the order in which it came:
//! when there is no more room, the oldest is forgotten.

use std::collections::VecDeque;

use hashbrown::HashMap;
use sha2::{Digest, Sha256};
use warren_model::properties::{RawProperties, flags, peek_flags};

use crate::rules::queue_rules::Deduplication;

/// Messages that are remembered at most, whatever the declaration says.
const MOST: u64 = 1_000_000;
/// The header that says how long its message is remembered, in milliseconds.
const TTL_HEADER: &str = "x-cache-ttl";

/// What stands for the value of a header: long enough that two values never have the same.
type Key = [u8; 16];

/// When a message was noted, in the order of messages, and until when it is remembered.
#[derive(Debug, Clone, Copy)]
struct Noted {
    number: u64,
    until: Option<u64>,
}

/// See the module's description.
#[derive(Debug)]
pub struct Deduplicator {
    header: String,
    ttl: Option<u64>,
    size: usize,
    noted: HashMap<Key, Noted>,
    /// The oldest first. Some were forgotten or noted again since: their numbers tell.
    order: VecDeque<(u64, Key)>,
    next: u64,
}

impl Deduplicator {
    /// Nothing came yet.
    pub fn new(rules: &Deduplication) -> Self {
        Self {
            header: rules.header.clone(),
            ttl: rules.ttl,
            // What is larger than an address is more than there can be.
            size: usize::try_from(rules.size.min(MOST)).unwrap_or(usize::MAX),
            noted: HashMap::new(),
            order: VecDeque::new(),
            next: 0,
        }
    }

    /// Whether a message like the one with these properties came before; if not, it has come now.
    pub fn is_duplicate(&mut self, properties: &[u8], now: u64) -> bool {
        if peek_flags(properties) & flags::HEADERS == 0 {
            return false;
        }
        let Some(headers) = RawProperties::new(properties).headers() else { return false };
        let Some(value) = headers.get(&self.header) else { return false };
        let ttl = headers.get(TTL_HEADER).and_then(|value| value.to_owned().as_integer());
        let ttl = ttl.and_then(|ttl| u64::try_from(ttl).ok()).or(self.ttl);
        let mut octets = Vec::with_capacity(64);
        value.to_owned().encode(&mut octets);
        let key = key_of(&octets);
        if self.noted.get(&key).is_some_and(|noted| noted.until.is_none_or(|until| now < until)) {
            return true;
        }
        self.note(key, ttl.map(|ttl| now.saturating_add(ttl)));
        false
    }

    fn note(&mut self, key: Key, until: Option<u64>) {
        if self.size == 0 {
            return;
        }
        // It may be there still, and over: then it is new again.
        self.noted.remove(&key);
        while self.noted.len() >= self.size {
            self.forget_oldest();
        }
        let number = self.next;
        self.next += 1;
        self.noted.insert(key, Noted { number, until });
        self.order.push_back((number, key));
        if self.order.len() > self.size.saturating_mul(2) {
            let noted = &self.noted;
            self.order.retain(|(number, key)| noted.get(key).is_some_and(|noted| noted.number == *number));
        }
    }

    fn forget_oldest(&mut self) {
        match self.order.pop_front() {
            Some((number, key)) => {
                if self.noted.get(&key).is_some_and(|noted| noted.number == number) {
                    self.noted.remove(&key);
                }
            }
            // What is noted is in the order as well.
            None => self.noted.clear(),
        }
    }
}

fn key_of(octets: &[u8]) -> Key {
    let mut key = Key::default();
    key.iter_mut().zip(Sha256::digest(octets)).for_each(|(to, from)| *to = from);
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use warren_model::properties::BasicProperties;
    use warren_model::value::{FieldTable, FieldValue};

    use super::*;

    const HEADER: &str = "x-deduplication-header";

    fn fresh(size: u64, ttl: Option<u64>) -> Deduplicator {
        Deduplicator::new(&Deduplication { size, ttl, header: HEADER.into() })
    }

    fn properties(headers: &[(&str, FieldValue)]) -> Vec<u8> {
        let mut table = FieldTable::new();
        for (name, value) in headers {
            table.insert(*name, value.clone());
        }
        BasicProperties { headers: Some(table), ..BasicProperties::default() }.to_bytes()
    }

    fn id(value: impl Into<FieldValue>) -> Vec<u8> {
        properties(&[(HEADER, value.into())])
    }

    #[test]
    fn the_same_value_of_the_header_is_the_same_message() {
        let mut cache = fresh(128, None);
        assert!(!cache.is_duplicate(&id("a"), 0));
        assert!(cache.is_duplicate(&id("a"), u64::MAX));
        assert!(!cache.is_duplicate(&id("b"), 0));
        assert!(!cache.is_duplicate(&id(1), 0), "a number");
        assert!(!cache.is_duplicate(&id("1"), 0), "is no text");
        assert!(cache.is_duplicate(&id(1), 0));
    }

    #[test]
    fn without_the_header_all_are_different() {
        let mut cache = fresh(128, None);
        for same in [properties(&[]), properties(&[("other", "a".into())]), vec![0, 0], vec![]] {
            assert!(!cache.is_duplicate(&same, 0));
            assert!(!cache.is_duplicate(&same, 0));
        }
    }

    #[test]
    fn another_header_may_be_named() {
        let rules = Deduplication { size: 8, ttl: None, header: "order".into() };
        let mut cache = Deduplicator::new(&rules);
        let order = properties(&[("order", 7.into()), (HEADER, "changes".into())]);
        assert!(!cache.is_duplicate(&order, 0));
        assert!(cache.is_duplicate(&properties(&[("order", 7.into())]), 0));
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_is_no_room() {
        let mut cache = fresh(2, None);
        for message in ["a", "b"] {
            assert!(!cache.is_duplicate(&id(message), 0));
        }
        // A duplicate does not make its message younger.
        assert!(cache.is_duplicate(&id("a"), 0));
        assert!(!cache.is_duplicate(&id("c"), 0));
        assert!(cache.is_duplicate(&id("b"), 0));
        assert!(!cache.is_duplicate(&id("a"), 0));
        let mut none = fresh(0, None);
        assert!(!none.is_duplicate(&id("a"), 0) && !none.is_duplicate(&id("a"), 0));
    }

    #[test]
    fn times_are_over_at_their_end_and_a_message_may_have_its_own() {
        let mut cache = fresh(8, Some(100));
        let own = |ttl: FieldValue| properties(&[(HEADER, "own".into()), ("x-cache-ttl", ttl)]);
        assert!(!cache.is_duplicate(&id("a"), 1_000));
        assert!(!cache.is_duplicate(&own(10.into()), 1_000));
        assert!(cache.is_duplicate(&own(10.into()), 1_009));
        assert!(!cache.is_duplicate(&own("never".into()), 1_010), "what is no number is not its own");
        assert!(cache.is_duplicate(&id("a"), 1_099));
        assert!(cache.is_duplicate(&id("own"), 1_109));
        assert!(!cache.is_duplicate(&id("a"), 1_100));
        assert!(cache.is_duplicate(&id("a"), 1_199), "from then on it counts anew");
    }

    proptest! {
        #[test]
        fn it_is_as_a_list_of_what_came(
            size in 0u64..6,
            ttl in prop::option::of(0u64..20),
            steps in prop::collection::vec((0u8..8, 0u64..8), 0..200),
        ) {
            let mut cache = fresh(size, ttl);
            let mut model: Vec<(u8, u64)> = Vec::new();
            let mut now = 0;
            for (message, step) in steps {
                now += step;
                let known = model.iter().any(|(m, until)| *m == message && now < *until);
                prop_assert_eq!(cache.is_duplicate(&id(i32::from(message)), now), known);
                if !known && size > 0 {
                    model.retain(|(m, _)| *m != message);
                    if model.len() as u64 >= size {
                        model.remove(0);
                    }
                    model.push((message, ttl.map_or(u64::MAX, |ttl| now + ttl)));
                }
                prop_assert!(cache.noted.len() as u64 <= size);
                prop_assert!(cache.order.len() as u64 <= 2 * size);
            }
        }
    }
}
