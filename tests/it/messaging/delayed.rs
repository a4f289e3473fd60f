//! Exchanges at which messages wait.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use amq_protocol::protocol::basic::{self, AMQPProperties};
use amq_protocol::protocol::queue;
use amq_protocol::types::{AMQPValue, FieldArray, FieldTable, LongString};

use crate::harness::{Broker, Wire, eventually, method};

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

fn delay(milliseconds: i32) -> FieldTable {
    table(&[("x-delay", AMQPValue::LongInt(milliseconds))])
}

/// A connection with the durable delayed exchange `e` of that inner type and the durable queue `q` bound to it.
fn ready(broker: &Broker, kind: &str) -> Wire {
    let mut wire = Wire::with_channel(broker);
    declare(&mut wire, "e", kind);
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() });
    wire.bind(1, "q", "e", "q", FieldTable::default());
    wire.open(2);
    wire.confirm_select(2);
    wire
}

fn declare(wire: &mut Wire, name: &str, kind: &str) {
    let arguments = table(&[("x-delayed-type", text(kind))]);
    wire.accepted(
        1,
        method!(exchange::Declare {
            exchange: name,
            kind: "x-delayed-message",
            durable: true,
            arguments: arguments
        }),
    );
}

fn publish(wire: &mut Wire, key: &str, headers: FieldTable, body: &str) {
    publish_as(wire, key, AMQPProperties::default().with_headers(headers), body);
}

fn publish_as(wire: &mut Wire, key: &str, properties: AMQPProperties, body: &str) {
    let publish = basic::Publish {
        exchange: "e".into(),
        routing_key: key.into(),
        mandatory: true,
        ..basic::Publish::default()
    };
    wire.publish_with(2, publish, properties, body.as_bytes());
}

/// How many messages wait at `e`.
fn waiting(broker: &Broker) -> serde_json::Value {
    let answer = broker.http("GET", "/api/exchanges/%2F/e", "");
    let exchange: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    exchange["messages_delayed"].clone()
}

#[test]
fn messages_come_when_they_are_due_in_the_order_of_their_times() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct");
    let begun = Instant::now();
    for (milliseconds, body) in [(300, "third"), (100, "first"), (200, "second"), (300, "fourth")] {
        publish(&mut wire, "q", delay(milliseconds), body);
    }
    wire.await_confirm(2, 4);
    wire.consume(1, "q", "c");
    assert_eq!(wire.message(1).text(), "first");
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(wire.texts(1, 3), ["second", "third", "fourth"]);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(waiting(&broker), 0);
}

#[test]
fn without_a_delay_messages_do_not_wait() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct");
    let headers = [delay(0), delay(-5), table(&[("x-delay", text("soon"))]), FieldTable::default()];
    for headers in headers {
        publish(&mut wire, "q", headers, "now");
    }
    wire.await_confirm(2, 4);
    assert_eq!(wire.counts(1, "q").0, 4);
    // What no queue gets comes back, unless it waits: then nobody knows yet.
    publish(&mut wire, "nowhere", delay(600_000), "later");
    wire.await_confirms(2, 5..=5);
    assert_eq!(waiting(&broker), 1);
    publish(&mut wire, "nowhere", delay(0), "now");
    assert_eq!(wire.message(2).returned().reply_code, 312);
}

#[test]
fn what_waited_shows_it_and_is_otherwise_as_it_was() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "topic");
    let both = FieldArray::from(vec![text("blind")]);
    let headers = table(&[
        ("x-delay", AMQPValue::LongInt(20)),
        ("n", AMQPValue::LongInt(1)),
        ("BCC", AMQPValue::FieldArray(both)),
    ]);
    wire.declare_queue(1, "blind");
    wire.bind(1, "blind", "e", "blind", FieldTable::default());
    let properties = AMQPProperties::default().with_delivery_mode(1).with_message_id("m".into());
    publish_as(&mut wire, "q", properties.clone().with_headers(headers), "body");
    wire.consume(1, "q", "c");
    wire.consume(1, "blind", "d");
    let seen = table(&[("x-delay", AMQPValue::LongInt(-20)), ("n", AMQPValue::LongInt(1))]);
    for _ in 0..2 {
        let message = wire.message(1);
        let deliver = message.deliver();
        assert_eq!((deliver.exchange.as_str(), deliver.routing_key.as_str()), ("e", "q"));
        assert!(!deliver.redelivered);
        assert_eq!(message.properties, properties.clone().with_headers(seen.clone()));
        assert_eq!(message.text(), "body");
    }
}

#[test]
fn bindings_count_when_the_time_has_come() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct");
    publish(&mut wire, "other", delay(2000), "late");
    wire.await_confirm(2, 1);
    wire.declare_queue(1, "other");
    wire.bind(1, "other", "e", "other", FieldTable::default());
    wire.consume(1, "other", "c");
    assert_eq!(wire.texts(1, 1), ["late"]);
}

#[test]
fn a_message_waits_also_if_it_comes_through_another_exchange() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "fanout");
    wire.accepted(1, method!(exchange::Bind { source: "amq.fanout", destination: "e" }));
    wire.declare_queue(1, "direct");
    wire.bind(1, "direct", "amq.fanout", "", FieldTable::default());
    let to = basic::Publish { exchange: "amq.fanout".into(), ..basic::Publish::default() };
    wire.publish_with(2, to, AMQPProperties::default().with_headers(delay(200)), b"x");
    wire.await_confirm(2, 1);
    assert_eq!((wire.counts(1, "direct").0, wire.counts(1, "q").0), (1, 0));
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 1), ["x"]);
}

