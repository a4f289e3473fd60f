//! Messages over a restart: which come back, in which order, and that they are what they were.

use amq_protocol::protocol::{basic, queue};
use amq_protocol::types::{AMQPValue, FieldTable};

use super::{durable_queue, publish, store};
use crate::harness::{Broker, Wire};

/// Both ways to end.
fn restarts() -> [fn(&mut Broker); 2] {
    [Broker::stop_and_restart, Broker::crash_and_restart]
}

fn headers() -> FieldTable {
    let mut inner = FieldTable::default();
    inner.insert("deep".into(), AMQPValue::LongLongInt(-1 << 40));
    let mut table = FieldTable::default();
    table.insert("text".into(), AMQPValue::LongString("žluťoučký\0kůň".into()));
    table.insert("flag".into(), AMQPValue::Boolean(true));
    table.insert("ratio".into(), AMQPValue::Double(0.1));
    table.insert("when".into(), AMQPValue::Timestamp(1_700_000_000));
    table.insert("inner".into(), AMQPValue::FieldTable(inner));
    table.insert("nothing".into(), AMQPValue::Void);
    table
}

fn all_properties() -> basic::AMQPProperties {
    basic::AMQPProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/x-thing".into())
        .with_content_encoding("gzip".into())
        .with_headers(headers())
        .with_priority(7)
        .with_correlation_id("correlation".into())
        .with_reply_to("reply".into())
        .with_expiration("3600000".into())
        .with_message_id("id".into())
        .with_timestamp(1_700_000_001)
        .with_type("kind".into())
        .with_user_id("guest".into())
        .with_app_id("app".into())
}

#[test]
fn messages_come_back_in_order_and_byte_for_byte() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        durable_queue(&mut wire, "q");
        wire.confirm_select(1);
        let bodies: Vec<Vec<u8>> = [0, 1, 100, 4096, 40_000, 5 << 20, 3]
            .into_iter()
            .map(|length: usize| (0..length).map(|at| (at * 31 + length) as u8).collect())
            .collect();
        for body in &bodies {
            let to = basic::Publish { routing_key: "q".into(), ..basic::Publish::default() };
            wire.publish_with(1, to, all_properties(), body);
        }
        wire.await_confirm(1, bodies.len() as u64);
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        wire.consume(1, "q", "c");
        for body in &bodies {
            let message = wire.message(1);
            assert!(message.body == *body, "a body of {} bytes", body.len());
            assert_eq!(message.properties, all_properties());
            let deliver = message.deliver();
            assert_eq!((deliver.exchange.as_str(), deliver.routing_key.as_str()), ("", "q"));
            assert!(!deliver.redelivered);
        }
    }
}

#[test]
fn what_was_not_acknowledged_comes_back_as_redelivered_and_what_was_does_not() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        durable_queue(&mut wire, "q");
        wire.confirm_select(1);
        store(&mut wire, "q", &["one", "two", "three", "four", "five"]);
        assert_eq!(wire.take(1, "q").2, "one");
        let (tag, _, text) = wire.take(1, "q");
        assert_eq!((wire.take(1, "q").2.as_str(), text.as_str()), ("three", "two"));
        wire.ack(1, tag, false);
        // What is confirmed after the acknowledgement says that the log has that too.
        publish(&mut wire, "q", b"six");
        wire.await_confirms(1, 6..=6);
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        let taken: Vec<_> = (0..5).map(|_| wire.take(1, "q")).collect();
        let expected = [("one", true), ("three", true), ("four", false), ("five", false), ("six", false)];
        for ((_, redelivered, text), expected) in taken.iter().zip(expected) {
            assert_eq!((text.as_str(), *redelivered), expected);
        }
        assert_eq!(wire.get(1, "q", true), None);
    }
}

