//! Queues with a limit: what is dropped, what is refused, and what counts.

use amq_protocol::protocol::{AMQPClass, basic};
use amq_protocol::types::FieldTable;
use serde_json::json;

use super::fixtures::{
    await_ready, deaths, letter, letters, number, queue_with, queue_with_letters, send, set_policy, text,
};
use crate::harness::{Broker, Wire};

fn plain() -> basic::AMQPProperties {
    basic::AMQPProperties::default()
}

/// Everything that a queue has ready, in order.
#[track_caller]
fn drain(wire: &mut Wire, queue: &str) -> Vec<String> {
    std::iter::from_fn(|| wire.get(1, queue, true)).map(|got| got.message.text().to_owned()).collect()
}

/// Publishes on channel 2, which is in confirm mode, and tells whether it was confirmed (or else refused).
#[track_caller]
fn is_confirmed(wire: &mut Wire, exchange: &str, key: &str, body: &str) -> bool {
    wire.publish(2, exchange, key, body.as_bytes());
    match wire.method(2) {
        AMQPClass::Basic(basic::AMQPMethod::Ack(_)) => true,
        AMQPClass::Basic(basic::AMQPMethod::Nack(_)) => false,
        other => panic!("neither ack nor nack: {other:?}"),
    }
}

fn with_confirms(broker: &Broker) -> Wire {
    let mut wire = Wire::with_channel(broker);
    wire.open(2);
    wire.confirm_select(2);
    wire
}

#[test]
fn the_oldest_are_dropped_first_and_are_dead_letters() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-max-length", number(3))]);
    wire.fill("q", &["1", "2", "3", "4", "5"]);
    let dropped = |body: &str| (body.to_owned(), "maxlen".to_owned());
    assert_eq!(letters(&mut wire, 2), ["1", "2"].map(dropped));
    assert_eq!(drain(&mut wire, "q"), ["3", "4", "5"]);
}

#[test]
fn bodies_count_for_a_limit_in_bytes() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-max-length-bytes", number(10))]);
    let properties = || plain().with_message_id("properties do not count".into());
    for body in ["aaaa", "bbbb", "cc"] {
        send(&mut wire, "", "q", properties(), body);
    }
    await_ready(&mut wire, "q", 3);
    send(&mut wire, "", "q", properties(), "ddddd");
    await_ready(&mut wire, "q", 2);
    assert_eq!(letter(&mut wire).text(), "aaaa");
    assert_eq!(letter(&mut wire).text(), "bbbb");
    // One that is larger than the limit has no place at all, and makes all others leave.
    send(&mut wire, "", "q", properties(), "eeeeeeeeeee");
    for body in ["cc", "ddddd", "eeeeeeeeeee"] {
        assert_eq!(letter(&mut wire).text(), body);
    }
    assert_eq!(drain(&mut wire, "q"), [""; 0]);
}

#[test]
fn the_limit_that_is_reached_first_holds() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-max-length", number(2)), ("x-max-length-bytes", number(4))]);
    wire.fill("q", &["1", "2", "3"]);
    await_ready(&mut wire, "q", 2);
    wire.fill("q", &["4444"]);
    await_ready(&mut wire, "q", 1);
    assert_eq!(drain(&mut wire, "q"), ["4444"]);
}

#[test]
fn what_is_unacknowledged_does_not_count_until_it_comes_back() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-max-length", number(2))]);
    wire.fill("q", &["1", "2"]);
    wire.take(1, "q");
    wire.take(1, "q");
    wire.fill("q", &["3", "4"]);
    assert_eq!(wire.counts(1, "q").0, 2);
    // Back at the head, they are the oldest.
    wire.nack(1, 2, true, true);
    assert_eq!([letter(&mut wire).text(), letter(&mut wire).text()], ["1", "2"]);
    assert_eq!(drain(&mut wire, "q"), ["3", "4"]);
}

#[test]
fn a_queue_of_no_length_hands_on_only() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-max-length", number(0))]);
    wire.fill("q", &["nobody waits"]);
    assert_eq!(letter(&mut wire).text(), "nobody waits");
    wire.open(2);
    wire.consume(2, "q", "c");
    wire.fill("q", &["somebody waits"]);
    assert_eq!(wire.texts(2, 1), ["somebody waits"]);
}

