//! Consistent hashing: how even it is, and how little moves.

use std::collections::BTreeMap;

use proptest::prelude::*;
use warren_model::properties::BasicProperties;

use super::*;
use crate::exchanges::contract::fixtures::{asked, binding, properties, table};

fn router(arguments: &[(&str, FieldValue)]) -> Result<Box<dyn Router>, Error> {
    ConsistentHash::router(&table(arguments), Types(&[]))
}

fn made(arguments: &[(&str, FieldValue)]) -> Box<dyn Router> {
    router(arguments).unwrap()
}

fn bound(weights: &[(&str, &str)]) -> Box<dyn Router> {
    let mut router = made(&[]);
    for (queue, weight) in weights {
        router.bind(&binding(queue, weight, &[])).unwrap();
    }
    router
}

fn chosen(router: &dyn Router, key: &str) -> String {
    let message = Addressed { keys: &[key, "a copy's key"], properties: &[0, 0], random: 0 };
    let [queue] = <[String; 1]>::try_from(asked(router, &message)).expect("one destination");
    queue
}

/// How many of `count` keys each queue gets.
fn shares(router: &dyn Router, count: usize) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    for key in 0..count {
        *shares.entry(chosen(router, &format!("order.{key}"))).or_insert(0.0) += 1.0;
    }
    shares
}

#[test]
fn queues_of_one_weight_get_as_much_as_each_other() {
    for weight in ["1", "20"] {
        let names: Vec<String> = (0..8).map(|n| format!("q{n}")).collect();
        let weights: Vec<_> = names.iter().map(|name| (name.as_str(), weight)).collect();
        let shares = shares(&*bound(&weights), 16_000);
        assert_eq!(shares.len(), 8);
        assert!(shares.values().all(|share| (share - 2_000.0).abs() < 200.0), "{shares:?}");
    }
}

#[test]
fn weights_decide_how_much_a_queue_gets() {
    let shares = shares(&*bound(&[("one", "1"), ("two", "2"), ("five", "5")]), 16_000);
    for (queue, expected) in [("one", 2_000.0), ("two", 4_000.0), ("five", 10_000.0)] {
        let share: f64 = shares[queue];
        assert!((share - expected).abs() < 300.0, "{shares:?}");
    }
}

#[test]
fn several_bindings_of_a_queue_count_together() {
    let (split, whole) = (bound(&[("a", "1"), ("a", "2"), ("b", "3")]), bound(&[("a", "3"), ("b", "3")]));
    for key in 0..200 {
        let key = key.to_string();
        assert_eq!(chosen(&*split, &key), chosen(&*whole, &key));
    }
}

#[test]
fn keys_stay_where_they_are_in_every_run() {
    let router = bound(&[("a", "1"), ("b", "1"), ("c", "3"), ("d", "10")]);
    let found: Vec<_> = ["", "order.1", "ü", "x.y", "17", "b.c"].map(|key| chosen(&*router, key)).into();
    assert_eq!(found, ["d", "d", "b", "b", "a", "d"]);
}

#[test]
fn a_header_or_a_property_may_decide() {
    let by_header = made(&[("hash-header", "id".into())]);
    let by_id = made(&[("hash-property", "message_id".into())]);
    for mut router in [by_header, by_id] {
        for queue in 0..6 {
            router.bind(&binding(&format!("q{queue}"), "1", &[])).unwrap();
        }
        assert!(!router.by_key_alone());
        let of = |key: &str, id: &str| {
            let message_id = Some(id.to_owned());
            let headers = Some(table(&[("id", id.into())]));
            let bytes = BasicProperties { headers, message_id, ..BasicProperties::default() }.to_bytes();
            asked(&*router, &Addressed { keys: &[key], properties: &bytes, random: 0 })
        };
        let places: std::collections::BTreeSet<_> = (0..60).map(|id| of("k", &id.to_string())).collect();
        assert_eq!(places.len(), 6, "ids are spread");
        assert_eq!(of("k", "7"), of("another key", "7"));
        // Without what decides, all go to one place.
        let none = |key| asked(&*router, &Addressed { keys: &[key], properties: &[0, 0], random: 0 });
        assert_eq!(none("a"), none("b"));
        assert_eq!(none("a").len(), 1);
    }
}

#[test]
fn times_and_correlations_decide_too() {
    for property in ["timestamp", "correlation_id"] {
        let mut router = made(&[("hash-property", property.into())]);
        for queue in 0..6 {
            router.bind(&binding(&format!("q{queue}"), "1", &[])).unwrap();
        }
        let of = |number: u64| {
            let correlation_id = Some(number.to_string());
            let properties =
                BasicProperties { timestamp: Some(number), correlation_id, ..BasicProperties::default() };
            asked(&*router, &Addressed { keys: &["k"], properties: &properties.to_bytes(), random: 0 })
        };
        assert_eq!((0..60).map(of).collect::<std::collections::BTreeSet<_>>().len(), 6);
    }
}

