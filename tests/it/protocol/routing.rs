//! Which queues get a message, for every type of exchange.

use amq_protocol::protocol::basic;
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

use crate::harness::{Broker, Wire, method};

/// The arguments of a binding, or the headers of a message.
type Headers<'a> = &'a [(&'a str, AMQPValue)];

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

/// Publishes with the mandatory flag and tells whether the message was routed.
fn routes(wire: &mut Wire, exchange: &str, key: &str, headers: Option<FieldTable>) -> bool {
    let publish = basic::Publish {
        exchange: exchange.into(),
        routing_key: key.into(),
        mandatory: true,
        immediate: false,
    };
    let mut properties = basic::AMQPProperties::default();
    if let Some(headers) = headers {
        properties = properties.with_headers(headers);
    }
    let before = wire.arrived(2);
    wire.publish_with(2, publish, properties, b"");
    let _ack = wire.method(2);
    let returned = wire.arrived(2) > before;
    !returned
}

/// A connection with a queue `q` on channel 1 and confirms on channel 2.
fn ready(broker: &Broker) -> Wire {
    let mut wire = Wire::with_channel(broker);
    wire.declare_queue(1, "q");
    wire.open(2);
    wire.confirm_select(2);
    wire
}

#[test]
fn topic_patterns() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("a.b.c", &["a.b.c"], &["a.b", "a.b.c.d", "A.b.c", "a.b.c.", ".a.b.c", ""]),
        ("*", &["a", "abc"], &["a.b", "a."]),
        ("*.*", &["a.b", "a.", ".b", "."], &["a", "a.b.c", ""]),
        ("a.*.c", &["a.b.c", "a..c"], &["a.c", "a.b.b.c"]),
        ("#", &["", "a", "a.b", "a.b.c", "."], &[]),
        ("#.c", &["c", "a.c", "a.b.c", "c.c"], &["", "a", "c.a", "ac"]),
        ("a.#", &["a", "a.b", "a.b.c", "a."], &["", "b.a", "ab"]),
        ("a.#.c", &["a.c", "a.b.c", "a.b.b.c", "a.c.c"], &["a", "c", "a.b", "a.c.b"]),
        ("#.b.#", &["b", "a.b", "b.c", "a.b.c", "a.a.b.c.c"], &["", "a", "a.c"]),
        ("*.#", &["a", "a.b", "a.b.c"], &[]),
        ("#.*", &["a", "a.b"], &[]),
        ("#.#", &["", "a", "a.b"], &[]),
        ("a.*.#", &["a.b", "a.b.c"], &["a", "b.b"]),
        ("a*", &["a*"], &["ab", "a.b", "a"]),
        ("#a", &["#a"], &["a", "b.a"]),
    ];
    for (pattern, matching, others) in cases {
        wire.bind(1, "q", "amq.topic", pattern, FieldTable::default());
        for key in *matching {
            assert!(routes(&mut wire, "amq.topic", key, None), "{pattern} matches {key:?}");
        }
        for key in *others {
            assert!(!routes(&mut wire, "amq.topic", key, None), "{pattern} does not match {key:?}");
        }
        wire.accepted(1, method!(queue::Unbind { queue: "q", exchange: "amq.topic", routing_key: *pattern }));
    }
}