#[test]
fn what_waits_survives_a_crash_and_a_stop() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct");
    // The delivery mode does not matter: the exchange is durable.
    publish(&mut wire, "q", delay(1500), "second");
    publish(&mut wire, "q", delay(700), "first");
    publish(&mut wire, "q", delay(600_000), "much later");
    publish(&mut wire, "q", delay(1), "gone");
    wire.await_confirm(2, 4);
    eventually("the first is due", || match wire.get(1, "q", true) {
        Some(got) => {
            assert_eq!(got.message.text(), "gone");
            Ok(())
        }
        None => Err("nothing came".to_owned()),
    });
    // What is durable is answered once everything before it is on disk, that the first is gone too.
    wire.accepted(1, method!(queue::Declare { queue: "mark", durable: true }));
    wire.accepted(1, method!(queue::Delete { queue: "mark" }));
    broker.crash_and_restart();
    assert!(waiting(&broker).as_u64() >= Some(1));
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    // That the one was released may not have been on disk yet.
    let first = wire
        .texts(1, 1)
        .into_iter()
        .find(|text| text != "gone")
        .unwrap_or_else(|| wire.texts(1, 1).remove(0));
    assert_eq!((first.as_str(), wire.texts(1, 1)), ("first", vec!["second".to_owned()]));
    drop(wire);
    assert_eq!(waiting(&broker), 1);
    broker.stop_and_restart();
    assert_eq!(waiting(&broker), 1, "a clean stop writes a checkpoint");
    broker.crash_and_restart();
    assert_eq!(waiting(&broker), 1);
    // The queue that it lies in is nobody's business.
    broker.shows(&["list_queues", "name"], &["name", "q"]);
}

#[test]
fn nothing_is_lost_when_the_process_is_killed_while_messages_are_released() {
    const COUNT: i32 = 400;
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct");
    for number in 0..COUNT {
        let properties =
            AMQPProperties::default().with_headers(delay(300 + number % 300)).with_delivery_mode(2);
        publish_as(&mut wire, "q", properties, &number.to_string());
    }
    wire.await_confirm(2, COUNT as u64);
    eventually("some are released", || match wire.counts(1, "q").0 {
        0 => Err("none is".to_owned()),
        _ => Ok(()),
    });
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    let mut seen = BTreeSet::new();
    while seen.len() < COUNT as usize {
        // In the moment of the crash one may be both where it went and still waiting.
        seen.insert(wire.message(1).text().parse::<i32>().unwrap());
    }
    assert_eq!(seen, (0..COUNT).collect());
}

/// LavinMQ's way to say it: an exchange of any type, with an argument.
#[test]
fn an_exchange_of_another_type_may_delay_too() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    for (exchange, value) in [("later", true), ("at.once", false)] {
        let arguments = table(&[("x-delayed-exchange", AMQPValue::Boolean(value))]);
        let kind = "topic";
        let declare = method!(exchange::Declare {
            exchange: exchange,
            kind: kind,
            durable: true,
            arguments: arguments
        });
        wire.accepted(1, declare);
    }
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() });
    wire.bind(1, "q", "later", "a.*", FieldTable::default());
    wire.bind(1, "q", "at.once", "a.*", FieldTable::default());
    wire.open(2);
    wire.confirm_select(2);
    for (exchange, body) in [("later", "later"), ("at.once", "at once")] {
        let publish = basic::Publish {
            exchange: exchange.into(),
            routing_key: "a.b".into(),
            ..basic::Publish::default()
        };
        let properties = AMQPProperties::default().with_headers(delay(300)).with_delivery_mode(2);
        wire.publish_with(2, publish, properties, body.as_bytes());
    }
    wire.await_confirm(2, 2);
    assert_eq!(wire.take(1, "q").2, "at once");
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.consume(1, "q", "c");
    let mut left = wire.texts(1, 2);
    left.sort();
    assert_eq!(left, ["at once", "later"]);
}

#[test]
fn what_waits_goes_with_its_exchange() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct");
    publish(&mut wire, "q", delay(600_000), "never");
    wire.await_confirm(2, 1);
    wire.accepted(1, method!(exchange::Delete { exchange: "e" }));
    declare(&mut wire, "e", "fanout");
    assert_eq!(waiting(&broker), 0);
    publish(&mut wire, "", delay(600_000), "much later");
    wire.await_confirms(2, 2..=2);
    for _ in 0..2 {
        broker.crash_and_restart();
        assert_eq!(waiting(&broker), 1);
    }
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, method!(exchange::Delete { exchange: "e" }));
    broker.crash_and_restart();
    assert_eq!(broker.http("GET", "/api/exchanges/%2F/e", "").status, 404);
}

#[test]
fn a_type_that_cannot_be_delayed_is_refused() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    let invalid = "Invalid argument, 'x-delayed-type' must be an existing exchange type";
    for (arguments, reason) in [
        (table(&[]), invalid),
        (table(&[("x-delayed-type", AMQPValue::LongInt(1))]), invalid),
        (delay(5), invalid),
        (table(&[("x-delayed-type", text("x-delayed-message"))]), invalid),
        (table(&[("x-delayed-type", text("carousel"))]), "unknown exchange type 'carousel'"),
    ] {
        let declare =
            method!(exchange::Declare { exchange: "e", kind: "x-delayed-message", arguments: arguments });
        assert_eq!(wire.refused(1, declare), (406, format!("PRECONDITION_FAILED - {reason}")));
    }
}
