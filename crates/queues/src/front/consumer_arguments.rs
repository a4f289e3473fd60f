//! The arguments that consumers give, and the kinds of queues that take them (RabbitMQ, optional consumer arguments).

use warren_model::value::FieldTable;

use crate::front::consumer::PRIORITY;
use crate::rules::kind::QueueKind::{self, Classic, Quorum, Stream};
use crate::stream::Start;
use warren_model::error::Error;

/// Every argument that is for some kinds of queues only.
const ARGUMENTS: &[(&str, &[QueueKind])] = &[
    (PRIORITY, &[Classic, Quorum]),
    ("x-consumer-timeout", &[Classic, Quorum]),
    ("x-stream-offset", &[Stream]),
    ("x-stream-filter", &[Stream]),
    ("x-stream-match-unfiltered", &[Stream]),
];

/// Checks what a consumer of a queue of that kind gives.
///
/// # Errors
/// `PRECONDITION_FAILED` naming the argument that is bad, or that the kind of queue does not take.
pub(crate) fn check(kind: QueueKind, arguments: &FieldTable, queue: &str, vhost: &str) -> Result<(), Error> {
    let given = |key: &str| arguments.get(key);
    if let Some(priority) = given(PRIORITY).filter(|value| kind != Stream && value.as_integer().is_none()) {
        let why = Error::expected_integer(priority);
        return Err(Error::invalid_argument(PRIORITY, "queue", queue, vhost, why));
    }
    if let Some(offset) =
        given("x-stream-offset").filter(|value| kind == Stream && Start::parse(Some(value)).is_none())
    {
        return Err(Error::invalid_stream_offset(offset, queue, vhost));
    }
    let foreign = |key: &str| ARGUMENTS.iter().any(|(name, kinds)| *name == key && !kinds.contains(&kind));
    match arguments.iter().find(|(key, _)| foreign(key)) {
        Some((key, _)) => Err(Error::argument_of_other_kind(key, queue, vhost, kind.as_str())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use warren_model::value::FieldValue;

    use super::*;

    fn refusal(kind: QueueKind, key: &str, value: impl Into<FieldValue>) -> Option<String> {
        let arguments: FieldTable = [(key, value.into())].into_iter().collect();
        check(kind, &arguments, "q", "/").err().map(|error| error.reason().to_owned())
    }

    #[test]
    fn each_kind_takes_its_own() {
        let of_kind = |key: &str, kind: &str| {
            Some(format!("invalid arg '{key}' for queue 'q' in vhost '/' of queue type rabbit_{kind}_queue"))
        };
        assert_eq!(refusal(Classic, "x-priority", 5), None);
        assert_eq!(refusal(Quorum, "x-priority", 5), None);
        assert_eq!(refusal(Stream, "x-priority", 5), of_kind("x-priority", "stream"));
        assert_eq!(refusal(Stream, "x-stream-filter", "red"), None);
        assert_eq!(refusal(Classic, "x-stream-filter", "red"), of_kind("x-stream-filter", "classic"));
        assert_eq!(refusal(Quorum, "x-stream-offset", "first"), of_kind("x-stream-offset", "quorum"));
        assert_eq!(refusal(Classic, "x-of-a-plugin", "anything"), None);
    }

    #[test]
    fn bad_values_are_named() {
        let invalid =
            |key: &str, why: &str| Some(format!("invalid arg '{key}' for queue 'q' in vhost '/': {why}"));
        assert_eq!(
            refusal(Classic, "x-priority", "5"),
            invalid("x-priority", "\"expected integer, got longstr\"")
        );
        assert_eq!(
            refusal(Stream, "x-stream-offset", "soon"),
            invalid("x-stream-offset", "{invalid_stream_offset_arg,{longstr,<<\"soon\">>}}")
        );
    }
}
