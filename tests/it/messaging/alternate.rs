//! Alternate exchanges: what an exchange routes nowhere goes there.

use amq_protocol::protocol::basic::{self, AMQPProperties};
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

use crate::harness::{Broker, Wire, method};

fn naming(argument: &str, exchange: &str) -> FieldTable {
    let mut table = FieldTable::default();
    table.insert(argument.into(), AMQPValue::LongString(LongString::from(exchange)));
    table
}

/// A connection with exchanges of this type, each with an alternate exchange, and confirms on channel 2.
fn ready(broker: &Broker, kind: &str, exchanges: &[(&str, &str)]) -> Wire {
    let mut wire = Wire::with_channel(broker);
    for (name, alternate) in exchanges {
        let arguments = naming("alternate-exchange", alternate);
        wire.accepted(1, method!(exchange::Declare { exchange: *name, kind: kind, arguments: arguments }));
    }
    wire.declare_queue(1, "q");
    wire.open(2);
    wire.confirm_select(2);
    wire
}

/// Whether a message came back.
fn is_returned(wire: &mut Wire, exchange: &str, key: &str) -> bool {
    let before = wire.arrived(2);
    let publish = basic::Publish {
        exchange: exchange.into(),
        routing_key: key.into(),
        mandatory: true,
        ..basic::Publish::default()
    };
    wire.publish_with(2, publish, AMQPProperties::default(), b"x");
    let _ack = wire.method(2);
    wire.arrived(2) > before
}

#[test]
fn they_may_stand_in_a_row_and_are_asked_only_if_nothing_fits() {
    let broker = Broker::start();
    let mut wire = ready(&broker, "direct", &[("a", "b"), ("b", "c"), ("c", "nowhere")]);
    wire.declare_queue(1, "last");
    wire.bind(1, "q", "a", "k", FieldTable::default());
    wire.bind(1, "last", "c", "k", FieldTable::default());
    wire.bind(1, "last", "c", "other", FieldTable::default());
    assert!(!is_returned(&mut wire, "a", "k"));
    assert_eq!((wire.counts(1, "q").0, wire.counts(1, "last").0), (1, 0));
    assert!(!is_returned(&mut wire, "a", "other"));
    assert_eq!((wire.counts(1, "q").0, wire.counts(1, "last").0), (1, 1));
    let got = wire.get(1, "last", true).unwrap();
    assert_eq!((got.method.exchange.as_str(), got.method.routing_key.as_str()), ("a", "other"));
    assert!(is_returned(&mut wire, "a", "unknown"), "the last one is not there");
}

#[test]
fn a_circle_of_them_has_an_end() {
    let broker = Broker::start();
    let mut wire = ready(&broker, "direct", &[("a", "b"), ("b", "a"), ("self", "self")]);
    assert!(is_returned(&mut wire, "a", "k"));
    assert!(is_returned(&mut wire, "self", "k"));
    wire.bind(1, "q", "a", "k", FieldTable::default());
    assert!(!is_returned(&mut wire, "b", "k"));
    assert_eq!(wire.counts(1, "q").0, 1);
}

#[test]
fn an_exchange_behind_another_has_its_own() {
    let broker = Broker::start();
    let mut wire = ready(&broker, "topic", &[("inner", "ae")]);
    wire.declare_exchange(1, "ae", "fanout");
    wire.bind(1, "q", "ae", "", FieldTable::default());
    wire.accepted(1, method!(exchange::Bind { source: "amq.fanout", destination: "inner" }));
    assert!(!is_returned(&mut wire, "amq.fanout", "k"));
    assert_eq!(wire.counts(1, "q").0, 1);
}

#[test]
fn they_may_be_internal_and_come_later() {
    let broker = Broker::start();
    let mut wire = ready(&broker, "direct", &[("a", "later")]);
    assert!(is_returned(&mut wire, "a", "k"));
    wire.accepted(1, method!(exchange::Declare { exchange: "later", kind: "fanout", internal: true }));
    wire.bind(1, "q", "later", "", FieldTable::default());
    assert!(!is_returned(&mut wire, "a", "k"));
    wire.accepted(1, method!(exchange::Delete { exchange: "later" }));
    assert!(is_returned(&mut wire, "a", "k"));
}

#[test]
fn what_is_no_name_is_refused_and_another_name_is_another_exchange() {
    let broker = Broker::start();
    let mut wire = ready(&broker, "direct", &[("a", "b")]);
    let mut arguments = FieldTable::default();
    arguments.insert("alternate-exchange".into(), AMQPValue::LongInt(5));
    let declare = method!(exchange::Declare { exchange: "new", kind: "direct", arguments: arguments });
    let text = "PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange 'new' in vhost '/'";
    assert_eq!(wire.refused(1, declare), (406, text.to_owned()));
    let arguments = naming("alternate-exchange", "c");
    let declare = method!(exchange::Declare { exchange: "a", kind: "direct", arguments: arguments });
    let text = "PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'a' in vhost '/': \
                received 'c' but current is 'b'";
    assert_eq!(wire.refused(1, declare), (406, text.to_owned()));
}

#[test]
fn lavinmqs_name_of_the_argument_is_taken_too() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = ready(&broker, "direct", &[]);
    let arguments = naming("x-alternate-exchange", "amq.fanout");
    wire.accepted(1, method!(exchange::Declare { exchange: "a", kind: "direct", arguments: arguments }));
    wire.bind(1, "q", "amq.fanout", "", FieldTable::default());
    assert!(!is_returned(&mut wire, "a", "k"));
}
