//! The arguments that queues take: one table that declarations, policies and help texts go by (RabbitMQ, optional queue
//! arguments).

use serde_json::Value;
use warren_protocol::value::{FieldTable, FieldValue};

use super::kind::QueueKind::{self, Classic, Quorum, Stream};
use super::queue::QueueSettings;
use crate::error::Error;

/// The highest time in milliseconds, as RabbitMQ has it: ten years.
pub(crate) const MAX_MILLISECONDS: i64 = 10 * 365 * 24 * 3_600_000;

const DEAD_LETTER_EXCHANGE: &str = "x-dead-letter-exchange";
/// The largest segments of a stream that can be asked for, and the sizes of its filters, in bytes (RabbitMQ, streams).
pub(crate) const MAX_SEGMENT_SIZE: i64 = 3_000_000_000;
pub(crate) const FILTER_SIZES: std::ops::RangeInclusive<i64> = 16..=255;

/// What values an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// An integer of at least this much.
    AtLeast(i64),
    /// A time in milliseconds, of at least this much.
    Milliseconds(i64),
    /// Any integer.
    Integer,
    /// An integer between these two.
    Between(i64, i64),
    /// The one version that there is.
    Version(i64),
    /// `true` or `false`.
    Boolean,
    /// Any text.
    Text,
    /// One of these words; the other word names the refusal.
    Word(&'static [&'static str], &'static str),
    /// A number and a unit: `Y`, `M`, `D`, `h`, `m`, `s`.
    Age,
}

/// An argument.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its name in declarations.
    pub name: &'static str,
    /// Its name in policies, if they can set it.
    pub policy: Option<&'static str>,
    /// What it takes.
    pub takes: Takes,
    /// The kinds of queues that it is for; others refuse it.
    pub kinds: &'static [QueueKind],
    /// Whether a declaration with another value means another queue.
    pub compared: bool,
    /// What it does, in a sentence.
    pub about: &'static str,
}

const ALL: &[QueueKind] = &[Classic, Quorum, Stream];
const WORKING: &[QueueKind] = &[Classic, Quorum];
const LOCATORS: &[&str] = &["client-local", "balanced", "random", "least-leaders"];

const fn argument(
    name: &'static str,
    policy: Option<&'static str>,
    takes: Takes,
    kinds: &'static [QueueKind],
    about: &'static str,
) -> Argument {
    Argument { name, policy, takes, kinds, compared: true, about }
}

const fn not_compared(argument: Argument) -> Argument {
    Argument { compared: false, ..argument }
}

