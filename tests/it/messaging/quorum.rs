//! Queues of type `quorum`: what they refuse, how often they deliver, and what they count.

use amq_protocol::protocol::{AMQPClass, basic};
use amq_protocol::types::AMQPValue;

use super::fixtures::{
    Entries, await_ready, deaths, declaration, has_version_4, header, letter, number, queue_with,
    queue_with_letters, send, text,
};
use crate::harness::{Broker, Message, Wire, eventually, method};

/// The arguments of a quorum queue.
fn quorum(more: Entries<'_>) -> Vec<(&'static str, AMQPValue)> {
    let more = more.iter().map(|(name, value)| (leaked(name), value.clone()));
    std::iter::once(("x-queue-type", text("quorum"))).chain(more).collect()
}

fn leaked(name: &str) -> &'static str {
    name.to_owned().leak()
}

/// A header that counts; absent is zero.
#[track_caller]
fn count(message: &Message, name: &str) -> i64 {
    match header(message, name) {
        None => 0,
        Some(AMQPValue::LongLongInt(count)) => *count,
        Some(AMQPValue::LongInt(count)) => i64::from(*count),
        Some(AMQPValue::ShortShortUInt(count)) => i64::from(*count),
        Some(other) => panic!("{name} is {other:?}"),
    }
}

/// Takes a message: delivery tag, `x-delivery-count` and `x-acquired-count`.
#[track_caller]
fn take(wire: &mut Wire, queue: &str) -> (u64, i64, i64) {
    let got = eventually("a message is ready", || wire.get(1, queue, false).ok_or("none is".to_owned()));
    let (failed, acquired) =
        (count(&got.message, "x-delivery-count"), count(&got.message, "x-acquired-count"));
    (got.method.delivery_tag, failed, acquired)
}

fn plain() -> basic::AMQPProperties {
    basic::AMQPProperties::default()
}

#[test]
fn what_does_not_suit_a_quorum_queue_is_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let arguments = || super::fixtures::table(&quorum(&[]));
    let declare = |durable: bool, exclusive: bool, auto_delete: bool| {
        let arguments = arguments();
        method!(queue::Declare {
            queue: "q",
            durable: durable,
            exclusive: exclusive,
            auto_delete: auto_delete,
            arguments: arguments
        })
    };
    for (declare, property) in
        [(declare(false, false, false), "non-durable"), (declare(true, true, false), "exclusive-owner")]
    {
        let text = format!("PRECONDITION_FAILED - invalid property '{property}' for queue 'q' in vhost '/'");
        assert_eq!(wire.refused(1, declare), (406, text));
    }
    for (name, value) in [("x-max-priority", number(5)), ("x-max-age", text("1D"))] {
        let (code, says) = wire.refused(1, declaration("q", &quorum(&[(name, value)])));
        let start =
            format!("PRECONDITION_FAILED - invalid arg '{name}' for queue 'q' in vhost '/' of queue type ");
        assert!(code == 406 && says.starts_with(&start) && says.contains("quorum"), "{code} {says}");
    }
    for (name, value, reason) in [
        ("x-dead-letter-strategy", text("sometimes"), "invalid_dlx_strategy"),
        ("x-quorum-initial-group-size", number(0), "{value_zero,0}"),
        ("x-overflow", text("drop-tail"), "invalid_overflow"),
        ("x-message-ttl", text("5"), "\"expected integer, got longstr\""),
    ] {
        let refused = wire.refused(1, declaration("q", &quorum(&[(name, value)])));
        let says = format!("PRECONDITION_FAILED - invalid arg '{name}' for queue 'q' in vhost '/': {reason}");
        assert_eq!(refused, (406, says));
    }
}

#[test]
fn a_quorum_queue_has_no_part_in_a_limit_of_the_channel() {
    let broker = Broker::start();
    if !broker.permits("global_qos") {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &quorum(&[]));
    wire.qos(1, 3, true);
    let refused = wire.fatal(1, method!(basic::Consume { queue: "q" }));
    let says = "NOT_IMPLEMENTED - queue 'q' in vhost '/' does not support global qos";
    assert_eq!(refused, (540, says.to_owned()));
}

#[test]
fn with_one_active_consumer_nothing_can_be_got() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &quorum(&[("x-single-active-consumer", true.into())]));
    let refused = wire.refused(1, method!(basic::Get { queue: "q" }));
    let says = "RESOURCE_LOCKED - cannot obtain access to locked queue 'q' in vhost '/'. basic.get operations \
                are not supported by <<\"quorum\">> queues with single active consumer";
    assert_eq!(refused, (405, says.to_owned()));
}

/// RabbitMQ says in its log that it takes it for `drop-head`.
#[test]
fn letters_about_what_is_refused_are_not_for_quorum_queues() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let full = [("x-max-length", number(1)), ("x-overflow", text("reject-publish-dlx"))];
    queue_with(&mut wire, "q", &quorum(&full));
    wire.fill("q", &["1", "2"]);
    await_ready(&mut wire, "q", 1);
    assert_eq!(wire.take(1, "q").2, "2");
}