#[test]
fn headers_of_any_type_decide() {
    let mut router = made(&[("x-hash-on", "n".into())]);
    for queue in 0..6 {
        router.bind(&binding(&format!("q{queue}"), "1", &[])).unwrap();
    }
    let of = |number: i32| {
        let bytes = properties(&[("n", number.into())]);
        asked(&*router, &Addressed { keys: &["k"], properties: &bytes, random: 0 })
    };
    assert_eq!((0..60).map(of).collect::<std::collections::BTreeSet<_>>().len(), 6);
}

#[test]
fn bad_arguments_are_refused_as_rabbitmq_refuses_them() {
    let text = |arguments: &[(&str, FieldValue)]| {
        let error = router(arguments).err().unwrap();
        (error.name(), error.reason().to_owned())
    };
    let (header, property) = (("hash-header", "h".into()), ("hash-property", "message_id".into()));
    let exclusive = "hash-header and hash-property are mutually exclusive";
    assert_eq!(text(&[header, property]), ("PRECONDITION_FAILED", exclusive.into()));
    let unsupported = ("PRECONDITION_FAILED", "Unsupported property: app_id".into());
    assert_eq!(text(&[("hash-property", "app_id".into())]), unsupported);
    assert_eq!(
        text(&[("hash-header", 5.into())]),
        ("PRECONDITION_FAILED", "invalid type 'signedint' for arg 'hash-header'".into())
    );
}

#[test]
fn keys_that_are_no_weights_are_refused_as_rabbitmq_refuses_them() {
    let mut router = made(&[]);
    for key in ["", "x", "1.5", "1 ", "-", "+"] {
        let error = router.bind(&binding("q", key, &[])).unwrap_err();
        let shown = if key.is_empty() { "<<>>".into() } else { format!("<<\"{key}\">>") };
        assert_eq!(error.reason(), format!("The binding key must be an integer: {shown}"));
        assert_eq!(error.name(), "PRECONDITION_FAILED");
    }
    for key in ["0", "-1", "-0", "-99999999999999999999999"] {
        let error = router.bind(&binding("q", key, &[])).unwrap_err();
        assert_eq!(
            (error.name(), error.reason()),
            ("PRECONDITION_FAILED", "The binding key must be greater than 0")
        );
    }
    for key in ["10001", "99999999999999999999999"] {
        let error = router.bind(&binding("q", key, &[])).unwrap_err();
        assert_eq!(
            (error.name(), error.reason()),
            ("PRECONDITION_FAILED", "The binding key must not exceed 10000")
        );
    }
    let message = Addressed { keys: &["k"], properties: &[0, 0], random: 0 };
    assert!(asked(&*router, &message).is_empty());
    for key in ["1", "+2", "007", "10000"] {
        router.bind(&binding("q", key, &[])).unwrap();
    }
    assert_eq!(chosen(&*router, "k"), "q");
}

fn weights() -> impl Strategy<Value = BTreeMap<u8, u8>> {
    prop::collection::btree_map(0u8..20, 1u8..5, 1..12)
}

proptest! {
    #[test]
    fn only_the_share_of_what_comes_or_goes_moves(
        weights in weights(), new in 20u8..30, weight in 1u8..5, keys in prop::collection::vec("[a-z.]{0,8}", 40)
    ) {
        let mut router = made(&[]);
        for (queue, weight) in &weights {
            router.bind(&binding(&queue.to_string(), &weight.to_string(), &[])).unwrap();
        }
        let before: Vec<_> = keys.iter().map(|key| chosen(&*router, key)).collect();
        let binding = binding(&new.to_string(), &weight.to_string(), &[]);
        router.bind(&binding).unwrap();
        for (key, before) in keys.iter().zip(&before) {
            let now = chosen(&*router, key);
            prop_assert!(now == *before || now == new.to_string(), "moved between others");
        }
        router.unbind(&binding);
        let after: Vec<_> = keys.iter().map(|key| chosen(&*router, key)).collect();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn the_order_of_bindings_does_not_matter(weights in weights(), key in "[a-z]{0,8}") {
        let (mut forth, mut back) = (made(&[]), made(&[]));
        for (queue, weight) in &weights {
            forth.bind(&binding(&queue.to_string(), &weight.to_string(), &[])).unwrap();
        }
        for (queue, weight) in weights.iter().rev() {
            back.bind(&binding(&queue.to_string(), &weight.to_string(), &[])).unwrap();
        }
        prop_assert_eq!(chosen(&*forth, &key), chosen(&*back, &key));
    }
}