/// Messages that came in one write and differ in their bodies alone share their heads on the way; it must not show.
#[test]
fn what_came_in_one_write_comes_back_as_it_was() {
    let properties =
        basic::AMQPProperties::default().with_delivery_mode(2).with_content_type("text/plain".into());
    let bodies: Vec<String> = (0..60).map(|number| format!("message {number:02}")).collect();
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        durable_queue(&mut wire, "q");
        wire.confirm_select(1);
        wire.burst(1, "q", &properties, &bodies);
        wire.await_confirm(1, 60);
        wire.qos(1, 25, false);
        wire.consume(1, "q", "c");
        for body in &bodies[..25] {
            assert_eq!(wire.message(1).text(), body);
        }
        // Its confirm says that the log has what was delivered before.
        publish(&mut wire, "q", b"later");
        wire.await_confirms(1, 61..=61);
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        wire.consume(1, "q", "c");
        for (number, body) in bodies.iter().enumerate() {
            let message = wire.message(1);
            assert_eq!((message.text(), message.deliver().redelivered), (body.as_str(), number < 25));
            assert_eq!(message.properties, properties);
        }
        assert_eq!(wire.message(1).text(), "later");
        let answer = broker.http("GET", "/api/queues/%2F/q", "");
        let queue: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(queue["message_stats"]["redeliver"], 25, "{queue}");
    }
}

#[test]
fn what_is_transient_is_gone() {
    for restart in restarts() {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        durable_queue(&mut wire, "kept");
        wire.declare_queue(1, "transient");
        let own =
            queue::Declare { queue: "own".into(), durable: true, exclusive: true, ..Default::default() };
        wire.declare(1, own);
        wire.confirm_select(1);
        publish(&mut wire, "transient", b"persistent in a transient queue");
        publish(&mut wire, "own", b"persistent in an exclusive queue");
        wire.publish(1, "", "kept", b"transient");
        publish(&mut wire, "kept", b"persistent");
        wire.await_confirm(1, 4);
        restart(&mut broker);
        broker.shows_queues(&[("kept", 1, 0)]);
        let mut wire = Wire::with_channel(&broker);
        assert_eq!(wire.take(1, "kept").2, "persistent");
    }
}

#[test]
fn what_was_purged_or_rejected_stays_away() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    for queue in ["purged", "rejected"] {
        durable_queue(&mut wire, queue);
    }
    wire.confirm_select(1);
    store(&mut wire, "purged", &["a", "b"]);
    publish(&mut wire, "rejected", b"c");
    wire.await_confirms(1, 3..=3);
    broker.ctl(&["purge_queue", "purged"]).ok();
    let (tag, ..) = wire.take(1, "rejected");
    wire.reject(1, tag, false);
    publish(&mut wire, "rejected", b"d");
    wire.await_confirms(1, 4..=4);
    broker.crash_and_restart();
    broker.shows_queues(&[("purged", 0, 0), ("rejected", 1, 0)]);
}

#[test]
fn a_fanned_out_message_comes_back_in_each_queue() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    for queue in ["a", "b", "c"] {
        durable_queue(&mut wire, queue);
        wire.bind(1, queue, "amq.fanout", "", FieldTable::default());
    }
    wire.confirm_select(1);
    let to = basic::Publish { exchange: "amq.fanout".into(), ..basic::Publish::default() };
    wire.publish_with(1, to, basic::AMQPProperties::default().with_delivery_mode(2), &[7; 70_000]);
    wire.await_confirm(1, 1);
    let (tag, ..) = {
        let got = wire.get(1, "b", false).expect("a message");
        (got.method.delivery_tag, ())
    };
    wire.ack(1, tag, false);
    publish(&mut wire, "c", b"last");
    wire.await_confirms(1, 2..=2);
    broker.crash_and_restart();
    broker.shows_queues(&[("a", 1, 0), ("b", 0, 0), ("c", 2, 0)]);
}

#[test]
fn a_committed_transaction_is_kept_and_an_open_one_is_not() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    durable_queue(&mut wire, "q");
    wire.tx_select(1);
    publish(&mut wire, "q", b"committed");
    wire.tx_commit(1);
    publish(&mut wire, "q", b"open");
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(wire.take(1, "q").2, "committed");
    assert_eq!(wire.get(1, "q", true), None);
}
