//! Which messages of a stream a consumer wants (RabbitMQ, streams: filtering).
//!
//! RabbitMQ skips groups of messages in which none can match and leaves the rest to the client. Here each message is looked
//! at, so that what comes is what was asked for.

use warren_model::properties::RawProperties;
use warren_model::value::{FieldTable, FieldValue, ValueRef};

/// Header that a publisher gives a message.
const VALUE: &str = "x-stream-filter-value";
/// Argument of a consumer: a string, or an array of strings.
const FILTER: &str = "x-stream-filter";
/// Argument of a consumer: whether messages without a value come too.
const MATCH_UNFILTERED: &str = "x-stream-match-unfiltered";

/// See the module's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    values: Vec<Vec<u8>>,
    match_unfiltered: bool,
}

impl Filter {
    /// What a consumer asks for; `None` if it wants every message.
    pub(crate) fn parse(arguments: &FieldTable) -> Option<Self> {
        let bytes = |value: &FieldValue| match value {
            FieldValue::LongString(bytes) => Some(bytes.clone()),
            _ => None,
        };
        let values = match arguments.get(FILTER)? {
            FieldValue::Array(values) => values.iter().filter_map(bytes).collect(),
            value => vec![bytes(value)?],
        };
        let match_unfiltered = matches!(arguments.get(MATCH_UNFILTERED), Some(FieldValue::Boolean(true)));
        Some(Self { values, match_unfiltered })
    }

    /// Whether a message with these properties is wanted.
    pub(crate) fn takes(&self, properties: &[u8]) -> bool {
        match RawProperties::new(properties).headers().and_then(|headers| headers.get(VALUE)) {
            Some(ValueRef::LongString(value)) => self.values.iter().any(|wanted| wanted == value),
            _ => self.match_unfiltered,
        }
    }
}

#[cfg(test)]
mod tests {
    use warren_model::properties::BasicProperties;

    use super::*;

    fn properties(value: Option<FieldValue>) -> Vec<u8> {
        let headers: FieldTable = value.into_iter().map(|value| (VALUE, value)).collect();
        BasicProperties { headers: Some(headers), ..BasicProperties::default() }.to_bytes()
    }

    #[test]
    fn messages_are_told_by_their_value() {
        let filter = Filter::parse(&[(FILTER, "red")].into_iter().collect()).unwrap();
        assert!(filter.takes(&properties(Some("red".into()))));
        assert!(!filter.takes(&properties(Some("green".into()))));
        assert!(!filter.takes(&properties(Some(5.into()))));
        assert!(!filter.takes(&properties(None)));
        assert!(!filter.takes(&[0, 0]));
    }

    #[test]
    fn several_values_and_none_can_be_asked_for() {
        let values = FieldValue::Array(vec!["red".into(), "blue".into(), 7.into()]);
        let arguments = [(FILTER, values), (MATCH_UNFILTERED, true.into())];
        let filter = Filter::parse(&arguments.into_iter().collect()).unwrap();
        assert!(filter.takes(&properties(Some("red".into()))));
        assert!(filter.takes(&properties(Some("blue".into()))));
        assert!(!filter.takes(&properties(Some("green".into()))));
        assert!(filter.takes(&properties(None)));
    }

    #[test]
    fn without_values_every_message_is_wanted() {
        assert_eq!(Filter::parse(&FieldTable::new()), None);
        assert_eq!(Filter::parse(&[(MATCH_UNFILTERED, true)].into_iter().collect()), None);
        assert_eq!(Filter::parse(&[(FILTER, 5)].into_iter().collect()), None);
    }
}
