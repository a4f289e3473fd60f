//! Time to live: of all messages of a queue, of one message, and what counts as a message that was in time.

use std::time::{Duration, Instant};

use amq_protocol::protocol::basic;
use serde_json::json;

use super::fixtures::{
    await_ready, deaths, expiration, let_pass, letter, number, queue_with, queue_with_letters, send,
    set_policy,
};
use crate::harness::{Broker, Wire};

fn plain() -> basic::AMQPProperties {
    basic::AMQPProperties::default()
}

#[test]
fn a_message_dies_when_the_time_of_its_queue_is_over_and_not_before() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-message-ttl", number(150))]);
    let before = Instant::now();
    send(&mut wire, "", "q", plain(), "late");
    let letter = letter(&mut wire);
    // The clock of the broker may count in whole milliseconds.
    assert!(before.elapsed() >= Duration::from_millis(149), "after {:?}", before.elapsed());
    assert_eq!(letter.text(), "late");
    let [death] = &deaths(&letter)[..] else { panic!("{letter:?}") };
    assert_eq!(death.short(), ("q", "expired", 1));
    // The message itself had no expiration.
    assert_eq!(death.original_expiration, None);
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn a_message_may_bring_its_own_time() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    let before = Instant::now();
    send(&mut wire, "", "q", expiration(150).with_content_type("text/plain".into()), "late");
    let letter = letter(&mut wire);
    assert!(before.elapsed() >= Duration::from_millis(149), "after {:?}", before.elapsed());
    let [death] = &deaths(&letter)[..] else { panic!("{letter:?}") };
    assert_eq!(death.short(), ("q", "expired", 1));
    // It would expire again where it comes to, so the property is gone, and kept in the record.
    assert_eq!(letter.properties.expiration(), &None);
    assert_eq!(death.original_expiration.as_deref(), Some("150"));
    assert_eq!(letter.properties.content_type().as_ref().map(|kind| kind.as_str()), Some("text/plain"));
}

#[test]
fn the_shorter_of_both_times_holds() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "long", &[("x-message-ttl", number(3_600_000))]);
    queue_with(&mut wire, "short", &[("x-message-ttl", number(50))]);
    send(&mut wire, "", "long", expiration(50), "own time");
    assert_eq!(letter(&mut wire).text(), "own time");
    send(&mut wire, "", "short", expiration(3_600_000), "time of the queue");
    await_ready(&mut wire, "short", 0);
}

#[test]
fn without_time_only_a_waiting_consumer_gets_it() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "queue", &[("x-message-ttl", number(0))]);
    queue_with(&mut wire, "plain", &[]);
    for name in ["queue", "plain"] {
        let properties = || if name == "plain" { expiration(0) } else { plain() };
        if name == "queue" {
            send(&mut wire, "", name, properties(), "nobody waits");
            assert_eq!(letter(&mut wire).text(), "nobody waits");
        }
        wire.open(2);
        wire.consume(2, name, "c");
        send(&mut wire, "", name, properties(), "somebody waits");
        assert_eq!(wire.texts(2, 1), ["somebody waits"]);
        wire.close(2);
        // It was given back by the channel's end, and its time is over.
        await_ready(&mut wire, name, 0);
    }
}

#[test]
fn a_message_with_a_time_of_its_own_dies_when_it_is_first() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    send(&mut wire, "", "q", plain(), "patient");
    send(&mut wire, "", "q", expiration(50), "hasty");
    send(&mut wire, "", "q", plain(), "last");
    let_pass(&mut wire, 100);
    assert_eq!(wire.counts(1, "q").0, 3);
    assert_eq!(wire.take(1, "q").2, "patient");
    assert_eq!(letter(&mut wire).text(), "hasty");
    assert_eq!(wire.take(1, "q").2, "last");
}

#[test]
fn what_is_dead_is_not_delivered() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    for body in ["1", "2", "3"] {
        send(&mut wire, "", "q", expiration(50), body);
    }
    send(&mut wire, "", "q", plain(), "alive");
    for body in ["1", "2", "3"] {
        assert_eq!(letter(&mut wire).text(), body);
    }
    wire.open(2);
    wire.consume(2, "q", "c");
    assert_eq!(wire.texts(2, 1), ["alive"]);
}

#[test]
fn a_message_in_the_hands_of_a_consumer_dies_only_when_it_comes_back() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-message-ttl", number(100))]);
    wire.open(2);
    wire.consume(2, "q", "c");
    send(&mut wire, "", "q", plain(), "kept");
    send(&mut wire, "", "q", plain(), "given back");
    assert_eq!(wire.texts(2, 2), ["kept", "given back"]);
    let_pass(&mut wire, 200);
    broker.shows_queues(&[("q", 0, 2), ("letters", 0, 0), ("clock", 0, 0), ("bell", 0, 0)]);
    wire.cancel(2, "c");
    wire.nack(2, 2, false, true);
    let letter = letter(&mut wire);
    assert_eq!((letter.text(), deaths(&letter)[0].short()), ("given back", ("q", "expired", 1)));
    wire.ack(2, 1, false);
    broker.shows_queues(&[("q", 0, 0), ("letters", 0, 0), ("clock", 0, 0), ("bell", 0, 0)]);
}

#[test]
fn a_policy_gives_messages_their_time_and_the_shorter_one_holds() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "by.policy", &[]);
    queue_with(&mut wire, "by.argument", &[("x-message-ttl", number(50))]);
    queue_with(&mut wire, "by.shorter", &[("x-message-ttl", number(3_600_000))]);
    set_policy(&broker, "^by[.](policy|shorter)$", json!({"message-ttl": 50}));
    for name in ["by.policy", "by.argument", "by.shorter"] {
        send(&mut wire, "", name, plain(), "late");
        await_ready(&mut wire, name, 0);
    }
    assert_eq!(letter(&mut wire).text(), "late");
}

#[test]
fn an_expiration_is_a_number_of_milliseconds() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    let cases = [
        ("", "no_integer"),
        ("soon", "no_integer"),
        ("-1", "{value_negative,-1}"),
        ("1.5", "{leftover_string,\".5\"}"),
        ("1 ", "{leftover_string,\" \"}"),
        ("99999999999999", "{value_too_large,99999999999999}"),
    ];
    for (given, why) in cases {
        send(&mut wire, "", "q", plain().with_expiration(given.into()), "");
        let closed = wire.channel_closed(1);
        let text = format!("PRECONDITION_FAILED - invalid expiration '{given}': {why}");
        assert_eq!((closed.code, closed.text), (406, text));
        wire.open(1);
    }
    for given in ["3600000", "4294967296"] {
        send(&mut wire, "", "q", plain().with_expiration(given.into()), given);
    }
    await_ready(&mut wire, "q", 2);
}
