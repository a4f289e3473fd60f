//! The keys of policy definitions: which there are, what they take, for which kinds of queues they are, and what comes of
//! a policy and an operator policy that both have one (RabbitMQ, policies: definition keys).

use serde_json::{Map, Value};

use crate::error::{json_term, json_terms};
use crate::queues::QueueKind;

/// What comes of two values of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Merge {
    /// Operator policies do not have the key.
    Never,
    /// The smaller number.
    Smaller,
    /// The smaller number; a negative one is no limit, and then the other counts.
    SmallerLimit,
    /// The operator's.
    Operator,
}

/// Kinds of queues that know a key. Where one does not, a policy with the key is not for queues of that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    All,
    ClassicAndQuorum,
    Classic,
    Quorum,
    Stream,
}

struct Key {
    name: &'static str,
    valid: fn(&Value) -> bool,
    /// What a bad value is not a valid one of.
    what: &'static str,
    merge: Merge,
    of: For,
}

const fn key(
    name: &'static str,
    valid: fn(&Value) -> bool,
    what: &'static str,
    merge: Merge,
    of: For,
) -> Key {
    Key { name, valid, what, merge, of }
}

use For::{All, Classic, ClassicAndQuorum, Quorum, Stream};
use Merge::{Never, Operator, Smaller, SmallerLimit};

const KEYS: &[Key] = &[
    key("alternate-exchange", Value::is_string, "alternate exchange name", Never, All),
    key("consumer-disconnected-timeout", at_least_0, "consumer disconnected timeout", Never, Quorum),
    key("consumer-timeout", at_least_0, "consumer timeout", Never, ClassicAndQuorum),
    key("dead-letter-exchange", Value::is_string, "dead letter exchange name", Never, ClassicAndQuorum),
    key("dead-letter-routing-key", Value::is_string, "dead letter routing key", Never, ClassicAndQuorum),
    key("dead-letter-strategy", is_strategy, "dead letter strategy", Never, Quorum),
    key("delayed-retry-max", at_least_0, "delayed retry maximum", Never, Quorum),
    key("delayed-retry-min", at_least_0, "delayed retry minimum", Never, Quorum),
    key("delayed-retry-type", is_retry, "delayed retry type", Never, Quorum),
    key("delivery-limit", |value| value.as_i64().is_some(), "delivery limit", SmallerLimit, Quorum),
    key("expires", |value| at_least(value, 1), "queue expiry", Smaller, ClassicAndQuorum),
    key("initial-cluster-size", at_least_0, "cluster size", Never, Stream),
    key("max-age", is_age, "max age", Never, Stream),
    key("max-in-memory-bytes", at_least_0, "maximum memory in bytes", Smaller, Quorum),
    key("max-in-memory-length", at_least_0, "maximum memory in bytes", Smaller, Quorum),
    key("max-length", at_least_0, "maximum length", Smaller, ClassicAndQuorum),
    key("max-length-bytes", at_least_0, "maximum length in bytes", Smaller, All),
    key("message-ttl", at_least_0, "message TTL", Smaller, ClassicAndQuorum),
    key("overflow", is_overflow, "overflow value", Operator, ClassicAndQuorum),
    key("queue-leader-locator", is_locator, "queue leader locator value", Never, All),
    key("queue-mode", |value| one_of(value, &["default", "lazy"]), "queue-mode value", Never, Classic),
    key("queue-version", |value| between(value, 1, 2), "queue-version value", Operator, Classic),
    key("stream-filter-size-bytes", is_filter, "filter size. Valid range is 16..255", Never, Stream),
    key("stream-max-segment-size-bytes", at_least_0, "segment size", Never, Stream),
    key("target-group-size", |value| at_least(value, 1), "target group size", Smaller, Quorum),
];

/// What is wrong with a definition; `None` if nothing is.
pub(super) fn problem(definition: &Map<String, Value>, operator: bool) -> Option<String> {
    if definition.is_empty() {
        return Some("no policy provided".into());
    }
    let known = |name: &str| find(name).filter(|key| !operator || key.merge != Never);
    let bad = definition
        .iter()
        .filter_map(|(name, value)| Some((known(name)?, value)))
        .find(|(key, value)| !(key.valid)(value));
    if let Some((key, value)) = bad {
        return Some(format!("{} is not a valid {}", json_term(value), key.what));
    }
    let unknown: Map<String, Value> = definition
        .iter()
        .filter(|(name, _)| known(name).is_none())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!unknown.is_empty()).then(|| format!("{} are not recognised policy settings", json_terms(&unknown)))
}

/// Whether queues of that kind know all keys of a definition. A policy with another key does not apply to them.
pub(super) fn suit(definition: &Map<String, Value>, kind: QueueKind) -> bool {
    definition.keys().filter_map(|name| find(name)).all(|key| match key.of {
        All => true,
        ClassicAndQuorum => kind != QueueKind::Stream,
        Classic => kind == QueueKind::Classic,
        Quorum => kind == QueueKind::Quorum,
        Stream => kind == QueueKind::Stream,
    })
}

/// What comes of the definition of a policy and that of an operator policy.
pub(super) fn merge(policy: &Map<String, Value>, operator: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = policy.clone();
    for (name, value) in operator {
        let value = match policy.get(name) {
            Some(users) => merged_value(name, users, value),
            None => value,
        };
        merged.insert(name.clone(), value.clone());
    }
    merged.sort_keys();
    merged
}

