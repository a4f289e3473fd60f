//! Exchanges and queues that drop messages which came before.

use amq_protocol::protocol::basic::{self, AMQPProperties};
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

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

/// Publishes with these headers and waits for the confirm, on channel 2; the `count`th of the test.
fn publish(wire: &mut Wire, exchange: &str, key: &str, headers: &[(&str, AMQPValue)], count: u64) {
    let publish =
        basic::Publish { exchange: exchange.into(), routing_key: key.into(), ..basic::Publish::default() };
    wire.publish_with(2, publish, AMQPProperties::default().with_headers(table(headers)), b"x");
    wire.await_confirms(2, count..=count);
}

/// A connection with the fanout exchange `e` that has these arguments, and the queue `q` bound to it.
fn ready(broker: &Broker, arguments: &[(&str, AMQPValue)]) -> Wire {
    let mut wire = Wire::with_channel(broker);
    let arguments = table(arguments);
    wire.accepted(1, method!(exchange::Declare { exchange: "e", kind: "fanout", arguments: arguments }));
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "e", "", FieldTable::default());
    wire.open(2);
    wire.confirm_select(2);
    wire
}

const ON: (&str, AMQPValue) = ("x-message-deduplication", AMQPValue::Boolean(true));
const HEADER: &str = "x-deduplication-header";

#[test]
fn an_exchange_drops_what_came_before_and_counts_it() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, &[ON, ("x-cache-size", AMQPValue::LongInt(2))]);
    for (number, id) in (1..).zip(["a", "a", "b", "a", "c", "a", "c"]) {
        publish(&mut wire, "e", "", &[(HEADER, text(id))], number);
    }
    // Of a, b, c the oldest was forgotten when c came.
    assert_eq!(wire.counts(1, "q").0, 4);
    publish(&mut wire, "e", "", &[], 8);
    publish(&mut wire, "e", "", &[("other", text("a"))], 9);
    assert_eq!(wire.counts(1, "q").0, 6, "without the header all are different");
    let answer = broker.http("GET", "/api/exchanges/%2F/e", "");
    let exchange: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(exchange["message_stats"]["dedup"], 3, "{exchange}");
}

#[test]
fn what_is_dropped_comes_back_if_it_was_mandatory() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, &[ON]);
    let send = |wire: &mut Wire| {
        let publish = basic::Publish { exchange: "e".into(), mandatory: true, ..basic::Publish::default() };
        let properties = AMQPProperties::default().with_headers(table(&[(HEADER, text("a"))]));
        wire.publish_with(2, publish, properties, b"x");
    };
    send(&mut wire);
    wire.await_confirm(2, 1);
    send(&mut wire);
    assert_eq!(wire.message(2).returned().reply_code, 312);
    assert_eq!(wire.counts(1, "q").0, 1);
}

#[test]
fn a_time_and_another_header_may_be_named() {
    let Some(broker) = Broker::start_own(None) else { return };
    let arguments =
        [ON, ("x-deduplication-header", text("order")), ("x-cache-ttl", AMQPValue::LongInt(60_000))];
    let mut wire = ready(&broker, &arguments);
    publish(&mut wire, "e", "", &[("order", AMQPValue::LongInt(7))], 1);
    publish(&mut wire, "e", "", &[("order", AMQPValue::LongInt(7))], 2);
    assert_eq!(wire.counts(1, "q").0, 1);
    // This one is remembered for a moment only.
    let brief = [("order", AMQPValue::LongInt(8)), ("x-cache-ttl", AMQPValue::LongInt(1))];
    let mut sent = 2;
    eventually("the time is over", || {
        sent += 1;
        publish(&mut wire, "e", "", &brief, sent);
        if wire.counts(1, "q").0 == 3 { Ok(()) } else { Err("the message is still known".to_owned()) }
    });
}

#[test]
fn a_queue_drops_what_came_before_and_counts_it() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, &[]);
    let arguments = table(&[ON]);
    wire.accepted(1, method!(queue::Declare { queue: "once", arguments: arguments }));
    wire.bind(1, "once", "e", "", FieldTable::default());
    for (number, id) in (1..).zip(["a", "b", "a", "a"]) {
        publish(&mut wire, "e", "", &[(HEADER, text(id))], number);
    }
    publish(&mut wire, "", "once", &[(HEADER, text("b"))], 5);
    assert_eq!((wire.counts(1, "q").0, wire.counts(1, "once").0), (4, 2));
    // What was taken out is known still.
    assert_eq!(wire.take(1, "once").2, "x");
    wire.ack(1, 0, true);
    publish(&mut wire, "", "once", &[(HEADER, text("a"))], 6);
    assert_eq!(wire.counts(1, "once").0, 1);
    let answer = broker.http("GET", "/api/queues/%2F/once", "");
    let queue: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(queue["message_stats"]["dedup"], 4, "{queue}");
}

#[test]
fn a_queue_with_consumers_drops_what_came_before_too() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, &[]);
    let arguments = table(&[ON, ("x-cache-size", AMQPValue::LongInt(1))]);
    wire.accepted(1, method!(queue::Declare { queue: "once", arguments: arguments }));
    wire.consume(1, "once", "c");
    for (number, id) in (1..).zip(["a", "a", "b", "a"]) {
        publish(&mut wire, "", "once", &[(HEADER, text(id))], number);
    }
    publish(&mut wire, "", "once", &[], 5);
    let seen: Vec<_> = (0..4).map(|_| wire.message(1).properties.headers().clone().unwrap()).collect();
    let with = |id| table(&[(HEADER, text(id))]);
    assert_eq!(seen, [with("a"), with("b"), with("a"), table(&[])]);
}

#[test]
fn bad_arguments_are_refused() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    for (name, value, why) in [
        ("x-cache-size", text("many"), "\"expected integer, got longstr\""),
        ("x-cache-ttl", AMQPValue::LongInt(-1), "{value_negative,-1}"),
    ] {
        let arguments = table(&[ON, (name, value)]);
        let declare = method!(exchange::Declare { exchange: "e", kind: "fanout", arguments: arguments });
        let text = format!("PRECONDITION_FAILED - invalid arg '{name}' for exchange 'e' in vhost '/': {why}");
        assert_eq!(wire.refused(1, declare), (406, text));
    }
}
