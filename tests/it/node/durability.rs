//! What a restart keeps, and what it does not, after a clean stop and after a crash.

use amq_protocol::protocol::{exchange, queue};
use amq_protocol::types::{AMQPValue, FieldTable};

use crate::harness::{Broker, Wire, method};

/// Something of every kind, durable and not.
fn furnish(broker: &Broker) {
    broker.ctl(&["add_vhost", "kept"]).ok();
    broker.ctl(&["add_user", "kept", "secret"]).ok();
    broker.ctl(&["set_user_tags", "kept", "monitoring"]).ok();
    broker.ctl(&["set_permissions", "-p", "kept", "kept", "^c", "^w", "^r"]).ok();
    let mut wire = Wire::with_channel(broker);
    for (name, durable) in [("kept", true), ("lost", false)] {
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(100_000));
        let declare = queue::Declare { queue: name.into(), durable, arguments, ..queue::Declare::default() };
        wire.declare(1, declare);
        let declare = exchange::Declare {
            exchange: name.into(),
            kind: "headers".into(),
            durable,
            ..exchange::Declare::default()
        };
        wire.accepted(1, amq_protocol::protocol::AMQPClass::Exchange(exchange::AMQPMethod::Declare(declare)));
    }
    let mut arguments = FieldTable::default();
    arguments.insert("x-match".into(), AMQPValue::LongString("any".into()));
    arguments.insert("n".into(), AMQPValue::LongInt(1));
    wire.bind(1, "kept", "kept", "k", arguments);
    // A binding is as durable as the less durable of its two ends.
    wire.bind(1, "lost", "kept", "k", FieldTable::default());
    wire.bind(1, "kept", "lost", "k", FieldTable::default());
    wire.accepted(1, method!(exchange::Bind { source: "kept", destination: "amq.fanout", routing_key: "e" }));
}

#[track_caller]
fn shows_what_is_durable(broker: &Broker) {
    broker.shows(&["list_users"], &["user\ttags", "guest\t[administrator]", "kept\t[monitoring]"]);
    broker.shows(&["list_vhosts"], &["name", "/", "kept"]);
    broker.shows(&["list_user_permissions", "kept"], &["vhost\tconfigure\twrite\tread", "kept\t^c\t^w\t^r"]);
    broker.ctl(&["authenticate_user", "kept", "secret"]).ok();
    broker.shows(
        &["list_queues", "name", "durable", "arguments"],
        &["name\tdurable\targuments", "kept\ttrue\t[{\"x-max-length\",100000}]"],
    );
    let exchanges = broker.ctl(&["list_exchanges", "name", "type", "durable", "-s"]).ok();
    let own: Vec<&str> =
        exchanges.lines().filter(|line| !line.starts_with("amq.") && !line.starts_with('\t')).collect();
    assert_eq!(own, ["kept\theaders\ttrue"], "{exchanges}");
    broker.shows(
        &["list_bindings", "source_name", "destination_name", "destination_kind", "routing_key", "arguments"],
        &[
            "source_name\tdestination_name\tdestination_kind\trouting_key\targuments",
            "\tkept\tqueue\tkept\t[]",
            "kept\tamq.fanout\texchange\te\t[]",
            "kept\tkept\tqueue\tk\t[{\"n\",1},{\"x-match\",\"any\"}]",
        ],
    );
}

#[test]
fn a_clean_stop_keeps_what_is_durable() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    furnish(&broker);
    broker.stop_and_restart();
    shows_what_is_durable(&broker);
    broker.stop_and_restart();
    shows_what_is_durable(&broker);
}

#[test]
fn a_crash_keeps_what_is_durable() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    furnish(&broker);
    broker.crash_and_restart();
    shows_what_is_durable(&broker);
    broker.crash_and_restart();
    shows_what_is_durable(&broker);
}

#[test]
fn what_is_deleted_stays_deleted() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    furnish(&broker);
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, method!(queue::Delete { queue: "kept" }));
    wire.accepted(1, method!(exchange::Delete { exchange: "kept" }));
    broker.ctl(&["delete_user", "kept"]).ok();
    broker.ctl(&["delete_vhost", "kept"]).ok();
    broker.crash_and_restart();
    broker.shows(&["list_users"], &["user\ttags", "guest\t[administrator]"]);
    broker.shows(&["list_vhosts"], &["name", "/"]);
    assert_eq!(broker.ctl(&["list_queues", "-q"]).ok(), "");
    assert_eq!(broker.ctl(&["list_bindings", "-q"]).ok(), "");
}

#[test]
fn an_exclusive_queue_does_not_outlive_a_crash_even_when_durable() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(
        1,
        queue::Declare { queue: "own".into(), durable: true, exclusive: true, ..Default::default() },
    );
    broker.crash_and_restart();
    assert_eq!(broker.ctl(&["list_queues", "-q"]).ok(), "");
}

#[test]
fn routing_works_on_what_was_kept() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "music".into(), durable: true, ..Default::default() });
    wire.bind(1, "music", "amq.topic", "a.#", FieldTable::default());
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    wire.publish(1, "amq.topic", "a.b", b"one");
    wire.publish(1, "", "music", b"two");
    wire.consume(1, "music", "c");
    assert_eq!(wire.texts(1, 2), ["one", "two"]);
}