/// Every argument, in the order in which they are checked.
pub const ARGUMENTS: &[Argument] = &[
    argument(
        "x-expires",
        Some("expires"),
        Takes::Milliseconds(1),
        WORKING,
        "deletes the queue when it was unused for so long (ms)",
    ),
    argument(
        "x-message-ttl",
        Some("message-ttl"),
        Takes::Milliseconds(0),
        WORKING,
        "how long messages live (ms)",
    ),
    argument(
        "x-dead-letter-exchange",
        Some("dead-letter-exchange"),
        Takes::Text,
        WORKING,
        "where rejected, expired and surplus messages go",
    ),
    argument(
        "x-dead-letter-routing-key",
        Some("dead-letter-routing-key"),
        Takes::Text,
        WORKING,
        "routing key of dead letters instead of their own",
    ),
    argument(
        "x-dead-letter-strategy",
        Some("dead-letter-strategy"),
        Takes::Word(&["at-most-once", "at-least-once"], "invalid_dlx_strategy"),
        &[Quorum],
        "whether dead letters that reach no queue are kept",
    ),
    argument(
        "x-max-length",
        Some("max-length"),
        Takes::AtLeast(0),
        WORKING,
        "how many messages may be ready",
    ),
    argument(
        "x-max-length-bytes",
        Some("max-length-bytes"),
        Takes::AtLeast(0),
        ALL,
        "how many bytes of messages may be ready",
    ),
    argument("x-max-priority", None, Takes::Between(0, 255), &[Classic], "the highest priority of messages"),
    argument(
        "x-overflow",
        Some("overflow"),
        Takes::Word(&["drop-head", "reject-publish", "reject-publish-dlx"], "invalid_overflow"),
        WORKING,
        "what gives way in a full queue",
    ),
    argument(
        "x-queue-mode",
        Some("queue-mode"),
        Takes::Word(&["default", "lazy"], "invalid_queue_mode"),
        &[Classic],
        "accepted, without effect: long queues are always on disk",
    ),
    not_compared(argument(
        "x-queue-version",
        Some("queue-version"),
        Takes::Version(2),
        &[Classic],
        "accepted, without effect",
    )),
    argument(
        "x-single-active-consumer",
        None,
        Takes::Boolean,
        WORKING,
        "one consumer at a time gets messages",
    ),
    not_compared(argument(
        "x-consumer-timeout",
        Some("consumer-timeout"),
        Takes::AtLeast(0),
        WORKING,
        "how long a delivery may wait for its acknowledgement (ms)",
    )),
    not_compared(argument(
        "x-delivery-limit",
        Some("delivery-limit"),
        Takes::Integer,
        &[Quorum],
        "how often a delivery may fail",
    )),
    not_compared(argument(
        "x-queue-leader-locator",
        Some("queue-leader-locator"),
        Takes::Word(LOCATORS, "invalid_queue_locator_arg"),
        ALL,
        "accepted: there is one node",
    )),
    not_compared(argument(
        "x-quorum-initial-group-size",
        None,
        Takes::AtLeast(1),
        &[Quorum],
        "accepted: there is one node",
    )),
    not_compared(argument(
        "x-max-in-memory-length",
        Some("max-in-memory-length"),
        Takes::AtLeast(0),
        &[Quorum],
        "accepted, without effect",
    )),
    not_compared(argument(
        "x-max-in-memory-bytes",
        Some("max-in-memory-bytes"),
        Takes::AtLeast(0),
        &[Quorum],
        "accepted, without effect",
    )),
    argument("x-max-age", Some("max-age"), Takes::Age, &[Stream], "how old messages may become"),
    argument(
        "x-stream-max-segment-size-bytes",
        Some("stream-max-segment-size-bytes"),
        Takes::AtLeast(0),
        &[Stream],
        "size of the segments that retention drops whole",
    ),
    argument(
        "x-stream-filter-size-bytes",
        Some("stream-filter-size-bytes"),
        Takes::AtLeast(0),
        &[Stream],
        "accepted: filters are exact",
    ),
    not_compared(argument(
        "x-initial-cluster-size",
        Some("initial-cluster-size"),
        Takes::AtLeast(1),
        &[Stream],
        "accepted: there is one node",
    )),
    argument("x-message-deduplication", None, Takes::Boolean, WORKING, "drops messages that came before"),
    argument("x-cache-size", None, Takes::AtLeast(0), WORKING, "how many messages deduplication remembers"),
    argument("x-cache-ttl", None, Takes::Milliseconds(0), WORKING, "how long deduplication remembers (ms)"),
    argument("x-deduplication-header", None, Takes::Text, WORKING, "the header that tells messages apart"),
];

/// The argument of that name.
pub fn find(name: &str) -> Option<&'static Argument> {
    ARGUMENTS.iter().find(|argument| argument.name == name)
}

/// The argument that a policy sets by that key.
pub fn find_policy(key: &str) -> Option<&'static Argument> {
    ARGUMENTS.iter().find(|argument| argument.policy == Some(key))
}

