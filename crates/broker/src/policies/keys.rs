//! Checking and merging policy definitions by the table of keys (RabbitMQ, policies: definition keys).

use serde_json::{Map, Value};
use warren_arguments::Merge::{Smaller, SmallerLimit};
use warren_arguments::{QueueKind, find_policy};

use crate::queues::arguments::Check as _;
use warren_model::error::{json_term, json_terms};

/// What decided where a queue lives; RabbitMQ has taken it away, and says so.
const MASTER_LOCATOR: &str = "queue-master-locator";

/// What is wrong with a definition; `None` if nothing is.
pub(super) fn problem(definition: &Map<String, Value>, operator: bool) -> Option<String> {
    if definition.is_empty() {
        return Some("no policy provided".into());
    }
    if definition.contains_key(MASTER_LOCATOR) {
        return Some(format!("use of deprecated {MASTER_LOCATOR} argument is not permitted"));
    }
    let known = |name: &str| find_policy(name).filter(|key| !operator || key.is_operators());
    let bad = definition
        .iter()
        .filter_map(|(name, value)| Some((known(name)?, value)))
        .find(|(key, value)| !key.takes.accepts(value));
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
    definition.keys().filter_map(|name| find_policy(name)).all(|key| key.is_for(kind))
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
    let users_wins = match find_policy(name).map(|key| key.merge) {
        Some(Smaller) => a < b,
        Some(SmallerLimit) if a < 0 || b < 0 => a > b,
        Some(SmallerLimit) => a < b,
        _ => false,
    };
    if users_wins { users } else { operators }
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
            (json!({"stream-filter-size-bytes": 5}), "5 is not a valid filter size. Valid range is 16-255"),
            (json!({"target-group-size": 0}), "0 is not a valid qq target count value"),
            (
                json!({"queue-master-locator": "client-local", "bogus": 1}),
                "use of deprecated queue-master-locator argument is not permitted",
            ),
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
        assert_eq!(suits(json!({"queue-mode": "lazy"})), [true, false, false]);
        // As in RabbitMQ, where it says nothing to the others.
        assert_eq!(suits(json!({"queue-version": 2, "consumer-timeout": 0})), [true, true, true]);
    }
}
