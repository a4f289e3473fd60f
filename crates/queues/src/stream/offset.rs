//! Where a consumer of a stream begins: its argument `x-stream-offset` (RabbitMQ, streams: consuming).

use warren_model::value::FieldValue;

use crate::rules::arguments::parse_age;

/// The argument.
pub(crate) const ARGUMENT: &str = "x-stream-offset";

/// See the module's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the first message there is.
    First,
    /// At the last one.
    Last,
    /// At the next one that comes.
    Next,
    /// At a certain offset, or the first one behind it.
    Offset(u64),
    /// At the first message that arrived then or later: milliseconds since 1970.
    Time(u64),
    /// At the first message that is not older than so many milliseconds.
    Age(u64),
}

impl Start {
    /// What a consumer asks for. `None` if the value means nothing.
    pub(crate) fn parse(value: Option<&FieldValue>) -> Option<Self> {
        let Some(value) = value else { return Some(Self::Next) };
        if let FieldValue::Timestamp(seconds) = value {
            return Some(Self::Time(seconds.saturating_mul(1000)));
        }
        if let Some(offset) = value.as_integer() {
            return Some(Self::Offset(u64::try_from(offset).unwrap_or(0)));
        }
        let word = match value {
            FieldValue::ByteArray(bytes) => std::str::from_utf8(bytes).ok()?,
            value => value.as_str()?,
        };
        match word {
            "first" => Some(Self::First),
            "last" => Some(Self::Last),
            "next" => Some(Self::Next),
            age => parse_age(age).map(Self::Age),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        let cases = [
            (None, Start::Next),
            (Some(FieldValue::from("first")), Start::First),
            (Some("last".into()), Start::Last),
            (Some(FieldValue::ByteArray(b"first".to_vec())), Start::First),
            (Some("next".into()), Start::Next),
            (Some(FieldValue::LongLongInt(5000)), Start::Offset(5000)),
            (Some(FieldValue::ShortShortUint(7)), Start::Offset(7)),
            (Some(FieldValue::LongInt(-1)), Start::Offset(0)),
            (Some(FieldValue::Timestamp(1_700_000_000)), Start::Time(1_700_000_000_000)),
            (Some("5m".into()), Start::Age(300_000)),
        ];
        for (value, start) in cases {
            assert_eq!(Start::parse(value.as_ref()), Some(start), "{value:?}");
        }
        for value in [FieldValue::from("soon"), "".into(), FieldValue::Boolean(true), FieldValue::Void] {
            assert_eq!(Start::parse(Some(&value)), None, "{value:?}");
        }
    }
}
