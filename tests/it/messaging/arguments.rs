//! Arguments of queues: what is refused and in which words, and what counts as the same queue.

use amq_protocol::types::AMQPValue;

use super::fixtures::{Entries, declaration, number, queue_with, shown_arguments, table, text, texts};
use crate::harness::{Broker, Wire, method};

/// Declares `q` with arguments that must be refused. What is said behind `PRECONDITION_FAILED - `.
#[track_caller]
fn refused(wire: &mut Wire, arguments: Entries<'_>) -> String {
    let (code, says) = wire.refused(1, declaration("q", arguments));
    assert_eq!(code, 406, "{says}");
    let (kind, rest) = says.split_once(" - ").expect("a kind of error");
    assert_eq!(kind, "PRECONDITION_FAILED");
    rest.to_owned()
}

/// How a wrong value is refused: with the reason that follows the name.
fn invalid(name: &str, reason: &str) -> String {
    format!("invalid arg '{name}' for queue 'q' in vhost '/': {reason}")
}

/// Values that are no numbers, and what they are called.
fn no_numbers() -> [(AMQPValue, &'static str); 5] {
    [
        (text("5"), "longstr"),
        (true.into(), "bool"),
        (AMQPValue::Void, "void"),
        (texts(&["5"]), "array"),
        (AMQPValue::FieldTable(table(&[])), "table"),
    ]
}

#[test]
fn numbers_are_numbers() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    for name in ["x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-max-priority"] {
        for (value, kind) in no_numbers() {
            let reason = format!("\"expected integer, got {kind}\"");
            assert_eq!(refused(&mut wire, &[(name, value)]), invalid(name, &reason));
        }
        assert_eq!(refused(&mut wire, &[(name, number(-1))]), invalid(name, "{value_negative,-1}"));
    }
}

#[test]
fn numbers_have_bounds() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let cases: &[(&str, i64, &str)] = &[
        ("x-expires", 0, "{value_zero,0}"),
        ("x-expires", 1 << 40, "{value_too_large,1099511627776}"),
        ("x-message-ttl", 1 << 40, "{value_too_large,1099511627776}"),
        ("x-max-priority", 256, "{max_value_exceeded,256}"),
    ];
    for (name, value, reason) in cases {
        assert_eq!(refused(&mut wire, &[(*name, number(*value))]), invalid(name, reason));
    }
    let accepted: &[(&str, &[i64])] = &[
        ("x-expires", &[1000, 4_294_967_295]),
        ("x-message-ttl", &[0, 1, 4_294_967_295]),
        ("x-max-length", &[0, 1, 1 << 40]),
        ("x-max-length-bytes", &[0, 1, 1 << 40]),
        ("x-max-priority", &[0, 1, 255]),
    ];
    for (name, values) in accepted {
        for value in *values {
            queue_with(&mut wire, "q", &[(*name, number(*value))]);
            wire.accepted(1, method!(queue::Delete { queue: "q" }));
        }
    }
}

#[test]
fn integers_may_have_any_width() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let same = [
        AMQPValue::ShortShortInt(100),
        AMQPValue::ShortInt(100),
        AMQPValue::LongInt(100),
        AMQPValue::LongLongInt(100),
    ];
    // Declared with one of them, it is the same queue with each.
    for value in same {
        queue_with(&mut wire, "q", &[("x-max-length", value.clone()), ("x-message-ttl", value)]);
    }
}

#[test]
fn texts_are_texts() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    for (value, kind) in [(number(5), "signedint"), (true.into(), "bool"), (AMQPValue::Void, "void")] {
        for name in ["x-overflow", "x-queue-type", "x-dead-letter-routing-key"] {
            let reason = format!("{{unacceptable_type,{kind}}}");
            assert_eq!(refused(&mut wire, &[(name, value.clone())]), invalid(name, &reason));
        }
        let says = refused(&mut wire, &[("x-dead-letter-exchange", value)]);
        let expected =
            format!("invalid type '{kind}' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'");
        assert_eq!(says, expected);
    }
    let says = refused(&mut wire, &[("x-overflow", text("drop-tail"))]);
    assert_eq!(says, invalid("x-overflow", "invalid_overflow"));
    let says = refused(&mut wire, &[("x-queue-type", text("priority"))]);
    assert!(says.starts_with("invalid arg 'x-queue-type' for queue 'q' in vhost '/'"), "{says}");
}

