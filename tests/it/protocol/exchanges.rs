//! Declaring, binding and deleting exchanges.

use amq_protocol::protocol::exchange;
use amq_protocol::types::FieldTable;

use crate::harness::{Broker, Wire, eventually, method};

#[test]
fn an_exchange_that_is_not_there_is_404() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let expected = (404, "NOT_FOUND - no exchange 'e' in vhost '/'".to_owned());
    for refused in [
        method!(exchange::Declare { exchange: "e", kind: "direct", passive: true }),
        method!(exchange::Bind { source: "e", destination: "amq.direct" }),
        method!(exchange::Bind { source: "amq.direct", destination: "e" }),
        method!(queue::Bind { queue: "q", exchange: "e" }),
    ] {
        assert_eq!(wire.refused(1, refused.clone()), expected, "{refused:?}");
    }
    wire.publish(1, "e", "k", b"x");
    let closed = wire.channel_closed(1);
    assert_eq!((closed.code, closed.text, closed.method), (expected.0, expected.1, (60, 40)));
    wire.open(1);
    wire.accepted(1, method!(exchange::Delete { exchange: "e" }));
}

#[test]
fn declaring_again_must_be_the_same() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_exchange(1, "e", "direct");
    wire.declare_exchange(1, "e", "direct");
    for (again, name, received, current) in [
        (method!(exchange::Declare { exchange: "e", kind: "fanout" }), "type", "fanout", "direct"),
        (
            method!(exchange::Declare { exchange: "e", kind: "direct", durable: true }),
            "durable",
            "true",
            "false",
        ),
        (
            method!(exchange::Declare { exchange: "e", kind: "direct", auto_delete: true }),
            "auto_delete",
            "true",
            "false",
        ),
        (
            method!(exchange::Declare { exchange: "e", kind: "direct", internal: true }),
            "internal",
            "true",
            "false",
        ),
    ] {
        let text = format!(
            "PRECONDITION_FAILED - inequivalent arg '{name}' for exchange 'e' in vhost '/': \
             received '{received}' but current is '{current}'"
        );
        assert_eq!(wire.refused(1, again), (406, text));
    }
}

#[test]
fn reserved_names_and_the_default_exchange_are_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let reserved = "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'";
    let declare = method!(exchange::Declare { exchange: "amq.mine", kind: "direct" });
    assert_eq!(wire.refused(1, declare), (403, reserved.to_owned()));
    let default = (403, "ACCESS_REFUSED - operation not permitted on the default exchange".to_owned());
    for refused in [
        method!(exchange::Declare { exchange: "", kind: "direct" }),
        method!(exchange::Delete { exchange: "" }),
        method!(queue::Bind { queue: "q", exchange: "", routing_key: "k" }),
        method!(queue::Unbind { queue: "q", exchange: "", routing_key: "q" }),
        method!(exchange::Bind { source: "", destination: "amq.direct" }),
    ] {
        assert_eq!(wire.refused(1, refused.clone()), default, "{refused:?}");
    }
    let (code, text) = wire.refused(1, method!(exchange::Delete { exchange: "amq.direct" }));
    assert!(code == 403 && text.starts_with("ACCESS_REFUSED"), "{code} {text}");
    // What is there may be declared as it is.
    let topic = method!(exchange::Declare { exchange: "amq.topic", kind: "topic", durable: true });
    wire.accepted(1, topic);
}

#[test]
fn an_unknown_type_is_refused() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    let (code, text) = wire.refused(1, method!(exchange::Declare { exchange: "e", kind: "carousel" }));
    assert!(code == 406 && text.contains("carousel"), "{code} {text}");
}

#[test]
fn deleting_may_depend_on_use() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_exchange(1, "e", "fanout");
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "e", "", FieldTable::default());
    let delete = || method!(exchange::Delete { exchange: "e", if_unused: true });
    let in_use = (406, "PRECONDITION_FAILED - exchange 'e' in vhost '/' in use".to_owned());
    assert_eq!(wire.refused(1, delete()), in_use);
    wire.accepted(1, method!(queue::Unbind { queue: "q", exchange: "e" }));
    wire.accepted(1, delete());
    assert_eq!(
        wire.refused(1, method!(exchange::Declare { exchange: "e", kind: "fanout", passive: true })).0,
        404
    );
}

#[test]
fn deleting_an_exchange_or_a_queue_takes_the_bindings_along() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_exchange(1, "e", "fanout");
    wire.declare_queue(1, "a");
    wire.declare_queue(1, "b");
    wire.bind(1, "a", "e", "", FieldTable::default());
    wire.bind(1, "b", "e", "", FieldTable::default());
    wire.accepted(1, method!(queue::Delete { queue: "a" }));
    let columns = ["list_bindings", "source_name", "destination_name"];
    broker.shows(&columns, &["source_name\tdestination_name", "\tb", "e\tb"]);
    wire.accepted(1, method!(exchange::Delete { exchange: "e" }));
    broker.shows(&columns, &["source_name\tdestination_name", "\tb"]);
}

#[test]
fn an_auto_delete_exchange_goes_with_its_last_binding() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let declare = exchange::Declare {
        exchange: "e".into(),
        kind: "direct".into(),
        auto_delete: true,
        ..exchange::Declare::default()
    };
    wire.accepted(1, amq_protocol::protocol::AMQPClass::Exchange(exchange::AMQPMethod::Declare(declare)));
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "e", "k", FieldTable::default());
    wire.accepted(1, method!(queue::Unbind { queue: "q", exchange: "e", routing_key: "k" }));
    eventually("the exchange is gone", || {
        match wire.call(1, method!(exchange::Declare { exchange: "e", kind: "direct", passive: true })) {
            amq_protocol::protocol::AMQPClass::Channel(_) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn an_internal_exchange_takes_no_publishes() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.accepted(1, method!(exchange::Declare { exchange: "inside", kind: "fanout", internal: true }));
    wire.declare_exchange(1, "outside", "fanout");
    wire.accepted(1, method!(exchange::Bind { source: "outside", destination: "inside" }));
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "inside", "", FieldTable::default());
    wire.publish(1, "outside", "", b"x");
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 1), ["x"]);
    wire.publish(1, "inside", "", b"y");
    let closed = wire.channel_closed(1);
    let text = "ACCESS_REFUSED - cannot publish to internal exchange 'inside' in vhost '/'";
    assert_eq!((closed.code, closed.text.as_str()), (403, text));
}
