//! Messages with priorities, and consumers with priorities.

use amq_protocol::protocol::basic;

use super::fixtures::{
    await_ready, consume_with, expiration, let_pass, letter, number, queue_with, queue_with_letters, send,
};
use crate::harness::{Broker, Wire, method};

/// Publishes bodies, each with the priority that is written behind its colon, if any.
fn publish(wire: &mut Wire, queue: &str, bodies: &[&str]) {
    for body in bodies {
        let mut properties = basic::AMQPProperties::default();
        if let Some((_, priority)) = body.split_once(':') {
            properties = properties.with_priority(priority.parse().expect("a priority"));
        }
        send(wire, "", queue, properties, body);
    }
}

#[track_caller]
fn drain(wire: &mut Wire, queue: &str) -> Vec<String> {
    std::iter::from_fn(|| wire.get(1, queue, true)).map(|got| got.message.text().to_owned()).collect()
}

#[test]
fn higher_priorities_come_first_and_equal_ones_in_order() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-max-priority", number(5))]);
    publish(&mut wire, "q", &["a:1", "b:5", "c:3", "d:5", "e:1", "f:3", "g:4"]);
    await_ready(&mut wire, "q", 7);
    assert_eq!(drain(&mut wire, "q"), ["b:5", "d:5", "g:4", "c:3", "f:3", "a:1", "e:1"]);
}

#[test]
fn none_is_the_lowest_and_more_than_the_highest_is_the_highest() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-max-priority", number(3))]);
    publish(&mut wire, "q", &["none", "a:0", "b:3", "c:9", "d:255", "e:1", "later"]);
    let got: Vec<_> = std::iter::from_fn(|| wire.get(1, "q", true)).collect();
    let bodies: Vec<&str> = got.iter().map(|got| got.message.text()).collect();
    assert_eq!(bodies, ["b:3", "c:9", "d:255", "e:1", "none", "a:0", "later"]);
    // The message itself stays what it was.
    assert_eq!(*got[2].message.properties.priority(), Some(255));
}

#[test]
fn a_queue_without_priorities_keeps_the_order() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    queue_with(&mut wire, "r", &[("x-max-priority", number(0))]);
    for queue in ["q", "r"] {
        publish(&mut wire, queue, &["a:1", "b:9", "c:5"]);
        assert_eq!(drain(&mut wire, queue), ["a:1", "b:9", "c:5"]);
    }
}

#[test]
fn a_message_that_comes_back_has_its_place_again() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-max-priority", number(9))]);
    publish(&mut wire, "q", &["a:2", "b:2", "c:7"]);
    let taken: Vec<String> = (0..2).map(|_| wire.take(1, "q").2).collect();
    assert_eq!(taken, ["c:7", "a:2"]);
    publish(&mut wire, "q", &["d:7", "e:2"]);
    wire.nack(1, 2, true, true);
    let again = wire.take(1, "q");
    assert_eq!((again.1, again.2.as_str()), (true, "c:7"));
    assert_eq!(drain(&mut wire, "q"), ["d:7", "a:2", "b:2", "e:2"]);
}

#[test]
fn a_full_queue_drops_from_its_head_which_is_the_highest_priority() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-max-priority", number(9)), ("x-max-length", number(2))]);
    for (bodies, dropped) in [(&["a:5", "b:1", "c:9"][..], "c:9"), (&["d:1"], "a:5"), (&["e:1"], "b:1")] {
        publish(&mut wire, "q", bodies);
        assert_eq!(letter(&mut wire).text(), dropped);
    }
    assert_eq!(drain(&mut wire, "q"), ["d:1", "e:1"]);
}

#[test]
fn what_is_over_is_not_delivered_from_behind_a_higher_priority() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-max-priority", number(9))]);
    publish(&mut wire, "q", &["stays:9", "low:0"]);
    send(&mut wire, "", "q", expiration(50).with_priority(1), "goes");
    let_pass(&mut wire, 100);
    // RabbitMQ drops it when it would be next, not before.
    assert_eq!(wire.take(1, "q").2, "stays:9");
    assert_eq!(letter(&mut wire).text(), "goes");
    assert_eq!(wire.take(1, "q").2, "low:0");
}

#[test]
fn purging_takes_all_priorities() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-max-priority", number(9))]);
    publish(&mut wire, "q", &["a:1", "b:9", "c:5"]);
    await_ready(&mut wire, "q", 3);
    let purged = wire.accepted(1, method!(queue::Purge { queue: "q" }));
    assert_eq!(purged, method!(queue::PurgeOk { message_count: 3u32 }));
    assert_eq!(drain(&mut wire, "q"), [""; 0]);
}

#[test]
fn a_consumer_of_lower_priority_waits_until_the_others_have_enough() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    wire.qos(1, 1, false);
    consume_with(&mut wire, 1, "q", "low", &[("x-priority", number(-10))]);
    consume_with(&mut wire, 1, "q", "high", &[("x-priority", number(10))]);
    wire.consume(1, "q", "none");
    wire.fill("q", &["1", "2", "3", "4"]);
    let mut to = Vec::new();
    for _ in 0..3 {
        to.push(wire.message(1).deliver().consumer_tag.to_string());
    }
    assert_eq!(to, ["high", "none", "low"]);
    // Who has the highest priority and room again gets the next one.
    wire.ack(1, 1, false);
    let next = wire.message(1);
    assert_eq!((next.text(), next.deliver().consumer_tag.as_str()), ("4", "high"));
}
