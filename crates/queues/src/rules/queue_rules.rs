//! What a queue goes by: its arguments and its policy, resolved to one set of rules.

use std::sync::Arc;

use serde_json::{Map, Value};
use warren_model::value::FieldTable;

use crate::rules::arguments::parse_age;
use crate::rules::kind::QueueKind;

/// Failed deliveries that a quorum queue takes unless told otherwise (RabbitMQ, quorum queues, poison messages).
const DELIVERY_LIMIT: i64 = 20;
/// Priorities that a quorum queue tells apart.
const QUORUM_PRIORITY: u8 = 31;
/// Messages that deduplication remembers unless told otherwise.
const CACHE_SIZE: u64 = 128;
/// The header that tells messages apart unless another one is named.
const DEDUPLICATION_HEADER: &str = "x-deduplication-header";

/// What gives way when a queue is full (RabbitMQ, `x-overflow`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The oldest message.
    #[default]
    DropHead,
    /// The message that comes.
    RejectPublish,
    /// The message that comes, which is dead-lettered.
    RejectPublishDlx,
}

/// How a queue or an exchange recognizes messages that came before (LavinMQ, message deduplication).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduplication {
    /// How many messages are remembered.
    pub size: u64,
    /// How long, in milliseconds.
    pub ttl: Option<u64>,
    /// The header that tells them apart.
    pub header: String,
}

/// See the module's description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueRules {
    /// How long messages live, in milliseconds.
    pub message_ttl: Option<u64>,
    /// How long the queue lives unused, in milliseconds.
    pub expires: Option<u64>,
    /// How many messages may be ready.
    pub max_length: Option<u64>,
    /// How many bytes of messages may be ready; what a stream retains.
    pub max_length_bytes: Option<u64>,
    /// What gives way in a full queue.
    pub overflow: Overflow,
    /// Where dead letters go.
    pub dead_letter_exchange: Option<Arc<str>>,
    /// Their routing key instead of their own.
    pub dead_letter_routing_key: Option<Arc<str>>,
    /// Dead letters that reach no queue are kept (RabbitMQ, at-least-once dead lettering).
    pub at_least_once: bool,
    /// How often a delivery may fail.
    pub delivery_limit: Option<u64>,
    /// Highest priority of messages.
    pub max_priority: u8,
    /// One consumer at a time gets messages.
    pub single_active_consumer: bool,
    /// How long a delivery may wait for its acknowledgement, in milliseconds.
    pub consumer_timeout: Option<u64>,
    /// Messages that came before are dropped.
    pub deduplication: Option<Deduplication>,
    /// How old the messages of a stream may become, in milliseconds.
    pub max_age: Option<u64>,
    /// Size of the segments of a stream, in bytes.
    pub max_segment_size: Option<u64>,
}

/// Values of arguments and policy.
struct Sources<'s> {
    arguments: &'s FieldTable,
    policy: Option<&'s Map<String, Value>>,
}

impl Sources<'_> {
    fn argument(&self, key: &str) -> Option<i64> {
        self.arguments.get(&format!("x-{key}"))?.as_integer()
    }

    fn policy(&self, key: &str) -> Option<&Value> {
        self.policy?.get(key)
    }

    /// The lower of the two.
    fn least(&self, key: &str) -> Option<u64> {
        let (ours, theirs) = (self.argument(key), self.policy(key).and_then(Value::as_i64));
        let least = ours.into_iter().chain(theirs).min()?;
        u64::try_from(least).ok()
    }

    /// The policy's, or else the argument (RabbitMQ, streams: what a policy says of retention goes first).
    fn first_of_policy(&self, key: &str) -> Option<u64> {
        let number = self.policy(key).and_then(Value::as_i64).or_else(|| self.argument(key))?;
        u64::try_from(number).ok()
    }

    /// The policy's age, or else the argument's.
    fn max_age(&self) -> Option<u64> {
        let theirs = self.policy("max-age").and_then(|age| parse_age(age.as_str()?));
        theirs.or_else(|| self.arguments.get("x-max-age").and_then(|age| parse_age(age.as_str()?)))
    }

    /// The argument, or else the policy's.
    fn text(&self, key: &str) -> Option<&str> {
        let ours = self.arguments.get(&format!("x-{key}")).and_then(|value| value.as_str());
        ours.or_else(|| self.policy(key)?.as_str())
    }

    fn flag(&self, key: &str) -> bool {
        self.arguments.get(&format!("x-{key}")).and_then(|value| value.as_bool()).unwrap_or_default()
    }

    /// The lower of the two; a negative one means no limit, and wins (RabbitMQ, `delivery-limit`).
    fn delivery_limit(&self) -> Option<u64> {
        let (ours, theirs) =
            (self.argument("delivery-limit"), self.policy("delivery-limit").and_then(Value::as_i64));
        let limit = match (ours, theirs) {
            (Some(a), Some(b)) if a < 0 || b < 0 => a.max(b),
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b).unwrap_or(DELIVERY_LIMIT),
        };
        u64::try_from(limit).ok()
    }

    fn deduplication(&self) -> Option<Deduplication> {
        self.flag("message-deduplication").then(|| Deduplication {
            size: self.argument("cache-size").and_then(|size| u64::try_from(size).ok()).unwrap_or(CACHE_SIZE),
            ttl: self.argument("cache-ttl").and_then(|ttl| u64::try_from(ttl).ok()),
            header: self.text("deduplication-header").unwrap_or(DEDUPLICATION_HEADER).to_owned(),
        })
    }
}

