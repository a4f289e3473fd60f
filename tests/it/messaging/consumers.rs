//! One consumer at a time, limits, time limits, and the end of consumers.

use amq_protocol::protocol::{AMQPClass, basic};
use serde_json::{Value, json};

use super::fixtures::{await_ready, consume_with, number, queue_with, text};
use crate::harness::{Broker, Wire, eventually, method, segment};

fn single(wire: &mut Wire, name: &str) {
    queue_with(wire, name, &[("x-single-active-consumer", true.into())]);
}

/// The next delivery on a channel: to which consumer, and what.
#[track_caller]
fn delivery(wire: &mut Wire, channel: u16) -> (String, String) {
    let message = wire.message(channel);
    (message.deliver().consumer_tag.to_string(), message.text().to_owned())
}

fn to(tag: &str, body: &str) -> (String, String) {
    (tag.to_owned(), body.to_owned())
}

#[test]
fn one_consumer_is_active_and_the_next_in_line_follows() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    single(&mut wire, "q");
    for tag in ["a", "b", "c"] {
        wire.consume(1, "q", tag);
    }
    wire.fill("q", &["1", "2", "3"]);
    assert_eq!([(); 3].map(|()| delivery(&mut wire, 1)), ["1", "2", "3"].map(|body| to("a", body)));
    wire.cancel(1, "a");
    // What it has in its hands stays there.
    wire.fill("q", &["4"]);
    assert_eq!(delivery(&mut wire, 1), to("b", "4"));
    wire.nack(1, 2, true, true);
    assert_eq!([(); 2].map(|()| delivery(&mut wire, 1)), ["1", "2"].map(|body| to("b", body)));
    // One that waits may go without notice.
    wire.cancel(1, "c");
    wire.fill("q", &["5"]);
    assert_eq!(delivery(&mut wire, 1), to("b", "5"));
}

#[test]
fn the_next_in_line_takes_over_from_a_dead_connection() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let mut dying = Wire::with_channel(&broker);
    single(&mut wire, "q");
    dying.consume(1, "q", "first");
    wire.consume(1, "q", "second");
    wire.fill("q", &["1", "2", "3"]);
    assert_eq!(dying.texts(1, 3), ["1", "2", "3"]);
    assert_eq!(wire.arrived(1), 0);
    dying.ack(1, 1, false);
    broker.shows_queues(&[("q", 0, 2)]);
    dying.shut_down();
    for body in ["2", "3"] {
        let message = wire.message(1);
        assert_eq!((message.text(), message.deliver().redelivered), (body, true));
    }
}

#[test]
fn the_active_consumer_keeps_its_limit_and_nobody_helps() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    single(&mut wire, "q");
    wire.qos(1, 1, false);
    wire.consume(1, "q", "a");
    wire.consume(1, "q", "b");
    wire.fill("q", &["1", "2"]);
    assert_eq!(delivery(&mut wire, 1), to("a", "1"));
    assert_eq!(wire.counts(1, "q"), (1, 2));
    assert_eq!(wire.arrived(1), 0);
    wire.ack(1, 1, false);
    assert_eq!(delivery(&mut wire, 1), to("a", "2"));
}

#[test]
fn who_is_active_is_shown() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    single(&mut wire, "q");
    wire.consume(1, "q", "a");
    wire.consume(1, "q", "b");
    let listing = ["list_consumers", "consumer_tag", "active", "activity_status"];
    let head = "consumer_tag\tactive\tactivity_status";
    broker.shows(&listing, &[head, "a\ttrue\tsingle_active", "b\tfalse\twaiting"]);
    wire.cancel(1, "a");
    broker.shows(&listing, &[head, "b\ttrue\tsingle_active"]);
    let path = format!("/api/queues/{}/q", segment(&broker.vhost));
    eventually("the queue shows its active consumer", || {
        let queue: Value = serde_json::from_str(&broker.http("GET", &path, "").body).expect("JSON");
        match &queue["single_active_consumer_tag"] {
            tag if *tag == json!("b") => Ok(()),
            tag => Err(tag.to_string()),
        }
    });
}

#[test]
fn exclusive_consumers_and_single_active_ones_do_not_mix() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    single(&mut wire, "q");
    let refused = wire.refused(1, method!(basic::Consume { queue: "q", exclusive: true }));
    assert_eq!(refused, (403, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use".to_owned()));
}

#[test]
fn an_exclusive_consumer_leaves_the_queue_to_others_when_its_connection_ends() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    let mut other = Wire::with_channel(&broker);
    other.accepted(1, method!(basic::Consume { queue: "q", consumer_tag: "c", exclusive: true }));
    assert_eq!(wire.refused(1, method!(basic::Consume { queue: "q" })).0, 403);
    other.shut_down();
    eventually("the queue is free", || {
        wire.send(1, method!(basic::Consume { queue: "q", consumer_tag: "c" }));
        match wire.method(1) {
            AMQPClass::Basic(basic::AMQPMethod::ConsumeOk(_)) => Ok(()),
            refused => {
                wire.send(1, method!(channel::CloseOk {}));
                wire.open(1);
                Err(format!("{refused:?}"))
            }
        }
    });
}

