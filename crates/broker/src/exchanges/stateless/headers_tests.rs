//! The headers exchange against recorded answers of RabbitMQ 3.10, and against a matcher that is slow and plain.

use proptest::prelude::*;
use warren_model::properties::BasicProperties;

use super::*;
use crate::exchanges::contract::fixtures::{asked, binding, routed, table};

type Entries<'a> = &'a [(&'a str, FieldValue)];

fn takes(arguments: Entries<'_>, headers: Entries<'_>) -> bool {
    let mut exchange = Headers::default();
    exchange.bind(&binding("q", "", arguments)).unwrap();
    !routed(&exchange, "", headers).is_empty()
}

fn s(text: &str) -> FieldValue {
    text.into()
}

#[test]
fn all_wants_every_argument_and_is_the_default() {
    assert!(takes(&[], &[]));
    assert!(takes(&[], &[("a", s("1"))]));
    assert!(takes(&[("a", s("1")), ("b", s("2"))], &[("a", s("1")), ("b", s("2")), ("c", s("3"))]));
    assert!(!takes(&[("a", s("1")), ("b", s("2"))], &[("a", s("1"))]));
    assert!(!takes(&[("x-match", s("all")), ("a", s("1"))], &[("a", s("2"))]));
}

#[test]
fn any_wants_one_argument_and_takes_nothing_without_arguments() {
    let wish = ("x-match", s("any"));
    assert!(takes(&[wish.clone(), ("a", s("1")), ("b", s("2"))], &[("b", s("2"))]));
    assert!(!takes(&[wish.clone(), ("a", s("1")), ("b", s("2"))], &[("b", s("1"))]));
    assert!(!takes(std::slice::from_ref(&wish), &[]));
    assert!(!takes(&[wish], &[("a", s("1"))]));
}

#[test]
fn arguments_that_begin_with_x_count_only_where_that_is_asked_for() {
    let x = ("x-foo", s("1"));
    assert!(takes(std::slice::from_ref(&x), &[]));
    assert!(!takes(&[("x-match", s("any")), x.clone()], std::slice::from_ref(&x)));
    assert!(!takes(&[("x-match", s("all-with-x")), x.clone()], &[]));
    assert!(takes(&[("x-match", s("all-with-x")), x.clone()], std::slice::from_ref(&x)));
    assert!(takes(&[("x-match", s("any-with-x")), x.clone()], std::slice::from_ref(&x)));
    assert!(!takes(&[("x-match", s("any-with-x")), x], &[("x-bar", s("1"))]));
    assert!(takes(&[("x-match", s("all-with-x"))], &[]));
    assert!(!takes(&[("x-match", s("any-with-x"))], &[("x-match", s("any-with-x"))]));
    assert!(takes(&[("x-", s("1"))], &[]));
    assert!(!takes(&[("X-foo", s("1"))], &[]) && !takes(&[("x", s("1"))], &[]));
}

#[test]
fn an_argument_without_value_wants_the_header_to_be_there() {
    let there = ("a", FieldValue::Void);
    assert!(takes(std::slice::from_ref(&there), &[("a", 5.into())]));
    assert!(takes(std::slice::from_ref(&there), std::slice::from_ref(&there)));
    assert!(!takes(std::slice::from_ref(&there), &[]));
    assert!(!takes(&[("a", 5.into())], std::slice::from_ref(&there)));
    assert!(takes(&[("x-match", s("any")), there], &[("a", s("x"))]));
}

#[test]
fn unknown_wishes_are_refused_and_change_nothing() {
    let mut exchange = Headers::default();
    for value in [s("foo"), s(""), s("ALL"), 5.into(), true.into(), FieldValue::ByteArray(b"all".to_vec())] {
        let error = exchange.bind(&binding("q", "", &[("x-match", value)])).unwrap_err();
        assert_eq!(error.name(), "PRECONDITION_FAILED");
    }
    assert!(exchange.rules.is_empty() && routed(&exchange, "", &[]).is_empty());
}

#[test]
fn of_a_header_that_comes_twice_the_first_counts() {
    let twice: FieldTable = [("a", 1), ("a", 2)].into_iter().collect();
    assert_eq!(twice.len(), 2);
    for (wanted, expected) in [(1, 1), (2, 0)] {
        let mut exchange = Headers::default();
        exchange.bind(&binding("q", "", &[("a", wanted.into())])).unwrap();
        let properties = BasicProperties { headers: Some(twice.clone()), ..BasicProperties::default() };
        let message = Addressed { keys: &[""], properties: &properties.to_bytes(), random: 0 };
        assert_eq!(asked(&exchange, &message).len(), expected);
    }
}

#[test]
fn many_bindings_that_share_an_argument_are_told_apart_by_the_others() {
    let mut exchange = Headers::default();
    let shared = ("type", s("order"));
    for id in 0..1000 {
        exchange.bind(&binding(&id.to_string(), "", &[shared.clone(), ("id", id.into())])).unwrap();
    }
    let largest = exchange.buckets.values().map(Vec::len).max();
    assert!(largest < Some(8), "bindings lie in their most telling bucket: {largest:?}");
    assert_eq!(routed(&exchange, "", &[shared, ("id", 7.into())]), ["7"]);
}

fn value() -> impl Strategy<Value = FieldValue> {
    prop::sample::select(vec![
        FieldValue::Void,
        1.into(),
        1i64.into(),
        2.into(),
        FieldValue::Double(1.0),
        s("1"),
        true.into(),
        FieldValue::ByteArray(b"1".to_vec()),
    ])
}

fn entries() -> impl Strategy<Value = Vec<(&'static str, FieldValue)>> {
    prop::collection::vec((prop::sample::select(vec!["a", "b", "c", "x-a", "x-b"]), value()), 0..4)
}

fn arguments() -> impl Strategy<Value = Vec<(&'static str, FieldValue)>> {
    let wish = prop::sample::select(vec!["", "all", "any", "all-with-x", "any-with-x"]);
    (wish, entries()).prop_map(|(wish, mut entries)| {
        if !wish.is_empty() {
            entries.push(("x-match", s(wish)));
        }
        entries
    })
}

/// Straight from the description of the type.
fn plainly(arguments: &FieldTable, headers: &FieldTable) -> bool {
    let wish = arguments.get("x-match").and_then(FieldValue::as_str).unwrap_or("all");
    let mut hits = arguments
        .iter()
        .filter(
            |(name, _)| if wish.ends_with("-with-x") { *name != "x-match" } else { !name.starts_with("x-") },
        )
        .map(|(name, ours)| match headers.get(name) {
            Some(theirs) => *ours == FieldValue::Void || same(ours, theirs),
            None => false,
        });
    if wish.starts_with("any") { hits.any(|hit| hit) } else { hits.all(|hit| hit) }
}

proptest! {
    #[test]
    fn routes_as_the_plain_matcher_does(
        bound in prop::collection::vec((arguments(), 0u8..4), 1..30),
        undone in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        messages in prop::collection::vec(entries(), 1..10),
    ) {
        let mut exchange = Headers::default();
        let mut model: Vec<Arc<Binding>> = Vec::new();
        for (arguments, queue) in bound {
            let binding = binding(&queue.to_string(), "", &arguments);
            if !model.contains(&binding) {
                exchange.bind(&binding).unwrap();
                model.push(binding);
            }
        }
        for index in undone {
            if !model.is_empty() {
                exchange.unbind(&model.swap_remove(index.index(model.len())));
            }
        }
        for headers in messages {
            let mut expected: Vec<_> = model
                .iter()
                .filter(|b| plainly(&b.arguments, &table(&headers)))
                .map(|b| b.destination.name().to_string())
                .collect();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(routed(&exchange, "", &headers), expected, "headers {:?}", headers);
        }
        for binding in model {
            exchange.unbind(&binding);
        }
        prop_assert!(exchange.buckets.is_empty() && exchange.numbers.is_empty() && exchange.always.is_empty());
    }
}