fn merged_value<'v>(name: &str, users: &'v Value, operators: &'v Value) -> &'v Value {
    let (Some(a), Some(b)) = (users.as_i64(), operators.as_i64()) else { return operators };
    let users_wins = match find(name).map(|key| key.merge) {
        Some(Smaller) => a < b,
        Some(SmallerLimit) if a < 0 || b < 0 => a > b,
        Some(SmallerLimit) => a < b,
        _ => false,
    };
    if users_wins { users } else { operators }
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

fn at_least(value: &Value, least: i64) -> bool {
    value.as_i64().is_some_and(|number| number >= least)
}

fn at_least_0(value: &Value) -> bool {
    at_least(value, 0)
}

fn between(value: &Value, least: i64, most: i64) -> bool {
    value.as_i64().is_some_and(|number| (least..=most).contains(&number))
}

fn one_of(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|text| words.contains(&text))
}

fn is_strategy(value: &Value) -> bool {
    one_of(value, &["at-most-once", "at-least-once"])
}

fn is_retry(value: &Value) -> bool {
    one_of(value, &["disabled", "all", "failed", "returned"])
}

fn is_overflow(value: &Value) -> bool {
    one_of(value, &["drop-head", "reject-publish", "reject-publish-dlx"])
}

fn is_locator(value: &Value) -> bool {
    one_of(value, &["client-local", "balanced", "random", "least-leaders"])
}

fn is_filter(value: &Value) -> bool {
    between(value, 16, 255)
}

/// A number and a unit: `7D`, `24h`.
fn is_age(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let Some(number) = text.strip_suffix(['Y', 'M', 'D', 'h', 'm', 's']) else { return false };
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn said(definition: Value, operator: bool) -> String {
        problem(&map(definition), operator).unwrap_or_default()
    }

    #[test]
    fn the_table_has_each_key_once_and_in_order() {
        assert!(KEYS.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn bad_definitions_are_refused_in_rabbitmqs_words() {
        for (definition, text) in [
            (json!({}), "no policy provided"),
            (json!({"bogus": 1}), r#"[{<<"bogus">>,1}] are not recognised policy settings"#),
            (
                json!({"a": "b", "c": null}),
                r#"[{<<"a">>,<<"b">>},{<<"c">>,null}] are not recognised policy settings"#,
            ),
            (json!({"message-ttl": "x"}), r#"<<"x">> is not a valid message TTL"#),
            (json!({"message-ttl": -1}), "-1 is not a valid message TTL"),
            (json!({"message-ttl": 1.5}), "1.5 is not a valid message TTL"),
            (json!({"expires": 0}), "0 is not a valid queue expiry"),
            (json!({"max-age": "0D"}), r#"<<"0D">> is not a valid max age"#),
            (json!({"overflow": "x"}), r#"<<"x">> is not a valid overflow value"#),
            (json!({"alternate-exchange": 5}), "5 is not a valid alternate exchange name"),
        ] {
            assert_eq!(said(definition, false), text);
        }
        for good in [
            json!({"message-ttl": 0, "expires": 1, "max-length": 0, "max-length-bytes": 5}),
            json!({"delivery-limit": -1, "overflow": "reject-publish-dlx", "max-age": "12h"}),
        ] {
            assert_eq!(said(good, false), "");
        }
    }

    #[test]
    fn operator_policies_have_fewer_keys() {
        assert_eq!(said(json!({"max-length": 5, "overflow": "drop-head", "queue-version": 2}), true), "");
        assert_eq!(
            said(json!({"dead-letter-exchange": "x"}), true),
            r#"[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings"#
        );
    }

    #[test]
    fn the_operator_limits_and_does_not_widen() {
        let merged = merge(
            &map(json!({"max-length": 10, "message-ttl": 5, "delivery-limit": -1, "overflow": "drop-head"})),
            &map(
                json!({"max-length": 7, "message-ttl": 9, "delivery-limit": 3, "overflow": "reject-publish",
                "expires": 1}),
            ),
        );
        assert_eq!(
            Value::Object(merged),
            json!({"delivery-limit": 3, "expires": 1, "max-length": 7, "message-ttl": 5,
                "overflow": "reject-publish"})
        );
        let limits = |a: i64, b: i64| {
            let one = |limit: i64| map(json!({ "delivery-limit": limit }));
            merge(&one(a), &one(b))["delivery-limit"].as_i64().unwrap()
        };
        assert_eq!((limits(3, -1), limits(-1, 3), limits(3, 5), limits(5, 3)), (3, 3, 3, 3));
    }

    #[test]
    fn a_policy_that_a_kind_of_queue_does_not_know_is_not_for_it() {
        let suits = |definition: Value| {
            let definition = map(definition);
            [QueueKind::Classic, QueueKind::Quorum, QueueKind::Stream].map(|kind| suit(&definition, kind))
        };
        assert_eq!(suits(json!({"max-length-bytes": 1})), [true, true, true]);
        assert_eq!(suits(json!({"max-length": 1})), [true, true, false]);
        assert_eq!(suits(json!({"max-length": 1, "delivery-limit": 1})), [false, true, false]);
        assert_eq!(suits(json!({"max-age": "1D"})), [false, false, true]);
        assert_eq!(suits(json!({"queue-version": 2})), [true, false, false]);
    }
}