#[test]
fn a_limit_of_the_channel_holds_beside_those_of_its_consumers() {
    let broker = Broker::start();
    if !broker.permits("global_qos") {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    queue_with(&mut wire, "r", &[]);
    wire.fill("q", &["q1", "q2", "q3", "q4"]);
    wire.fill("r", &["r1", "r2", "r3", "r4"]);
    wire.qos(1, 2, false);
    wire.qos(1, 3, true);
    wire.consume(1, "q", "q");
    wire.consume(1, "r", "r");
    assert_eq!([(); 3].map(|()| delivery(&mut wire, 1).1), ["q1", "q2", "r1"]);
    assert_eq!((wire.counts(1, "q").0, wire.counts(1, "r").0), (2, 3));
    // A larger one for the channel, and the consumers' own are the narrower.
    wire.qos(1, 10, true);
    assert_eq!(delivery(&mut wire, 1).1, "r2");
    assert_eq!((wire.counts(1, "q").0, wire.counts(1, "r").0), (2, 2));
    assert_eq!(wire.arrived(1), 0);
}

#[test]
fn no_limit_is_no_limit() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    let bodies: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    wire.fill("q", &bodies.iter().map(String::as_str).collect::<Vec<_>>());
    wire.qos(1, 1, false);
    wire.qos(1, 0, false);
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 500), bodies);
}

#[test]
fn consumers_are_told_when_their_queue_is_deleted_by_an_operator() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    for tag in ["a", "b"] {
        wire.consume(1, "q", tag);
    }
    assert_eq!(broker.http("DELETE", &format!("/api/queues/{}/q", segment(&broker.vhost)), "").status, 204);
    let mut told: Vec<String> = Vec::new();
    for _ in 0..2 {
        match wire.method(1) {
            AMQPClass::Basic(basic::AMQPMethod::Cancel(cancel)) => told.push(cancel.consumer_tag.to_string()),
            other => panic!("not basic.cancel: {other:?}"),
        }
    }
    told.sort_unstable();
    assert_eq!(told, ["a", "b"]);
    // Acknowledging what the queue took along is no error.
    wire.ack(1, 0, true);
    queue_with(&mut wire, "q", &[]);
}

#[test]
fn a_priority_is_a_number() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    for (value, kind) in [(text("high"), "longstr"), (true.into(), "bool")] {
        let arguments = super::fixtures::table(&[("x-priority", value)]);
        let refused = wire.refused(1, method!(basic::Consume { queue: "q", arguments: arguments }));
        let says = format!("\"expected integer, got {kind}\"");
        let text =
            format!("PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': {says}");
        assert_eq!(refused, (406, text));
    }
    consume_with(&mut wire, 1, "q", "c", &[("x-priority", number(1 << 40))]);
}

#[test]
fn who_does_not_acknowledge_in_time_loses_the_channel() {
    let Some(broker) = Broker::start_own(Some("consumer_timeout = 150\n")) else { return };
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-queue-type", text("quorum"))]);
    wire.open(2);
    wire.qos(2, 1, false);
    wire.consume(2, "q", "c");
    wire.fill("q", &["slow", "next"]);
    assert_eq!(wire.texts(2, 1), ["slow"]);
    let closed = wire.channel_closed(2);
    let start = "PRECONDITION_FAILED - delivery acknowledgement on channel 2 timed out. \
                 Timeout value used: 150 ms.";
    assert!(closed.code == 406 && closed.text.starts_with(start), "{closed:?}");
    await_ready(&mut wire, "q", 2);
    let (_, redelivered, body) = wire.take(1, "q");
    assert_eq!((redelivered, body.as_str()), (true, "slow"));
}

#[test]
fn a_queue_may_have_a_time_limit_of_its_own() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-queue-type", text("quorum")), ("x-consumer-timeout", number(150))]);
    queue_with(&mut wire, "r", &[("x-queue-type", text("quorum"))]);
    for (channel, queue) in [(2, "q"), (3, "r")] {
        wire.open(channel);
        wire.consume(channel, queue, "c");
        wire.fill(queue, &[queue]);
        assert_eq!(wire.texts(channel, 1), [queue]);
    }
    assert_eq!(wire.channel_closed(2).code, 406);
    wire.ack(3, 1, false);
    broker.shows_queues(&[("q", 1, 0), ("r", 0, 0)]);
}
