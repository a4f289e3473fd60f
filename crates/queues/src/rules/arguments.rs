//! Checking arguments by the table of them.

use serde_json::Value;
use warren_arguments::{ARGUMENTS, FILTER_SIZES, MAX_SEGMENT_SIZE, Takes};
use warren_model::value::{FieldTable, FieldValue};

use crate::rules::kind::QueueKind::{self, Classic};
use crate::rules::settings::QueueSettings;
use warren_model::error::Error;

/// The highest time in milliseconds, as RabbitMQ has it: ten years.
pub const MAX_MILLISECONDS: i64 = 10 * 365 * 24 * 3_600_000;

const DEAD_LETTER_EXCHANGE: &str = "x-dead-letter-exchange";

/// Values of arguments and of policy keys, held against what is taken.
pub trait Check {
    /// Checks a value of a declaration.
    ///
    /// # Errors
    /// What is wrong with it, in RabbitMQ's terms.
    fn check(self, value: &FieldValue) -> Result<(), String>;

    /// Whether a policy may have this value.
    fn accepts(self, value: &Value) -> bool;
}

impl Check for Takes {
    fn check(self, value: &FieldValue) -> Result<(), String> {
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

    fn accepts(self, value: &Value) -> bool {
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
}