#[test]
fn headers() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    let (one, two) = (AMQPValue::LongInt(1), AMQPValue::LongInt(2));
    let all = [("x-match", text("all")), ("a", one.clone()), ("b", text("two"))];
    let any = [("x-match", text("any")), ("a", one.clone()), ("b", text("two"))];
    let implied = [("a", one.clone()), ("b", text("two"))];
    let present = [("x-match", text("all")), ("a", AMQPValue::Void)];
    let with_x = [("x-match", text("all-with-x")), ("x-a", one.clone())];
    let without_x = [("x-match", text("all")), ("x-a", one.clone()), ("a", one.clone())];
    let (both, half): (&[_], &[_]) = (&[("a", one.clone()), ("b", text("two"))], &[("a", one.clone())]);
    let cases: &[(Headers<'_>, Headers<'_>, bool)] = &[
        (&all, both, true),
        (&all, half, false),
        (&all, &[("a", two.clone()), ("b", text("two"))], false),
        (&all, &[("a", text("1")), ("b", text("two"))], false),
        (&all, &[("a", one.clone()), ("b", text("two")), ("c", one.clone())], true),
        (&any, half, true),
        (&any, &[("b", text("two"))], true),
        (&any, &[("c", one.clone())], false),
        (&implied, both, true),
        (&implied, half, false),
        (&present, &[("a", two.clone())], true),
        (&present, &[("b", two.clone())], false),
        (&with_x, &[("x-a", one.clone())], true),
        (&with_x, &[("x-a", two.clone())], false),
        (&without_x, half, true),
        (&[], &[("a", one.clone())], true),
    ];
    for (binding, message, routed) in cases {
        wire.bind(1, "q", "amq.headers", "ignored", table(binding));
        let got = routes(&mut wire, "amq.headers", "anything", Some(table(message)));
        assert_eq!(got, *routed, "binding {binding:?}, message {message:?}");
        let arguments = table(binding);
        let unbind = method!(queue::Unbind {
            queue: "q",
            exchange: "amq.headers",
            routing_key: "ignored",
            arguments: arguments
        });
        wire.accepted(1, unbind);
    }
    // Without headers only a binding that asks for nothing matches.
    wire.bind(1, "q", "amq.headers", "", table(&any));
    assert!(!routes(&mut wire, "amq.headers", "", None));
}

#[test]
fn a_bad_x_match_is_refused() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    let arguments = table(&[("x-match", text("most"))]);
    let bind = method!(queue::Bind { queue: "q", exchange: "amq.headers", arguments: arguments });
    let (code, text) = wire.refused(1, bind);
    assert!(
        code == 406 && text.starts_with("PRECONDITION_FAILED - Invalid x-match field value"),
        "{code} {text}"
    );
}

#[test]
fn a_queue_gets_a_message_once_however_many_bindings_match() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for key in ["a.*", "*.b", "#", "a.b"] {
        wire.bind(1, "q", "amq.topic", key, FieldTable::default());
    }
    assert!(routes(&mut wire, "amq.topic", "a.b", None));
    assert_eq!(wire.counts(1, "q"), (1, 0));
}

#[test]
fn exchanges_bound_in_a_circle_deliver_once() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for name in ["a", "b", "c"] {
        wire.declare_exchange(1, name, "fanout");
    }
    for (source, destination) in [("a", "b"), ("b", "c"), ("c", "a")] {
        wire.accepted(1, method!(exchange::Bind { source: source, destination: destination }));
    }
    wire.bind(1, "q", "c", "", FieldTable::default());
    wire.bind(1, "q", "b", "", FieldTable::default());
    assert!(routes(&mut wire, "a", "", None));
    assert_eq!(wire.counts(1, "q"), (1, 0));
    wire.accepted(1, method!(exchange::Unbind { source: "a", destination: "b" }));
    assert!(!routes(&mut wire, "a", "", None));
}

#[test]
fn a_route_ends_with_its_binding_its_queue_and_its_exchange() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    wire.declare_exchange(1, "e", "direct");
    for _ in 0..2 {
        wire.bind(1, "q", "e", "k", FieldTable::default());
        wire.bind(1, "q", "e", "k", FieldTable::default());
        assert!(routes(&mut wire, "e", "k", None));
        wire.accepted(1, method!(queue::Unbind { queue: "q", exchange: "e", routing_key: "k" }));
        assert!(!routes(&mut wire, "e", "k", None));
    }
    wire.bind(1, "q", "e", "k", FieldTable::default());
    assert!(routes(&mut wire, "", "q", None));
    wire.accepted(1, method!(queue::Delete { queue: "q" }));
    assert!(!routes(&mut wire, "e", "k", None));
    assert!(!routes(&mut wire, "", "q", None));
    wire.declare_queue(1, "q");
    assert!(!routes(&mut wire, "e", "k", None));
    assert!(routes(&mut wire, "", "q", None));
}