#[test]
fn a_quorum_queue_does_what_queues_do() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &quorum(&[("x-max-length", number(2))]));
    wire.fill("q", &["1", "2", "3"]);
    let dropped = letter(&mut wire);
    assert_eq!((dropped.text(), deaths(&dropped)[0].short()), ("1", ("q", "maxlen", 1)));
    wire.open(2);
    wire.consume(2, "q", "c");
    assert_eq!(wire.texts(2, 2), ["2", "3"]);
    wire.ack(2, 1, false);
    wire.nack(2, 2, false, false);
    let rejected = letter(&mut wire);
    assert_eq!((rejected.text(), deaths(&rejected)[0].short()), ("3", ("q", "rejected", 1)));
    broker.shows_queues(&[("q", 0, 0), ("letters", 0, 0)]);
}

#[test]
fn a_message_that_fails_too_often_is_a_dead_letter() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &quorum(&[("x-delivery-limit", number(2))]));
    send(&mut wire, "", "q", plain(), "poison");
    for failed in 0..3 {
        let (tag, counted, _) = take(&mut wire, "q");
        assert_eq!(counted, failed);
        wire.reject(1, tag, true);
    }
    let letter = letter(&mut wire);
    assert_eq!((letter.text(), deaths(&letter)[0].short()), ("poison", ("q", "delivery_limit", 1)));
    await_ready(&mut wire, "q", 0);
}

#[test]
fn twenty_failures_are_allowed_by_default() {
    let broker = Broker::start();
    if !has_version_4(&broker) {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &quorum(&[]));
    queue_with(&mut wire, "forever", &quorum(&[("x-delivery-limit", number(-1))]));
    for queue in ["q", "forever"] {
        send(&mut wire, "", queue, plain(), "poison");
        for failed in 0..21 {
            let (tag, counted, _) = take(&mut wire, queue);
            assert_eq!(counted, failed, "{queue}");
            wire.reject(1, tag, true);
        }
    }
    assert_eq!(deaths(&letter(&mut wire))[0].short(), ("q", "delivery_limit", 1));
    assert_eq!(take(&mut wire, "forever").1, 21);
}

#[test]
fn without_a_dead_letter_exchange_it_is_dropped() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &quorum(&[("x-delivery-limit", number(0))]));
    wire.fill("q", &["poison", "good"]);
    let (tag, _, _) = take(&mut wire, "q");
    wire.reject(1, tag, true);
    await_ready(&mut wire, "q", 1);
    assert_eq!(wire.take(1, "q").2, "good");
}

#[test]
fn what_a_consumer_gives_back_is_acquired_but_has_not_failed() {
    let broker = Broker::start();
    if !has_version_4(&broker) {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &quorum(&[("x-delivery-limit", number(1))]));
    send(&mut wire, "", "q", plain(), "body");
    let mut told = Vec::new();
    for round in 0..5 {
        let (tag, failed, acquired) = take(&mut wire, "q");
        told.push((failed, acquired));
        if round == 3 { wire.reject(1, tag, true) } else { wire.nack(1, tag, false, true) }
    }
    assert_eq!(told, [(0, 0), (0, 1), (0, 2), (0, 3), (1, 4)]);
    let (tag, failed, acquired) = take(&mut wire, "q");
    assert_eq!((failed, acquired), (1, 5));
    wire.reject(1, tag, true);
    assert_eq!(deaths(&letter(&mut wire))[0].short(), ("q", "delivery_limit", 1));
}

#[test]
fn a_channel_that_ends_with_a_message_in_hand_has_failed() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &quorum(&[("x-delivery-limit", number(1))]));
    send(&mut wire, "", "q", plain(), "poison");
    wire.open(2);
    wire.consume(2, "q", "c");
    assert_eq!(count(&wire.message(2), "x-delivery-count"), 0);
    wire.close(2);
    let mut dying = Wire::with_channel(&broker);
    dying.consume(1, "q", "c");
    assert_eq!(count(&dying.message(1), "x-delivery-count"), 1);
    dying.shut_down();
    assert_eq!(deaths(&letter(&mut wire))[0].short(), ("q", "delivery_limit", 1));
}

#[test]
fn a_full_quorum_queue_may_refuse() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let arguments = [("x-max-length", number(1)), ("x-overflow", text("reject-publish"))];
    queue_with(&mut wire, "q", &quorum(&arguments));
    wire.open(2);
    wire.confirm_select(2);
    // A quorum queue of RabbitMQ may take some more than its limit before it refuses.
    let refused = (0..1000).any(|_| {
        wire.publish(2, "", "q", b"body");
        match wire.method(2) {
            AMQPClass::Basic(basic::AMQPMethod::Ack(_)) => false,
            AMQPClass::Basic(basic::AMQPMethod::Nack(_)) => true,
            other => panic!("neither ack nor nack: {other:?}"),
        }
    });
    assert!(refused);
}
