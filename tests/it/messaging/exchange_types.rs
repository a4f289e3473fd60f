//! Exchange types that RabbitMQ has beyond the specification.

use std::collections::{BTreeMap, BTreeSet};

use amq_protocol::protocol::basic::AMQPProperties;
use amq_protocol::protocol::{AMQPClass, basic, exchange, queue};
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

use super::fixtures::routes;
use crate::harness::{Broker, Wire, method};

fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn declare(name: &str, kind: &str, arguments: &[(&str, AMQPValue)]) -> AMQPClass {
    let arguments = table(arguments);
    method!(exchange::Declare { exchange: name, kind: kind, durable: true, arguments: arguments })
}

/// Declares an exchange and queues `q0`, `q1` and so on, bound with these keys.
fn ready(wire: &mut Wire, kind: &str, arguments: &[(&str, AMQPValue)], keys: &[&str]) {
    wire.accepted(1, declare("e", kind, arguments));
    for (number, key) in keys.iter().enumerate() {
        let name = format!("q{number}");
        wire.declare(
            1,
            queue::Declare { queue: name.as_str().into(), durable: true, ..queue::Declare::default() },
        );
        wire.bind(1, &name, "e", key, FieldTable::default());
    }
}

/// Publishes a message for each of these keys and properties, and tells which queue has which body: the number of the message.
fn places(wire: &mut Wire, queues: usize, messages: &[(String, AMQPProperties)]) -> BTreeMap<String, usize> {
    const CHANNEL: u16 = 7;
    wire.open(CHANNEL);
    wire.confirm_select(CHANNEL);
    for (number, (key, properties)) in messages.iter().enumerate() {
        let publish = basic::Publish {
            exchange: "e".into(),
            routing_key: key.as_str().into(),
            ..basic::Publish::default()
        };
        wire.publish_with(CHANNEL, publish, properties.clone(), number.to_string().as_bytes());
    }
    wire.await_confirm(CHANNEL, messages.len() as u64);
    wire.close(CHANNEL);
    let mut places = BTreeMap::new();
    for queue in 0..queues {
        while let Some(got) = wire.get(1, &format!("q{queue}"), true) {
            let before = places.insert(got.message.text().to_owned(), queue);
            assert_eq!(before, None, "in two queues");
        }
    }
    assert_eq!(places.len(), messages.len(), "every message has a place");
    places
}

fn by_key(count: usize) -> Vec<(String, AMQPProperties)> {
    (0..count).map(|number| (format!("order.{number}"), AMQPProperties::default())).collect()
}

#[test]
fn consistent_hash_spreads_keys_by_weight_and_keeps_them_over_a_restart() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    ready(&mut wire, "x-consistent-hash", &[], &["1", "1", "2"]);
    let messages = by_key(400);
    let first = places(&mut wire, 3, &messages);
    let share = |queue| first.values().filter(|place| **place == queue).count();
    assert!((60..140).contains(&share(0)) && (60..140).contains(&share(1)), "{} {}", share(0), share(1));
    assert!((150..250).contains(&share(2)), "{}", share(2));
    assert_eq!(places(&mut wire, 3, &messages), first, "a key stays where it is");

    // A fourth queue takes its share from the others, and they keep the rest.
    wire.declare_queue(1, "q3");
    wire.bind(1, "q3", "e", "1", FieldTable::default());
    let second = places(&mut wire, 4, &messages);
    let moved: Vec<_> = first.iter().filter(|(body, place)| second[*body] != **place).collect();
    assert!((40..130).contains(&moved.len()), "{}", moved.len());
    assert!(moved.iter().all(|(body, _)| second[*body] == 3));
    wire.accepted(1, method!(queue::Delete { queue: "q3" }));
    assert_eq!(places(&mut wire, 3, &messages), first);

    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(places(&mut wire, 3, &messages), first, "after a restart");
}

#[test]
fn consistent_hash_goes_by_a_header_or_a_property() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    ready(&mut wire, "x-consistent-hash", &[("hash-header", text("who"))], &["1"; 4]);
    let with =
        |who: usize| AMQPProperties::default().with_headers(table(&[("who", text(&format!("w{who}")))]));
    let messages: Vec<_> = (0..80).map(|n| (format!("key {n}"), with(n % 20))).collect();
    let found = places(&mut wire, 4, &messages);
    let of = |n: usize| found[&n.to_string()];
    assert!((0..80).all(|n| of(n) == of(n % 20)), "the header decides, and the key does not");
    assert_eq!((0..20).map(of).collect::<BTreeSet<_>>().len(), 4);

    wire.accepted(1, method!(exchange::Delete { exchange: "e" }));
    ready(&mut wire, "x-consistent-hash", &[("hash-property", text("message_id"))], &["1"; 4]);
    let with = |id: usize| AMQPProperties::default().with_message_id(format!("m{id}").into());
    let messages: Vec<_> = (0..80).map(|n| (format!("key {n}"), with(n % 20))).collect();
    let found = places(&mut wire, 4, &messages);
    let of = |n: usize| found[&n.to_string()];
    assert!((0..80).all(|n| of(n) == of(n % 20)));
    assert_eq!((0..20).map(of).collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn consistent_hash_refuses_what_it_does_not_understand() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let kind = "x-consistent-hash";
    let both = [("hash-header", text("a")), ("hash-property", text("message_id"))];
    let text_of = |reason: &str| (406, format!("PRECONDITION_FAILED - {reason}"));
    assert_eq!(
        wire.refused(1, declare("x", kind, &both)),
        text_of("hash-header and hash-property are mutually exclusive")
    );
    assert_eq!(
        wire.refused(1, declare("x", kind, &[("hash-property", text("priority"))])),
        text_of("Unsupported property: priority")
    );
    wire.accepted(1, declare("e", kind, &[]));
    wire.declare_queue(1, "q");
    for (key, reason) in [
        ("heavy", "The binding key must be an integer: <<\"heavy\">>"),
        ("", "The binding key must be an integer: <<>>"),
        ("0", "The binding key must be greater than 0"),
        ("-3", "The binding key must be greater than 0"),
        ("10001", "The binding key must not exceed 10000"),
    ] {
        let bind = method!(queue::Bind { queue: "q", exchange: "e", routing_key: key });
        assert_eq!(wire.refused(1, bind), text_of(reason));
    }
    broker.shows(
        &["list_bindings", "source_name", "destination_name"],
        &["source_name\tdestination_name", "\tq"],
    );
}

