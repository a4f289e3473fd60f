//! The keys of policy definitions: which there are, what they take, for which kinds of queues they are, and what comes of
//! a policy and an operator policy that both have one (RabbitMQ, policies: definition keys).

use serde_json::{Map, Value};

use crate::error::{json_term, json_terms};
use crate::queues::{QueueKind, arguments};

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

struct Key {
    name: &'static str,
    /// What a bad value is not a valid one of.
    what: &'static str,
    merge: Merge,
}

const fn key(name: &'static str, what: &'static str, merge: Merge) -> Key {
    Key { name, what, merge }
}

use Merge::{Never, Operator, Smaller, SmallerLimit};

/// Every key. What those take that stand for arguments of queues, and which queues know them, is in the table of the
/// arguments.
const KEYS: &[Key] = &[
    key(ALTERNATE_EXCHANGE, "alternate exchange name", Never),
    key("consumer-timeout", "consumer timeout", Never),
    key("dead-letter-exchange", "dead letter exchange name", Never),
    key("dead-letter-routing-key", "dead letter routing key", Never),
    key("dead-letter-strategy", "dead letter strategy", Never),
    key("delivery-limit", "delivery limit", SmallerLimit),
    key("expires", "queue expiry", Smaller),
    key(CLUSTER_SIZE, "cluster size", Never),
    key("max-age", "max age", Never),
    key("max-in-memory-bytes", "maximum memory in bytes", Smaller),
    key("max-in-memory-length", "maximum memory in bytes", Smaller),
    key("max-length", "maximum length", Smaller),
    key("max-length-bytes", "maximum length in bytes", Smaller),
    key("message-ttl", "message TTL", Smaller),
    key("overflow", "overflow value", Operator),
    key("queue-leader-locator", "queue leader locator value", Never),
    key("queue-mode", "queue-mode value", Never),
    key("queue-version", "queue-version value", Operator),
    key(FILTER_SIZE, "filter size. Valid range is 16-255", Never),
    key(SEGMENT_SIZE, "segment size", Never),
    key(GROUP_SIZE, "qq target count value", Smaller),
];

/// For exchanges.
const ALTERNATE_EXCHANGE: &str = "alternate-exchange";
/// For quorum queues, and no argument of theirs; there is one node to choose from.
const GROUP_SIZE: &str = "target-group-size";
const FILTER_SIZE: &str = "stream-filter-size-bytes";
const SEGMENT_SIZE: &str = "stream-max-segment-size-bytes";
const CLUSTER_SIZE: &str = "initial-cluster-size";
/// What decided where a queue lives; RabbitMQ has taken it away, and says so.
const MASTER_LOCATOR: &str = "queue-master-locator";
/// Keys that mean nothing to some kinds of queues, and yet do not keep a policy from them.
const FOR_ALL_KINDS: [&str; 4] = [ALTERNATE_EXCHANGE, "consumer-timeout", "queue-version", FILTER_SIZE];

impl Key {
    fn is_valid(&self, value: &Value) -> bool {
        match self.name {
            ALTERNATE_EXCHANGE => value.is_string(),
            GROUP_SIZE => value.as_i64().is_some_and(|size| size >= 1),
            FILTER_SIZE => value.as_i64().is_some_and(|size| arguments::FILTER_SIZES.contains(&size)),
            SEGMENT_SIZE => {
                value.as_i64().is_some_and(|size| (0..=arguments::MAX_SEGMENT_SIZE).contains(&size))
            }
            // A declaration must say at least 1.
            CLUSTER_SIZE => value.as_i64().is_some_and(|size| size >= 0),
            name => arguments::find_policy(name).is_some_and(|argument| argument.takes.accepts(value)),
        }
    }

    fn is_for(&self, kind: QueueKind) -> bool {
        match self.name {
            name if FOR_ALL_KINDS.contains(&name) => true,
            GROUP_SIZE => kind == QueueKind::Quorum,
            name => arguments::find_policy(name).is_some_and(|argument| argument.kinds.contains(&kind)),
        }
    }
}

/// What is wrong with a definition; `None` if nothing is.
pub(super) fn problem(definition: &Map<String, Value>, operator: bool) -> Option<String> {
    if definition.is_empty() {
        return Some("no policy provided".into());
    }
    if definition.contains_key(MASTER_LOCATOR) {
        return Some(format!("use of deprecated {MASTER_LOCATOR} argument is not permitted"));
    }
    let known = |name: &str| find(name).filter(|key| !operator || key.merge != Never);
    let bad = definition
        .iter()
        .filter_map(|(name, value)| Some((known(name)?, value)))
        .find(|(key, value)| !key.is_valid(value));
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
    definition.keys().filter_map(|name| find(name)).all(|key| key.is_for(kind))
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
    fn keys_and_arguments_know_each_other() {
        let of_arguments = arguments::ARGUMENTS.iter().filter_map(|argument| argument.policy);
        let mut expected: Vec<_> = of_arguments.chain([ALTERNATE_EXCHANGE, GROUP_SIZE]).collect();
        expected.sort_unstable();
        assert_eq!(KEYS.iter().map(|key| key.name).collect::<Vec<_>>(), expected);
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
