//! Exchanges that give their last messages to whoever is bound to them.

use amq_protocol::protocol::basic::{self, AMQPProperties};
use amq_protocol::protocol::queue;
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

use crate::harness::{Broker, Wire, method};

fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

/// A connection with the durable exchange `e` that has these arguments.
fn ready(broker: &Broker, arguments: &[(&str, AMQPValue)]) -> Wire {
    let mut wire = Wire::with_channel(broker);
    let arguments = table(arguments);
    wire.accepted(
        1,
        method!(exchange::Declare {
            exchange: "e",
            kind: "x-recent-history",
            durable: true,
            arguments: arguments
        }),
    );
    wire
}

fn publish(wire: &mut Wire, properties: &AMQPProperties, bodies: &[&str]) {
    const CHANNEL: u16 = 9;
    wire.open(CHANNEL);
    wire.confirm_select(CHANNEL);
    for body in bodies {
        let publish =
            basic::Publish { exchange: "e".into(), routing_key: "k".into(), ..basic::Publish::default() };
        wire.publish_with(CHANNEL, publish, properties.clone(), body.as_bytes());
    }
    wire.await_confirm(CHANNEL, bodies.len() as u64);
    wire.close(CHANNEL);
}

/// Everything that a queue has.
fn drain(wire: &mut Wire, queue: &str) -> Vec<String> {
    std::iter::from_fn(|| Some(wire.get(1, queue, true)?.message.text().to_owned())).collect()
}

#[test]
fn a_new_queue_gets_the_last_messages_in_their_order() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &[("x-recent-history-length", AMQPValue::LongInt(3))]);
    wire.declare_queue(1, "early");
    wire.bind(1, "early", "e", "", FieldTable::default());
    assert!(drain(&mut wire, "early").is_empty());
    let plain = AMQPProperties::default();
    publish(&mut wire, &plain, &["1", "2", "3", "4"]);
    let private =
        plain.clone().with_headers(table(&[("x-recent-history-no-store", AMQPValue::Boolean(true))]));
    publish(&mut wire, &private, &["private"]);
    assert_eq!(drain(&mut wire, "early"), ["1", "2", "3", "4", "private"]);
    wire.declare_queue(1, "late");
    wire.bind(1, "late", "e", "", FieldTable::default());
    assert_eq!(drain(&mut wire, "late"), ["2", "3", "4"]);
    publish(&mut wire, &plain, &["5"]);
    assert_eq!((drain(&mut wire, "early"), drain(&mut wire, "late")), (vec!["5".into()], vec!["5".into()]));
    // Binding again the same way is no new binding.
    wire.bind(1, "late", "e", "", FieldTable::default());
    assert!(drain(&mut wire, "late").is_empty());
    wire.bind(1, "late", "e", "another", FieldTable::default());
    assert_eq!(drain(&mut wire, "late"), ["3", "4", "5"]);
}

#[test]
fn twenty_messages_are_kept_unless_it_is_said() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &[]);
    let bodies: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    publish(&mut wire, &AMQPProperties::default(), &bodies.iter().map(String::as_str).collect::<Vec<_>>());
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
    wire.bind(1, "q", "e", "", FieldTable::default());
    assert_eq!(wire.texts(1, 20), bodies[10..]);
}

#[test]
fn an_exchange_that_is_bound_passes_the_history_on() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &[]);
    publish(&mut wire, &AMQPProperties::default(), &["1", "2"]);
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "amq.direct", "k", FieldTable::default());
    wire.accepted(1, method!(exchange::Bind { source: "e", destination: "amq.direct" }));
    let mut passed_on = drain(&mut wire, "q");
    if !broker.is_own() {
        // RabbitMQ begins with the last one here, unlike for a queue that is bound.
        passed_on.sort();
    }
    assert_eq!(passed_on, ["1", "2"]);
}

#[test]
fn persistent_messages_are_remembered_over_a_restart() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, &[("x-recent-history-length", AMQPValue::LongInt(2))]);
    let persistent = AMQPProperties::default().with_delivery_mode(2);
    publish(&mut wire, &persistent, &["1", "2", "3"]);
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    publish(&mut wire, &persistent, &["4"]);
    broker.stop_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() });
    wire.bind(1, "q", "e", "", FieldTable::default());
    assert_eq!(drain(&mut wire, "q"), ["3", "4"]);
    broker.shows(&["list_queues", "name"], &["name", "q"]);
}

#[test]
fn a_length_that_cannot_be_is_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    for (length, shown) in [
        (AMQPValue::LongInt(0), "0"),
        (AMQPValue::LongInt(-1), "-1"),
        (AMQPValue::LongString(LongString::from("5")), "<<\"5\">>"),
    ] {
        let arguments = table(&[("x-recent-history-length", length)]);
        let declare =
            method!(exchange::Declare { exchange: "e", kind: "x-recent-history", arguments: arguments });
        let text = format!(
            "PRECONDITION_FAILED - Invalid argument {shown}, 'x-recent-history-length' must be a positive integer"
        );
        assert_eq!(wire.refused(1, declare), (406, text));
    }
}