#[test]
fn a_full_queue_may_refuse_instead() {
    let broker = Broker::start();
    let mut wire = with_confirms(&broker);
    let overflow = ("x-overflow", text("reject-publish"));
    queue_with_letters(&mut wire, "q", &[("x-max-length", number(2)), overflow]);
    let publish = |wire: &mut Wire, body: &str| is_confirmed(wire, "", "q", body);
    assert!(publish(&mut wire, "1") && publish(&mut wire, "2"));
    assert!(!publish(&mut wire, "3") && !publish(&mut wire, "4"));
    // Who asked for no confirms is not told.
    send(&mut wire, "", "q", plain(), "5");
    assert_eq!(wire.counts(1, "q").0, 2);
    assert_eq!(wire.take(1, "q").2, "1");
    assert!(publish(&mut wire, "6"));
    assert_eq!(drain(&mut wire, "q"), ["2", "6"]);
    // What was refused is no dead letter.
    send(&mut wire, "", "letters", plain(), "first");
    assert_eq!(letter(&mut wire).text(), "first");
}

#[test]
fn a_full_queue_may_refuse_by_bytes() {
    let broker = Broker::start();
    let mut wire = with_confirms(&broker);
    let arguments = [("x-max-length-bytes", number(5)), ("x-overflow", text("reject-publish"))];
    queue_with(&mut wire, "q", &arguments);
    // What would make it longer than its limit is refused, what still fits is not.
    for (body, confirmed) in [("aaa", true), ("bbb", false), ("cc", true), ("d", false), ("", true)] {
        assert_eq!(is_confirmed(&mut wire, "", "q", body), confirmed, "{body}");
    }
    assert_eq!(drain(&mut wire, "q"), ["aaa", "cc", ""]);
}

#[test]
fn one_full_queue_of_many_refuses_for_all() {
    let broker = Broker::start();
    let mut wire = with_confirms(&broker);
    queue_with(&mut wire, "q", &[("x-max-length", number(1)), ("x-overflow", text("reject-publish"))]);
    queue_with(&mut wire, "r", &[]);
    for queue in ["q", "r"] {
        wire.bind(1, queue, "amq.fanout", "", FieldTable::default());
    }
    assert!(is_confirmed(&mut wire, "amq.fanout", "", "1"));
    assert!(!is_confirmed(&mut wire, "amq.fanout", "", "2"));
    assert_eq!(drain(&mut wire, "q"), ["1"]);
    assert_eq!(drain(&mut wire, "r"), ["1", "2"]);
}

#[test]
fn what_is_refused_may_be_a_dead_letter() {
    let broker = Broker::start();
    let mut wire = with_confirms(&broker);
    let overflow = ("x-overflow", text("reject-publish-dlx"));
    queue_with_letters(&mut wire, "q", &[("x-max-length", number(1)), overflow]);
    assert!(is_confirmed(&mut wire, "", "q", "1"));
    assert!(!is_confirmed(&mut wire, "", "q", "2"));
    send(&mut wire, "", "q", plain(), "3");
    for body in ["2", "3"] {
        let letter = letter(&mut wire);
        assert_eq!((letter.text(), deaths(&letter)[0].short()), (body, ("q", "maxlen", 1)));
    }
    assert_eq!(drain(&mut wire, "q"), ["1"]);
}

#[test]
fn a_policy_sets_a_limit_at_once_and_lifts_it() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "limited", &[]);
    wire.fill("limited", &["1", "2", "3", "4"]);
    set_policy(&broker, "^limited$", json!({"max-length": 2}));
    await_ready(&mut wire, "limited", 2);
    assert_eq!([letter(&mut wire).text(), letter(&mut wire).text()], ["1", "2"]);
    let path = format!("/api/policies/{}/%5Elimited%24", crate::harness::segment(&broker.vhost));
    assert_eq!(broker.http("DELETE", &path, "").status, 204);
    wire.fill("limited", &["5", "6"]);
    await_ready(&mut wire, "limited", 4);
    assert_eq!(drain(&mut wire, "limited"), ["3", "4", "5", "6"]);
}

#[test]
fn a_policy_makes_a_queue_refuse() {
    let broker = Broker::start();
    let mut wire = with_confirms(&broker);
    queue_with(&mut wire, "limited", &[("x-max-length", number(10))]);
    set_policy(&broker, "^limited$", json!({"max-length": 1, "overflow": "reject-publish"}));
    assert!(is_confirmed(&mut wire, "", "limited", "1"));
    assert!(!is_confirmed(&mut wire, "", "limited", "2"));
    assert_eq!(drain(&mut wire, "limited"), ["1"]);
}
