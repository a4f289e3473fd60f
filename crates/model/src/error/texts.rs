//! The reasons, one constructor for each refusal, in RabbitMQ's words.

use std::fmt::Display;

use crate::value::FieldValue;

use super::Error;
use super::terms::{atom, plain, type_name, write_term};

/// What does not exist, or exists already.
impl Error {
    /// A queue that is not there.
    pub fn queue_not_found(queue: &str, vhost: &str) -> Self {
        Self::NotFound(format!("no queue '{queue}' in vhost '{vhost}'"))
    }

    /// An exchange that is not there.
    pub fn exchange_not_found(exchange: &str, vhost: &str) -> Self {
        Self::NotFound(format!("no exchange '{exchange}' in vhost '{vhost}'"))
    }

    /// An empty queue name means the last one declared on the channel, and none was.
    pub fn no_previous_queue() -> Self {
        Self::NotFound("no previously declared queue".into())
    }

    /// A client asks for a virtual host that is not there.
    pub fn vhost_not_found(vhost: &str) -> Self {
        Self::NotAllowed(format!("vhost {vhost} not found"))
    }

    /// An operator asks for a virtual host that is not there.
    pub fn no_vhost(vhost: &str) -> Self {
        Self::NotFound(format!("Virtual host '{vhost}' does not exist"))
    }

    /// A user that is not there.
    pub fn no_user(user: &str) -> Self {
        Self::NotFound(format!("User \"{user}\" does not exist"))
    }
}

/// What is not as the request relies on.
impl Error {
    /// The queue has consumers.
    pub fn queue_in_use(queue: &str, vhost: &str) -> Self {
        Self::PreconditionFailed(format!("queue '{queue}' in vhost '{vhost}' in use"))
    }

    /// The queue has messages.
    pub fn queue_not_empty(queue: &str, vhost: &str) -> Self {
        Self::PreconditionFailed(format!("queue '{queue}' in vhost '{vhost}' not empty"))
    }

    /// The exchange has bindings.
    pub fn exchange_in_use(exchange: &str, vhost: &str) -> Self {
        Self::PreconditionFailed(format!("exchange '{exchange}' in vhost '{vhost}' in use"))
    }

    /// An acknowledgement for something that is not unacknowledged on the channel.
    pub fn unknown_delivery_tag(tag: u64) -> Self {
        Self::PreconditionFailed(format!("unknown delivery tag {tag}"))
    }

    /// A transaction holds more than a channel may gather.
    pub fn transaction_too_large() -> Self {
        Self::PreconditionFailed("transaction too large: commit more often".into())
    }

    /// `tx.commit` or `tx.rollback` without `tx.select`.
    pub fn not_transactional() -> Self {
        Self::PreconditionFailed("channel is not transactional".into())
    }

    /// `confirm.select` after `tx.select`, or the other way round: `from` and `to` are `tx` and `confirm`.
    pub fn cannot_switch(from: &str, to: &str) -> Self {
        Self::PreconditionFailed(format!("cannot switch from {from} to {to} mode"))
    }

    /// A message larger than the node takes; both sizes in octets.
    pub fn message_too_large(size: u64, max: u64) -> Self {
        Self::PreconditionFailed(format!("message size {size} is larger than configured max size {max}"))
    }

    /// The property `user_id` names another user.
    pub fn user_id_mismatch(given: &str, user: &str) -> Self {
        Self::PreconditionFailed(format!(
            "user_id property set to '{given}' but authenticated user was '{user}'"
        ))
    }

    /// The property `expiration` is not a number of milliseconds.
    pub fn invalid_expiration(given: &str, why: &str) -> Self {
        Self::PreconditionFailed(format!("invalid expiration '{given}': {why}"))
    }

    /// A declaration with another flag than the thing has; `what` is `queue` or `exchange`.
    pub fn inequivalent_flag(
        key: &str,
        what: &str,
        name: &str,
        vhost: &str,
        received: bool,
        current: bool,
    ) -> Self {
        Self::inequivalent(key, what, name, vhost, &format!("'{received}'"), &format!("'{current}'"))
    }

    /// A declaration with another type than the exchange has.
    pub fn inequivalent_type(exchange: &str, vhost: &str, received: &str, current: &str) -> Self {
        let shown = |kind| format!("'{}'", atom(kind));
        Self::inequivalent("type", "exchange", exchange, vhost, &shown(received), &shown(current))
    }