#[test]
fn modulus_hash_spreads_keys_and_keeps_them_over_a_restart() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    ready(&mut wire, "x-modulus-hash", &[], &["", "any", "key"]);
    let messages = by_key(150);
    let first = places(&mut wire, 3, &messages);
    for queue in 0..3 {
        let share = first.values().filter(|place| **place == queue).count();
        assert!((20..90).contains(&share), "{share} of 150");
    }
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(places(&mut wire, 3, &messages), first);
}

#[test]
fn random_exchanges_give_each_message_to_one_queue() {
    let broker = Broker::start();
    for kind in ["x-random", "x-local-random"] {
        let mut wire = Wire::with_channel(&broker);
        ready(&mut wire, kind, &[], &["", "", ""]);
        let same_key: Vec<_> = (0..150).map(|_| ("k".to_owned(), AMQPProperties::default())).collect();
        let found = places(&mut wire, 3, &same_key);
        for queue in 0..3 {
            let share = found.values().filter(|place| **place == queue).count();
            assert!((20..90).contains(&share), "{kind}: {share} of 150");
        }
        wire.accepted(1, method!(exchange::Delete { exchange: "e" }));
    }
}

#[test]
fn local_random_binds_queues_alone_and_without_a_key() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, declare("e", "x-local-random", &[]));
    wire.declare_queue(1, "q");
    let bind = method!(queue::Bind { queue: "q", exchange: "e", routing_key: "k" });
    let text = "PRECONDITION_FAILED - Non empty binding 'k' key not permitted";
    assert_eq!(wire.refused(1, bind), (406, text.to_owned()));
    let bind = method!(exchange::Bind { destination: "amq.fanout", source: "e" });
    assert_eq!(wire.refused(1, bind), (406, "PRECONDITION_FAILED - Destination not found".to_owned()));
}

#[test]
fn local_random_binds_classic_queues_alone() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, declare("e", "x-local-random", &[]));
    for kind in ["quorum", "stream"] {
        let arguments = table(&[("x-queue-type", text(kind))]);
        wire.accepted(1, method!(queue::Declare { queue: kind, durable: true, arguments: arguments }));
        let refused = wire.refused(1, method!(queue::Bind { queue: kind, exchange: "e" }));
        let says =
            format!("PRECONDITION_FAILED - Queue type rabbit_{kind}_queue not valid for this exchange type");
        assert_eq!(refused, (406, says));
        // What is wrong with the key is said first.
        let refused = wire.refused(1, method!(queue::Bind { queue: kind, exchange: "e", routing_key: "k" }));
        assert_eq!(refused.1, "PRECONDITION_FAILED - Non empty binding 'k' key not permitted");
    }
    wire.open(2);
    wire.confirm_select(2);
    assert!(!routes(&mut wire, 2, "e", "", AMQPProperties::default()));
}

#[test]
fn an_exchange_that_chooses_may_stand_behind_another() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    ready(&mut wire, "x-consistent-hash", &[], &["1", "1", "1"]);
    wire.accepted(1, method!(exchange::Bind { source: "amq.fanout", destination: "e" }));
    wire.declare_queue(1, "all");
    wire.bind(1, "all", "amq.fanout", "", FieldTable::default());
    wire.open(2);
    wire.confirm_select(2);
    for number in 0..30 {
        wire.publish(2, "amq.fanout", &format!("k{number}"), b"x");
    }
    wire.await_confirm(2, 30);
    let counts: Vec<u32> = (0..3).map(|queue| wire.counts(1, &format!("q{queue}")).0).collect();
    assert_eq!((wire.counts(1, "all").0, counts.iter().sum::<u32>()), (30, 30));
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn an_exchange_is_redeclared_by_its_type() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, declare("e", "x-random", &[]));
    wire.accepted(1, declare("e", "x-random", &[]));
    let text = "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'e' in vhost '/': \
                received ''x-modulus-hash'' but current is ''x-random''";
    assert_eq!(wire.refused(1, declare("e", "x-modulus-hash", &[])), (406, text.to_owned()));
    // A type that there is not is said first.
    let text = "PRECONDITION_FAILED - unknown exchange type 'carousel'";
    assert_eq!(wire.refused(1, declare("e", "carousel", &[])), (406, text.to_owned()));
    assert_eq!(wire.refused(1, declare("new", "carousel", &[])), (406, text.to_owned()));
    let passive = exchange::Declare { exchange: "new".into(), passive: true, ..exchange::Declare::default() };
    let passive = AMQPClass::Exchange(exchange::AMQPMethod::Declare(passive));
    assert_eq!(wire.refused(1, passive).0, 404);
}
