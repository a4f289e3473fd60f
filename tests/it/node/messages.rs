//! Messages over a restart: what was confirmed is there again, once and in order; what was settled is not.

use amq_protocol::protocol::{basic, queue};

use crate::harness::{Broker, Wire, method};

/// A connection with the durable queue `q` declared on channel 1 and confirms on it.
fn ready(broker: &Broker) -> Wire {
    let mut wire = Wire::with_channel(broker);
    durable(&mut wire, "q");
    wire.confirm_select(1);
    wire
}

fn durable(wire: &mut Wire, name: &str) {
    wire.declare(1, queue::Declare { queue: name.into(), durable: true, ..queue::Declare::default() });
}

fn publish(wire: &mut Wire, exchange: &str, key: &str, delivery_mode: u8, body: &[u8]) {
    let publish =
        basic::Publish { exchange: exchange.into(), routing_key: key.into(), ..basic::Publish::default() };
    let properties = basic::AMQPProperties::default().with_delivery_mode(delivery_mode);
    wire.publish_with(1, publish, properties, body);
}

fn numbered(count: u32) -> Vec<String> {
    (0..count).map(|number| format!("message {number}")).collect()
}

#[test]
fn confirmed_persistent_messages_outlive_a_crash_in_order() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let bodies = numbered(2000);
    let mut wire = ready(&broker);
    for body in &bodies {
        publish(&mut wire, "", "q", 2, body.as_bytes());
    }
    wire.await_confirm(1, 2000);
    broker.crash_and_restart();
    broker.shows_queues(&[("q", 2000, 0)]);
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 2000), bodies);
}

#[test]
fn a_clean_stop_keeps_persistent_messages_and_drops_the_others() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker);
    wire.declare_queue(1, "transient");
    for (key, mode, body) in
        [("q", 2, "a"), ("q", 1, "not b"), ("q", 2, "c"), ("transient", 2, "not d"), ("q", 2, "e")]
    {
        publish(&mut wire, "", key, mode, body.as_bytes());
    }
    wire.await_confirm(1, 5);
    broker.stop_and_restart();
    broker.shows_queues(&[("q", 3, 0)]);
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 3), ["a", "c", "e"]);
}

#[test]
fn what_was_settled_does_not_come_back() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker);
    for body in numbered(10) {
        publish(&mut wire, "", "q", 2, body.as_bytes());
    }
    wire.await_confirm(1, 10);
    for _ in 0..6 {
        wire.take(1, "q");
    }
    // 1 to 3 and 5 are settled; 4 is returned, 6 stays unacknowledged.
    wire.ack(1, 3, true);
    wire.reject(1, 5, false);
    wire.nack(1, 4, false, true);
    assert_eq!(wire.take(1, "q").2, "message 3");
    wire.nack(1, 7, false, true);
    assert_eq!(wire.counts(1, "q"), (5, 0));
    // An ack has no answer; a clean stop writes it at the latest.
    broker.stop_and_restart();
    broker.shows_queues(&[("q", 6, 0)]);
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    let expected = [3, 5, 6, 7, 8, 9].map(|number| format!("message {number}"));
    let messages: Vec<_> = (0..6).map(|_| wire.message(1)).collect();
    assert_eq!(messages.iter().map(|message| message.text()).collect::<Vec<_>>(), expected);
}

#[test]
fn one_message_to_many_queues_is_there_in_each() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker);
    let queues: Vec<String> = (0..20).map(|number| format!("q{number:02}")).collect();
    for name in &queues {
        durable(&mut wire, name);
        wire.bind(1, name, "amq.fanout", "", Default::default());
    }
    publish(&mut wire, "amq.fanout", "k", 2, b"to all");
    wire.await_confirm(1, 1);
    // One of them has had it already.
    assert_eq!(wire.get(1, "q07", true).unwrap().message.text(), "to all");
    broker.stop_and_restart();
    let mut wire = Wire::with_channel(&broker);
    for name in &queues {
        let got = wire
            .get(1, name, true)
            .map(|got| (got.method.exchange, got.method.routing_key, got.message.body));
        let expected = (name != "q07").then(|| ("amq.fanout".into(), "k".into(), b"to all".to_vec()));
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn properties_and_large_bodies_outlive_a_crash() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker);
    let body: Vec<u8> =
        (0..3_000_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut headers = amq_protocol::types::FieldTable::default();
    headers.insert("n".into(), amq_protocol::types::AMQPValue::LongLongInt(7));
    let properties = basic::AMQPProperties::default()
        .with_delivery_mode(2)
        .with_headers(headers)
        .with_message_id("m".into())
        .with_priority(3);
    let to_q = basic::Publish { routing_key: "q".into(), ..basic::Publish::default() };
    wire.publish_with(1, to_q, properties.clone(), &body);
    wire.await_confirm(1, 1);
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    let got = wire.get(1, "q", true).expect("a message");
    assert_eq!(got.message.properties, properties);
    assert!(got.message.body == body, "the body is another");
}

#[test]
fn a_committed_transaction_outlives_a_crash_and_an_open_one_does_not() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    durable(&mut wire, "q");
    wire.tx_select(1);
    publish(&mut wire, "", "q", 2, b"committed");
    wire.tx_commit(1);
    publish(&mut wire, "", "q", 2, b"open");
    assert_eq!(wire.counts(1, "q"), (1, 0));
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(wire.take(1, "q").2, "committed");
    assert_eq!(wire.get(1, "q", false), None);
}

#[test]
fn purged_and_deleted_messages_stay_away() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker);
    durable(&mut wire, "deleted");
    for key in ["q", "q", "deleted"] {
        publish(&mut wire, "", key, 2, b"x");
    }
    wire.await_confirm(1, 3);
    wire.accepted(1, method!(queue::Purge { queue: "q" }));
    wire.accepted(1, method!(queue::Delete { queue: "deleted" }));
    durable(&mut wire, "deleted");
    publish(&mut wire, "", "q", 2, b"after");
    wire.await_confirms(1, 4..=4);
    broker.crash_and_restart();
    broker.shows_queues(&[("deleted", 0, 0), ("q", 1, 0)]);
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(wire.take(1, "q").2, "after");
}

#[test]
fn crash_after_crash_loses_nothing() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    for round in 0..5u32 {
        let mut wire = ready(&broker);
        for number in 0..50 {
            publish(&mut wire, "", "q", 2, format!("{round}-{number}").as_bytes());
        }
        wire.await_confirm(1, 50);
        broker.crash_and_restart();
        broker.shows_queues(&[("q", 50 * (round + 1), 0)]);
    }
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    let expected: Vec<String> =
        (0..5).flat_map(|round| (0..50).map(move |number| format!("{round}-{number}"))).collect();
    assert_eq!(wire.texts(1, 250), expected);
}