impl Takes {
    /// Checks a value.
    ///
    /// # Errors
    /// What is wrong with it, in RabbitMQ's terms.
    pub fn check(self, value: &FieldValue) -> Result<(), String> {
        match self {
            Self::AtLeast(least) => integer(value).and_then(|number| at_least(number, least)),
            Self::Milliseconds(least) => {
                let number = integer(value)?;
                at_least(number, least)?;
                if number > MAX_MILLISECONDS { Err(format!("{{value_too_large,{number}}}")) } else { Ok(()) }
            }
            Self::Integer => integer(value).map(drop),
            Self::Between(least, most) => {
                let number = integer(value)?;
                at_least(number, least)?;
                if number > most { Err(format!("{{max_value_exceeded,{number}}}")) } else { Ok(()) }
            }
            Self::Version(version) => match integer(value)? {
                number if number == version => Ok(()),
                other => Err(format!("\"unsupported queue version '{other}'\"")),
            },
            Self::Boolean => value.as_bool().map(drop).ok_or_else(|| Error::unacceptable_type(value)),
            Self::Text => text(value).map(drop),
            Self::Word(words, refusal) => match words.contains(&text(value)?) {
                true => Ok(()),
                false => Err(refusal.to_owned()),
            },
            Self::Age => parse_age(text(value)?).map(drop).ok_or_else(|| "invalid_max_age".to_owned()),
        }
    }
}

impl Takes {
    /// Whether a policy may have this value.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        let within = |least: i64, most: i64| value.as_i64().is_some_and(|n| (least..=most).contains(&n));
        match self {
            Self::AtLeast(least) | Self::Milliseconds(least) => within(least, i64::MAX),
            Self::Between(least, most) => within(least, most),
            Self::Integer => value.as_i64().is_some(),
            // A policy may be older than its queues, which are of the one version all the same.
            Self::Version(version) => within(1, version),
            Self::Boolean => value.is_boolean(),
            Self::Text => value.is_string(),
            Self::Word(words, _) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Age => value.as_str().and_then(parse_age).is_some(),
        }
    }
}

fn integer(value: &FieldValue) -> Result<i64, String> {
    value.as_integer().ok_or_else(|| Error::expected_integer(value))
}

fn text(value: &FieldValue) -> Result<&str, String> {
    value.as_str().ok_or_else(|| Error::unacceptable_type(value))
}

fn at_least(number: i64, least: i64) -> Result<(), String> {
    match number {
        _ if number >= least => Ok(()),
        0 => Err("{value_zero,0}".to_owned()),
        _ => Err(format!("{{value_negative,{number}}}")),
    }
}