    /// A declaration with another argument than the thing has. Types are named where values alone would not tell.
    pub fn inequivalent_argument(
        key: &str,
        what: &str,
        name: &str,
        vhost: &str,
        received: Option<&FieldValue>,
        current: Option<&FieldValue>,
    ) -> Self {
        let typed = |value: Option<&FieldValue>| match value {
            Some(value) => format!("the value '{}' of type '{}'", plain(value), type_name(value)),
            None => "none".to_owned(),
        };
        if let (Some(ours), Some(theirs)) = (received.map(plain), current.map(plain))
            && ours != theirs
        {
            return Self::inequivalent(key, what, name, vhost, &format!("'{ours}'"), &format!("'{theirs}'"));
        }
        Self::inequivalent(key, what, name, vhost, &typed(received), &typed(current))
    }

    fn inequivalent(key: &str, what: &str, name: &str, vhost: &str, received: &str, current: &str) -> Self {
        Self::PreconditionFailed(format!(
            "inequivalent arg '{key}' for {what} '{name}' in vhost '{vhost}': \
             received {received} but current is {current}"
        ))
    }

    /// An argument of a declaration or of a consumer whose value is not good; `why` as in [`Error::expected_integer`].
    pub fn invalid_argument(key: &str, what: &str, name: &str, vhost: &str, why: impl Display) -> Self {
        Self::PreconditionFailed(format!("invalid arg '{key}' for {what} '{name}' in vhost '{vhost}': {why}"))
    }

    /// An argument that is for other kinds of queues.
    pub fn argument_of_other_kind(key: &str, name: &str, vhost: &str, kind: &str) -> Self {
        Self::PreconditionFailed(format!(
            "invalid arg '{key}' for queue '{name}' in vhost '{vhost}' of queue type rabbit_{kind}_queue"
        ))
    }

    /// A delivery waits too long for its acknowledgement; `limit` is in milliseconds.
    pub fn acknowledgement_timeout(channel: u16, limit: u64) -> Self {
        Self::PreconditionFailed(format!(
            "delivery acknowledgement on channel {channel} timed out. Timeout value used: {limit} ms. This timeout \
             value can be configured, see consumers doc guide to learn more"
        ))
    }

    /// A property that the kind of queue cannot have (RabbitMQ, quorum queues and streams).
    pub fn invalid_property(property: &str, queue: &str, vhost: &str) -> Self {
        Self::PreconditionFailed(format!(
            "invalid property '{property}' for queue '{queue}' in vhost '{vhost}'"
        ))
    }

    /// A stream's segments cannot be that large.
    pub fn segments_too_large() -> Self {
        Self::PreconditionFailed("Exceeded max value for x-stream-max-segment-size-bytes".into())
    }

    /// A filter of that size is not offered.
    pub fn invalid_filter_size() -> Self {
        Self::PreconditionFailed("Invalid value for x-stream-filter-size-bytes".into())
    }

    /// The broker makes names for classic queues only.
    pub fn server_named_of_kind(kind: &str) -> Self {
        Self::PreconditionFailed(format!("Cannot declare a server-named queue for type rabbit_{kind}_queue"))
    }

    /// Limits over all consumers of a channel are for classic queues (RabbitMQ, quorum queues).
    pub fn global_prefetch(queue: &str, vhost: &str) -> Self {
        Self::NotImplemented(format!("queue '{queue}' in vhost '{vhost}' does not support global qos"))
    }

    /// The `why` of an argument of a type that makes no sense.
    pub fn unacceptable_type(given: &FieldValue) -> String {
        format!("{{unacceptable_type,{}}}", type_name(given))
    }

    /// The `why` of an argument that is no number.
    pub fn expected_integer(given: &FieldValue) -> String {
        format!("\"expected integer, got {}\"", type_name(given))
    }

    /// An argument of a declaration whose value has the wrong type.
    pub fn invalid_argument_type(given: &FieldValue, key: &str, what: &str, name: &str, vhost: &str) -> Self {
        let kind = type_name(given);
        Self::PreconditionFailed(format!(
            "invalid type '{kind}' for arg '{key}' in {what} '{name}' in vhost '{vhost}'"
        ))
    }

    /// A headers binding whose `x-match` is not known.
    pub fn invalid_x_match(value: &FieldValue) -> Self {
        let mut term = String::new();
        // Writing into a string cannot fail.
        let _ = write_term(value, &mut term);
        Self::PreconditionFailed(match value {
            FieldValue::LongString(_) => {
                format!("Invalid x-match field value {term}; expected all, any, all-with-x, or any-with-x")
            }
            _ => {
                let kind = type_name(value);
                format!("Invalid x-match field type {kind} (value {term}); expected longstr")
            }
        })
    }

    /// A consumer of a stream begins nowhere.
    pub fn invalid_stream_offset(given: &FieldValue, queue: &str, vhost: &str) -> Self {
        let mut term = String::new();
        // Writing into a string cannot fail.
        let _ = write_term(given, &mut term);
        let why = format!("{{invalid_stream_offset_arg,{{{},{term}}}}}", type_name(given));
        Self::invalid_argument("x-stream-offset", "queue", queue, vhost, why)
    }