impl QueueRules {
    /// The rules of a queue with `arguments`, which are valid, under a policy with this effective definition. Limits are
    /// the lower of the two, and what cannot be compared is the argument's (RabbitMQ, policies).
    pub fn resolve(kind: QueueKind, arguments: &FieldTable, policy: Option<&Map<String, Value>>) -> Self {
        let sources = Sources { arguments, policy };
        let quorum = kind == QueueKind::Quorum;
        let overflow = match sources.text("overflow") {
            Some("reject-publish") => Overflow::RejectPublish,
            // RabbitMQ has it for classic queues only.
            Some("reject-publish-dlx") if !quorum => Overflow::RejectPublishDlx,
            _ => Overflow::DropHead,
        };
        let at_least_once = quorum
            && sources.text("dead-letter-strategy") == Some("at-least-once")
            && overflow == Overflow::RejectPublish;
        let max_priority = match sources.argument("max-priority") {
            _ if quorum => QUORUM_PRIORITY,
            Some(highest) => u8::try_from(highest).unwrap_or_default(),
            None => 0,
        };
        Self {
            message_ttl: sources.least("message-ttl"),
            expires: sources.least("expires"),
            max_length: sources.least("max-length"),
            max_length_bytes: match kind {
                QueueKind::Stream => sources.first_of_policy("max-length-bytes"),
                _ => sources.least("max-length-bytes"),
            },
            overflow,
            dead_letter_exchange: sources.text("dead-letter-exchange").map(Arc::from),
            dead_letter_routing_key: sources.text("dead-letter-routing-key").map(Arc::from),
            at_least_once,
            delivery_limit: if quorum { sources.delivery_limit() } else { None },
            max_priority,
            single_active_consumer: sources.flag("single-active-consumer"),
            // 0 is accepted, and is no limit.
            consumer_timeout: sources.least("consumer-timeout").filter(|limit| *limit > 0),
            deduplication: sources.deduplication(),
            max_age: sources.max_age(),
            max_segment_size: sources
                .first_of_policy("stream-max-segment-size-bytes")
                .filter(|size| *size > 0),
        }
    }

    /// Whether publishing needs to look at nothing but the time to live, which is the same for all messages that have none of their
    /// own.
    pub fn are_the_same_for_all(&self) -> bool {
        self.max_length.is_none()
            && self.max_length_bytes.is_none()
            && self.max_priority == 0
            && self.deduplication.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_the_lower_of_the_two_and_texts_the_arguments() {
        let mut arguments = FieldTable::new();
        arguments.insert("x-message-ttl", 500);
        arguments.insert("x-max-length", 10);
        arguments.insert("x-dead-letter-exchange", "mine");
        let policy = serde_json::json!({"message-ttl": 900, "max-length": 5, "dead-letter-exchange": "theirs", "expires": 7});
        let rules = QueueRules::resolve(QueueKind::Classic, &arguments, policy.as_object());
        assert_eq!((rules.message_ttl, rules.max_length, rules.expires), (Some(500), Some(5), Some(7)));
        assert_eq!(rules.dead_letter_exchange.as_deref(), Some("mine"));
    }

    #[test]
    fn what_a_stream_keeps_is_for_the_policy_to_say() {
        let mut arguments = FieldTable::new();
        arguments.insert("x-max-length-bytes", 500);
        arguments.insert("x-max-age", "1h");
        arguments.insert("x-stream-max-segment-size-bytes", 100);
        let kept = |policy: Option<Value>| {
            let policy = policy.as_ref().and_then(Value::as_object);
            let rules = QueueRules::resolve(QueueKind::Stream, &arguments, policy);
            (rules.max_length_bytes, rules.max_age, rules.max_segment_size)
        };
        assert_eq!(kept(None), (Some(500), Some(3_600_000), Some(100)));
        let policy = serde_json::json!({"max-length-bytes": 900, "max-age": "2s", "stream-max-segment-size-bytes": 200});
        assert_eq!(kept(Some(policy)), (Some(900), Some(2000), Some(200)));
    }

    #[test]
    fn delivery_limits_are_for_quorum_queues_and_negative_ones_are_none() {
        let limit = |kind, argument: Option<i64>, policy: Option<i64>| {
            let mut arguments = FieldTable::new();
            if let Some(argument) = argument {
                arguments.insert("x-delivery-limit", argument);
            }
            let policy = policy.map(|limit| serde_json::json!({"delivery-limit": limit}));
            let policy = policy.as_ref().and_then(Value::as_object);
            QueueRules::resolve(kind, &arguments, policy).delivery_limit
        };
        assert_eq!(limit(QueueKind::Classic, Some(3), None), None);
        assert_eq!(limit(QueueKind::Quorum, None, None), Some(20));
        assert_eq!(limit(QueueKind::Quorum, Some(3), Some(7)), Some(3));
        assert_eq!(limit(QueueKind::Quorum, Some(-1), Some(7)), Some(7));
        assert_eq!(limit(QueueKind::Quorum, Some(-1), None), None);
    }
}