/// Milliseconds of an age such as `7D` (RabbitMQ, streams, `x-max-age`).
pub fn parse_age(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    // Anything else that is taken for a number has a sign.
    let number: u64 = digits.parse().ok().filter(|number| *number > 0 && !digits.starts_with('+'))?;
    let seconds = match unit {
        'Y' => 365 * 24 * 3600,
        'M' => 30 * 24 * 3600,
        'D' => 24 * 3600,
        'h' => 3600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    number.checked_mul(seconds)?.checked_mul(1000)
}

/// Checks what a queue is declared with. `server_named` says that the client gave no name.
///
/// # Errors
/// `PRECONDITION_FAILED` naming the first argument or property that is bad, or that the kind of queue does not take.
pub fn check(
    queue: &str,
    vhost: &str,
    settings: &QueueSettings,
    server_named: bool,
) -> Result<QueueKind, Error> {
    let kind = check_arguments(queue, vhost, &settings.arguments)?;
    if kind == Classic {
        return Ok(kind);
    }
    if server_named {
        return Err(Error::server_named_of_kind(kind.as_str()));
    }
    let properties = [
        (settings.auto_delete, "auto-delete"),
        (settings.exclusive_owner.is_some(), "exclusive-owner"),
        (!settings.durable, "non-durable"),
    ];
    if let Some((_, property)) = properties.into_iter().find(|(bad, _)| *bad) {
        return Err(Error::invalid_property(property, queue, vhost));
    }
    let size = |key: &str| settings.arguments.get(key).and_then(|value| value.as_integer());
    if size("x-stream-max-segment-size-bytes").is_some_and(|size| size > MAX_SEGMENT_SIZE) {
        return Err(Error::segments_too_large());
    }
    if size("x-stream-filter-size-bytes").is_some_and(|size| !FILTER_SIZES.contains(&size)) {
        return Err(Error::invalid_filter_size());
    }
    Ok(kind)
}

/// Checks the arguments of a declaration.
///
/// # Errors
/// As [`check`].
pub fn check_arguments(queue: &str, vhost: &str, arguments: &FieldTable) -> Result<QueueKind, Error> {
    let refuse = |key: &str, why: &str| Error::invalid_argument(key, "queue", queue, vhost, why);
    // RabbitMQ looks at it before all others, because the permission to write there depends on it.
    if let Some(value) = arguments.get(DEAD_LETTER_EXCHANGE)
        && value.as_str().is_none()
    {
        return Err(Error::invalid_argument_type(value, DEAD_LETTER_EXCHANGE, "queue", queue, vhost));
    }
    let kind = match arguments.get("x-queue-type") {
        None => Classic,
        Some(value) => {
            let name = text(value).map_err(|why| refuse("x-queue-type", &why))?;
            QueueKind::from_name(name)
                .ok_or_else(|| refuse("x-queue-type", &format!("\"unsupported queue type '{name}'\"")))?
        }
    };
    for (argument, value) in ARGUMENTS.iter().filter_map(|a| Some((a, arguments.get(a.name)?))) {
        if !argument.kinds.contains(&kind) {
            return Err(Error::argument_of_other_kind(argument.name, queue, vhost, kind.as_str()));
        }
        argument.takes.check(value).map_err(|why| refuse(argument.name, &why))?;
    }
    if arguments.contains_key("x-dead-letter-routing-key")
        && !arguments.contains_key("x-dead-letter-exchange")
    {
        return Err(refuse("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined"));
    }
    if kind == Quorum && arguments.get("x-overflow").and_then(|v| v.as_str()) == Some("reject-publish-dlx") {
        return Err(refuse("x-overflow", "invalid_overflow"));
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(arguments: &[(&str, FieldValue)]) -> String {
        let mut table = FieldTable::new();
        for (name, value) in arguments {
            table.insert(*name, value.clone());
        }
        check_arguments("q", "/", &table)
            .map_or_else(|error| error.to_string(), |kind| kind.as_str().to_owned())
    }

    #[test]
    fn bad_values_are_refused_by_name() {
        let invalid = "PRECONDITION_FAILED - invalid arg";
        for (arguments, expected) in [
            (vec![], "classic".to_owned()),
            (vec![("x-queue-type", "quorum".into())], "quorum".into()),
            (
                vec![("x-message-ttl", (-1).into())],
                format!("{invalid} 'x-message-ttl' for queue 'q' in vhost '/': {{value_negative,-1}}"),
            ),
            (
                vec![("x-expires", 0.into())],
                format!("{invalid} 'x-expires' for queue 'q' in vhost '/': {{value_zero,0}}"),
            ),
            (
                vec![("x-max-priority", 256.into())],
                format!("{invalid} 'x-max-priority' for queue 'q' in vhost '/': {{max_value_exceeded,256}}"),
            ),
            (
                vec![("x-dead-letter-routing-key", "k".into())],
                format!(
                    "{invalid} 'x-dead-letter-routing-key' for queue 'q' in vhost '/': routing_key_but_no_dlx_defined"
                ),
            ),
        ] {
            assert_eq!(refusal(&arguments), expected);
        }
    }

    #[test]
    fn ages_have_units() {
        assert_eq!(parse_age("2D"), Some(2 * 24 * 3_600_000));
        assert_eq!(parse_age("1s"), Some(1000));
        for bad in ["", "5", "D", "0s", "+1s", "-1s", "1x", "99999999999999999999Y", "18446744073709551615Y"]
        {
            assert_eq!(parse_age(bad), None, "{bad}");
        }
    }

    /// The page's table is the one that declarations go by.
    #[test]
    fn the_documentation_has_every_argument() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/queues.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `x-")).collect();
        let expected: Vec<_> = ARGUMENTS
            .iter()
            .map(|argument| {
                let policy = argument.policy.map(|key| format!("`{key}`")).unwrap_or_default();
                let kinds: Vec<_> = argument.kinds.iter().map(|kind| kind.as_str()).collect();
                format!("| `{}` | {policy} | {} | {} |", argument.name, kinds.join(", "), argument.about)
            })
            .collect();
        assert_eq!(rows, expected);
    }
}