    /// A stream delivers by credit, and the consumer has none.
    pub fn stream_without_prefetch(queue: &str, vhost: &str) -> Self {
        Self::PreconditionFailed(format!(
            "consumer prefetch count is not set for stream queue '{queue}' in vhost '{vhost}'"
        ))
    }

    /// Acknowledgements give a stream's consumer its credit back.
    pub fn stream_without_acks(queue: &str, vhost: &str) -> Self {
        Self::NotImplemented(format!(
            "automatic acknowledgement not supported by stream queue '{queue}' in vhost '{vhost}'"
        ))
    }

    /// Nobody takes messages out of a stream; `method` is `basic.get` or `queue.purge`.
    pub fn not_for_streams(method: &str, queue: &str, vhost: &str) -> Self {
        Self::NotImplemented(format!(
            "{method} not supported by stream queues queue '{queue}' in vhost '{vhost}'"
        ))
    }

    /// A permission's regular expression that does not compile.
    pub fn invalid_regexp(pattern: &str, why: &str) -> Self {
        Self::PreconditionFailed(format!("regular expression '{pattern}' is invalid: {why}"))
    }

    /// What an operator sent is not good, for these reasons.
    pub fn validation_failed(problems: &[String]) -> Self {
        Self::PreconditionFailed(format!("Validation failed\n\n{}\n", problems.join("\n")))
    }

    /// A virtual host that its operator protects.
    pub fn protected_vhost(vhost: &str) -> Self {
        Self::PreconditionFailed(format!(
            "Refusing to delete virtual host '{vhost}' because it is protected from deletion"
        ))
    }

    /// A name of a user, tag or the like that cannot be.
    pub fn invalid_name(what: &str, why: &str) -> Self {
        Self::PreconditionFailed(format!("{what} {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(error: &Error, text: &str) {
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn texts_are_those_that_rabbitmq_sends() {
        says(&Error::queue_not_found("q", "/"), "NOT_FOUND - no queue 'q' in vhost '/'");
        says(&Error::vhost_not_found("nosuch"), "NOT_ALLOWED - vhost nosuch not found");
        says(
            &Error::access_refused("configure", "queue", "q", "/", "u"),
            "ACCESS_REFUSED - configure access to queue 'q' in vhost '/' refused for user 'u'",
        );
        says(&Error::vhost_refused("nop", "/"), "NOT_ALLOWED - access to vhost '/' refused for user 'nop'");
        says(
            &Error::system_exchange("amq.direct", "/"),
            "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed",
        );
        says(
            &Error::resource_locked("xq", "/"),
            "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'xq' in vhost '/'. It could be \
             originally declared on another connection or the exclusive property value does not match that of the \
             original declaration.",
        );
        says(&Error::consumer_tag_in_use("t"), "NOT_ALLOWED - attempt to reuse consumer tag 't'");
        says(&Error::unknown_delivery_tag(5), "PRECONDITION_FAILED - unknown delivery tag 5");
    }

    #[test]
    fn differing_arguments_are_shown_as_rabbitmq_shows_them() {
        let text = |received: Option<FieldValue>, current: Option<FieldValue>| {
            let error =
                Error::inequivalent_argument("k", "queue", "q", "/", received.as_ref(), current.as_ref());
            error
                .reason()
                .strip_prefix("inequivalent arg 'k' for queue 'q' in vhost '/': ")
                .unwrap()
                .to_owned()
        };
        assert_eq!(text(Some(6.into()), Some(5.into())), "received '6' but current is '5'");
        assert_eq!(
            text(Some("x".into()), None),
            "received the value 'x' of type 'longstr' but current is none"
        );
        assert_eq!(
            text(None, Some(5.into())),
            "received none but current is the value '5' of type 'signedint'"
        );
        assert_eq!(
            text(Some("5".into()), Some(5.into())),
            "received the value '5' of type 'longstr' but current is the value '5' of type 'signedint'"
        );
        says(
            &Error::inequivalent_flag("durable", "queue", "q", "/", true, false),
            "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but \
             current is 'false'",
        );
    }

    #[test]
    fn bad_arguments_are_named() {
        let why = Error::expected_integer(&"5".into());
        says(
            &Error::invalid_argument("x-message-ttl", "queue", "q", "/", why),
            "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'q' in vhost '/': \
             \"expected integer, got longstr\"",
        );
        says(
            &Error::invalid_x_match(&"foo".into()),
            "PRECONDITION_FAILED - Invalid x-match field value <<\"foo\">>; expected all, any, all-with-x, or \
             any-with-x",
        );
        says(
            &Error::invalid_x_match(&true.into()),
            "PRECONDITION_FAILED - Invalid x-match field type bool (value true); expected longstr",
        );
    }
}
