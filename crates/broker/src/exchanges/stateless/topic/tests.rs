//! The topic exchange against its specification, and against a matcher that is slow and plain.

use proptest::prelude::*;

use super::*;
use crate::exchanges::contract::fixtures::{binding, routed};

fn matches(pattern: &str, key: &str) -> bool {
    let mut topic = Topic::default();
    topic.bind(&binding("q", pattern, &[])).unwrap();
    !routed(&topic, key, &[]).is_empty()
}

/// Straight from the definition of the wildcards.
fn plainly(pattern: &[&str], key: &[&str]) -> bool {
    match pattern.split_first() {
        None => key.is_empty(),
        Some((&"#", rest)) => (0..=key.len()).any(|taken| plainly(rest, &key[taken..])),
        Some((word, rest)) => match key.split_first() {
            Some((first, others)) => (*word == "*" || word == first) && plainly(rest, others),
            None => false,
        },
    }
}

#[test]
fn wildcards_stand_for_one_word_and_for_any_number() {
    for (pattern, key) in [
        ("*.orange.*", "quick.orange.rabbit"),
        ("lazy.#", "lazy"),
        ("lazy.#", "lazy.pink.rabbit.of.the.warren"),
        ("#", ""),
        ("#", "a.b.c"),
        ("#.b.#", "b"),
        ("#.b.#", "a.b.b.c"),
        ("#.*", "a"),
        ("*.#.*", "a.b"),
        ("", ""),
        ("a..b", "a..b"),
        ("a.*.b", "a..b"),
        ("*.*", "."),
    ] {
        assert!(matches(pattern, key), "{pattern} should match {key}");
    }
    for (pattern, key) in [
        ("*.orange.*", "orange"),
        ("*.orange.*", "quick.orange.male.rabbit"),
        ("lazy.#", "lazyness"),
        ("*", ""),
        ("#.*", ""),
        ("*.#.*", "a"),
        ("", "a"),
        ("a", ""),
        ("a*", "ab"),
        ("a.b", "a..b"),
    ] {
        assert!(!matches(pattern, key), "{pattern} should not match {key}");
    }
}

#[test]
fn wildcards_in_a_message_are_plain_words() {
    assert!(matches("*", "#"));
    assert!(!matches("*.a", "#"));
    assert!(!matches("a", "*"));
    assert!(!matches("a.b", "#"));
}

#[test]
fn a_place_is_visited_once_however_many_ways_lead_to_it() {
    let mut topic = Topic::default();
    topic.bind(&binding("q", &["#.a"; 60].join("."), &[])).unwrap();
    // Tried one by one, the ways through this would not be counted in a lifetime.
    assert_eq!(routed(&topic, &["a"; 120].join("."), &[]), ["q"]);
    assert!(routed(&topic, &["a"; 59].join("."), &[]).is_empty());
}

#[test]
fn many_places_that_a_message_does_not_leave_are_each_counted_once() {
    let mut topic = Topic::default();
    let mut patterns = vec![String::new()];
    for _ in 0..7 {
        patterns = patterns.iter().flat_map(|p| [format!("{p}a."), format!("{p}*.")]).collect();
    }
    let patterns: Vec<_> = patterns.iter().flat_map(|p| [format!("{p}#"), format!("#.{p}#.b")]).collect();
    for pattern in &patterns {
        topic.bind(&binding(pattern, pattern, &[])).unwrap();
    }
    for key in ["a.a.a.a.a.a.a", "a.a.a.a.a.a.a.a.a.b", "a.a.c.a.a.a.a.a.a.b.a.b", "a.b"] {
        let mut expected: Vec<_> =
            patterns.iter().filter(|p| plainly(&split(p), &split(key))).cloned().collect();
        expected.sort();
        assert_eq!(routed(&topic, key, &[]), expected, "{key}");
        let mut found = Vec::new();
        topic.route(&Addressed { keys: &[key], properties: &[], random: 0 }, &mut found);
        assert_eq!(found.len(), expected.len(), "{key}");
        assert!(expected.len() > 128 || key.len() < 14, "{} for {key}", expected.len());
    }
}

#[test]
fn nothing_is_left_of_bindings_that_are_gone() {
    let mut topic = Topic::default();
    let bindings: Vec<_> =
        ["", "a", "a.b", "a.*", "a.#", "#", "#.#", "*.#.b", "c.d.e"].map(|p| binding("q", p, &[])).into();
    for round in 0..3 {
        bindings.iter().for_each(|b| topic.bind(b).unwrap());
        bindings.iter().for_each(|b| topic.unbind(b));
        assert!(topic.edges.is_empty() && topic.words.is_empty(), "round {round}: {topic:?}");
        assert_eq!(topic.places.len(), topic.free_places.len() + 1);
        assert_eq!((topic.places[0].edges, topic.places[0].leads_on), (0, 0));
    }
}

fn pattern() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "", "*", "*", "#", "#"]), 0..6)
        .prop_map(|words| words.join("."))
}

fn key() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "", "d"]), 0..7)
        .prop_map(|words| words.join("."))
}

fn split(key: &str) -> Vec<&str> {
    if key.is_empty() { Vec::new() } else { key.split('.').collect() }
}

proptest! {
    #[test]
    fn routes_as_the_plain_matcher_does(
        patterns in prop::collection::vec((pattern(), 0u8..4), 1..30),
        undone in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        keys in prop::collection::vec(key(), 1..10),
    ) {
        let mut topic = Topic::default();
        let mut model = Vec::new();
        for (pattern, queue) in patterns {
            let binding = binding(&queue.to_string(), &pattern, &[]);
            if !model.contains(&binding) {
                topic.bind(&binding).unwrap();
                model.push(binding);
            }
        }
        for index in undone {
            if !model.is_empty() {
                topic.unbind(&model.swap_remove(index.index(model.len())));
            }
        }
        for key in keys {
            let mut expected: Vec<_> = model
                .iter()
                .filter(|b| plainly(&split(&b.routing_key), &split(&key)))
                .map(|b| b.destination.name().to_string())
                .collect();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(routed(&topic, &key, &[]), expected, "key {}", key);
        }
    }

    #[test]
    fn any_bytes_of_any_length_are_a_key(pattern in ".{0,255}", key in ".{0,255}") {
        let expected = plainly(&split(&pattern), &split(&key));
        prop_assert_eq!(matches(&pattern, &key), expected);
    }
}
