//! The arguments of queues.

use std::ops::RangeInclusive;

use crate::Merge::{Never, Operator, Smaller, SmallerLimit};
use crate::QueueKind::{self, Classic, Quorum, Stream};
use crate::argument::argument;
use crate::{Argument, Takes};

/// The largest segments of a stream that can be asked for, in bytes (RabbitMQ, streams).
pub const MAX_SEGMENT_SIZE: i64 = 3_000_000_000;
/// The sizes of filters of streams that there are, in bytes (RabbitMQ, streams).
pub const FILTER_SIZES: RangeInclusive<i64> = 16..=255;

const ALL: &[QueueKind] = &[Classic, Quorum, Stream];
const WORKING: &[QueueKind] = &[Classic, Quorum];
const LOCATORS: &[&str] = &["client-local", "balanced", "random", "least-leaders"];

/// Every argument, in the order in which they are checked.
pub const ARGUMENTS: &[Argument] =
    &[
        argument(
            "x-expires",
            Takes::Milliseconds(1),
            WORKING,
            "deletes the queue when it was unused for so long (ms)",
        )
        .policy("expires", "queue expiry", Smaller),
        argument("x-message-ttl", Takes::Milliseconds(0), WORKING, "how long messages live (ms)").policy(
            "message-ttl",
            "message TTL",
            Smaller,
        ),
        argument(
            "x-dead-letter-exchange",
            Takes::Text,
            WORKING,
            "where rejected, expired and surplus messages go",
        )
        .policy("dead-letter-exchange", "dead letter exchange name", Never),
        argument(
            "x-dead-letter-routing-key",
            Takes::Text,
            WORKING,
            "routing key of dead letters instead of their own",
        )
        .policy("dead-letter-routing-key", "dead letter routing key", Never),
        argument(
            "x-dead-letter-strategy",
            Takes::Word(&["at-most-once", "at-least-once"], "invalid_dlx_strategy"),
            &[Quorum],
            "whether dead letters that reach no queue are kept",
        )
        .policy("dead-letter-strategy", "dead letter strategy", Never),
        argument("x-max-length", Takes::AtLeast(0), WORKING, "how many messages may be ready").policy(
            "max-length",
            "maximum length",
            Smaller,
        ),
        argument("x-max-length-bytes", Takes::AtLeast(0), ALL, "how many bytes of messages may be ready")
            .policy("max-length-bytes", "maximum length in bytes", Smaller),
        argument("x-max-priority", Takes::Between(0, 255), &[Classic], "the highest priority of messages"),
        argument(
            "x-overflow",
            Takes::Word(&["drop-head", "reject-publish", "reject-publish-dlx"], "invalid_overflow"),
            WORKING,
            "what gives way in a full queue",
        )
        .policy("overflow", "overflow value", Operator),
        argument(
            "x-queue-mode",
            Takes::Word(&["default", "lazy"], "invalid_queue_mode"),
            &[Classic],
            "accepted, without effect: long queues are always on disk",
        )
        .policy("queue-mode", "queue-mode value", Never),
        argument("x-queue-version", Takes::Version(2), &[Classic], "accepted, without effect")
            .policy("queue-version", "queue-version value", Operator)
            .policy_for_all(),
        argument("x-single-active-consumer", Takes::Boolean, WORKING, "one consumer at a time gets messages"),
        argument(
            "x-consumer-timeout",
            Takes::AtLeast(0),
            WORKING,
            "how long a delivery may wait for its acknowledgement (ms)",
        )
        .policy("consumer-timeout", "consumer timeout", Never)
        .policy_for_all(),
        argument("x-delivery-limit", Takes::Integer, &[Quorum], "how often a delivery may fail").policy(
            "delivery-limit",
            "delivery limit",
            SmallerLimit,
        ),
        argument(
            "x-queue-leader-locator",
            Takes::Word(LOCATORS, "invalid_queue_locator_arg"),
            ALL,
            "accepted: there is one node",
        )
        .policy("queue-leader-locator", "queue leader locator value", Never),
        argument("x-quorum-initial-group-size", Takes::AtLeast(1), &[Quorum], "accepted: there is one node"),
        argument("x-max-in-memory-length", Takes::AtLeast(0), &[Quorum], "accepted, without effect").policy(
            "max-in-memory-length",
            "maximum memory in bytes",
            Smaller,
        ),
        argument("x-max-in-memory-bytes", Takes::AtLeast(0), &[Quorum], "accepted, without effect").policy(
            "max-in-memory-bytes",
            "maximum memory in bytes",
            Smaller,
        ),
        argument("x-max-age", Takes::Age, &[Stream], "how old messages may become")
            .policy("max-age", "max age", Never),
        argument(
            "x-stream-max-segment-size-bytes",
            Takes::AtLeast(0),
            &[Stream],
            "size of the segments that retention drops whole",
        )
        .policy("stream-max-segment-size-bytes", "segment size", Never)
        .policy_takes(Takes::Between(0, MAX_SEGMENT_SIZE)),
        argument("x-stream-filter-size-bytes", Takes::AtLeast(0), &[Stream], "accepted: filters are exact")
            .policy("stream-filter-size-bytes", "filter size. Valid range is 16-255", Never)
            .policy_takes(Takes::Between(*FILTER_SIZES.start(), *FILTER_SIZES.end()))
            .policy_for_all(),
        argument("x-initial-cluster-size", Takes::AtLeast(1), &[Stream], "accepted: there is one node")
            .policy("initial-cluster-size", "cluster size", Never)
            .policy_takes(Takes::AtLeast(0)),
        argument("x-message-deduplication", Takes::Boolean, WORKING, "drops messages that came before"),
        argument("x-cache-size", Takes::AtLeast(0), WORKING, "how many messages deduplication remembers"),
        argument("x-cache-ttl", Takes::Milliseconds(0), WORKING, "how long deduplication remembers (ms)"),
        argument("x-deduplication-header", Takes::Text, WORKING, "the header that tells messages apart"),
    ];

/// The argument of that name.
pub fn find(name: &str) -> Option<&'static Argument> {
    ARGUMENTS.iter().find(|argument| argument.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find_policy;

    /// The page's table is the one that declarations go by.
    #[test]
    fn the_documentation_has_every_argument() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/queues.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `x-")).collect();
        let expected: Vec<_> = ARGUMENTS
            .iter()
            .map(|argument| {
                let policy = argument.policy.map(|key| format!("`{}`", key.key)).unwrap_or_default();
                let kinds: Vec<_> = argument.kinds.iter().map(|kind| kind.as_str()).collect();
                format!("| `{}` | {policy} | {} | {} |", argument.name, kinds.join(", "), argument.about)
            })
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn policies_have_the_values_and_kinds_of_their_arguments_unless_told_otherwise() {
        let ttl = find_policy("message-ttl").unwrap();
        assert_eq!(
            (ttl.takes, ttl.is_for(Quorum), ttl.is_for(Stream)),
            (Takes::Milliseconds(0), true, false)
        );
        let size = find_policy("initial-cluster-size").unwrap();
        assert_eq!(
            (size.takes, find("x-initial-cluster-size").unwrap().takes),
            (Takes::AtLeast(0), Takes::AtLeast(1))
        );
        assert!(QueueKind::ALL.into_iter().all(|kind| find_policy("queue-version").unwrap().is_for(kind)));
    }
}