#[test]
fn a_key_for_dead_letters_needs_an_exchange() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let key = ("x-dead-letter-routing-key", text("k"));
    let says = refused(&mut wire, std::slice::from_ref(&key));
    assert_eq!(says, invalid("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined"));
    queue_with(&mut wire, "q", &[key, ("x-dead-letter-exchange", text(""))]);
}

#[test]
fn one_active_consumer_is_yes_or_no() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    for (value, kind) in [(number(1), "signedint"), (text("true"), "longstr"), (AMQPValue::Void, "void")] {
        let says = refused(&mut wire, &[("x-single-active-consumer", value)]);
        assert_eq!(says, invalid("x-single-active-consumer", &format!("{{unacceptable_type,{kind}}}")));
    }
    queue_with(&mut wire, "q", &[("x-single-active-consumer", false.into())]);
}

#[test]
fn arguments_of_other_types_are_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    for (name, value) in [
        ("x-delivery-limit", number(5)),
        ("x-dead-letter-strategy", text("at-most-once")),
        ("x-quorum-initial-group-size", number(1)),
        ("x-max-age", text("1D")),
    ] {
        let says = refused(&mut wire, &[(name, value)]);
        // RabbitMQ before 4 calls the type by its module, `rabbit_classic_queue`.
        let start = format!("invalid arg '{name}' for queue 'q' in vhost '/' of queue type ");
        assert!(says.starts_with(&start) && says.contains("classic"), "{says}");
    }
}

#[test]
fn unknown_arguments_are_kept_and_do_not_matter() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-mine", text("a")), ("note", number(1))]);
    queue_with(&mut wire, "q", &[("x-mine", text("b"))]);
    queue_with(&mut wire, "q", &[]);
    assert_eq!(shown_arguments(&broker, "q"), serde_json::json!({"x-mine": "a", "note": 1}));
}

#[test]
fn declaring_again_with_other_arguments_names_the_first_that_differs() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let ttl = |value| ("x-message-ttl", number(value));
    let none = |value: &str, kind: &str| format!("the value '{value}' of type '{kind}'");
    type Case<'a> = (Entries<'a>, Entries<'a>, &'a str, String);
    let cases: &[Case<'_>] = &[
        (&[], &[ttl(5)], "x-message-ttl", format!("received {} but current is none", none("5", "signedint"))),
        (&[ttl(5)], &[], "x-message-ttl", format!("received none but current is {}", none("5", "signedint"))),
        (&[ttl(5)], &[ttl(6)], "x-message-ttl", "received '6' but current is '5'".into()),
        (
            &[("x-overflow", text("drop-head"))],
            &[("x-overflow", text("reject-publish"))],
            "x-overflow",
            "received 'reject-publish' but current is 'drop-head'".into(),
        ),
        (
            &[("x-single-active-consumer", true.into())],
            &[("x-single-active-consumer", false.into())],
            "x-single-active-consumer",
            "received 'false' but current is 'true'".into(),
        ),
        (
            &[("x-dead-letter-exchange", text("a"))],
            &[("x-dead-letter-exchange", text("b"))],
            "x-dead-letter-exchange",
            "received 'b' but current is 'a'".into(),
        ),
        (
            &[("x-max-priority", number(3))],
            &[],
            "x-max-priority",
            format!("received none but current is {}", none("3", "signedint")),
        ),
        (
            &[("x-queue-type", text("quorum")), ("x-delivery-limit", number(5))],
            &[("x-queue-type", text("quorum")), ("x-delivery-limit", number(6))],
            "x-delivery-limit",
            "received '6' but current is '5'".into(),
        ),
        (
            &[("x-queue-leader-locator", text("balanced"))],
            &[],
            "x-queue-leader-locator",
            format!("received none but current is {}", none("balanced", "longstr")),
        ),
        (
            &[],
            &[("x-queue-type", text("quorum"))],
            "x-queue-type",
            "received 'quorum' but current is 'classic'".into(),
        ),
    ];
    for (first, second, name, difference) in cases {
        queue_with(&mut wire, "q", first);
        let says = refused(&mut wire, second);
        assert_eq!(says, format!("inequivalent arg '{name}' for queue 'q' in vhost '/': {difference}"));
        wire.accepted(1, method!(queue::Delete { queue: "q" }));
    }
    // The type that is meant when none is named.
    queue_with(&mut wire, "q", &[]);
    queue_with(&mut wire, "q", &[("x-queue-type", text("classic"))]);
}
