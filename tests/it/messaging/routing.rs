//! Other ways than the binding's: alternate exchanges, copies, exchanges bound to exchanges.

use amq_protocol::protocol::basic;
use amq_protocol::types::{AMQPValue, FieldTable};
use serde_json::json;

use super::fixtures::{
    await_ready, exchange_with, headers, number, queue_with, routes, send, set_policy, table, text, texts,
    user_name,
};
use crate::harness::{Broker, Wire, capable, method, segment};

/// A connection with channel 1, and channel 2 with confirms.
fn ready(broker: &Broker) -> Wire {
    let mut wire = Wire::with_channel(broker);
    wire.open(2);
    wire.confirm_select(2);
    wire
}

fn plain() -> basic::AMQPProperties {
    basic::AMQPProperties::default()
}

/// How many messages each of these queues has.
#[track_caller]
fn counts<const N: usize>(wire: &mut Wire, queues: [&str; N]) -> [u32; N] {
    queues.map(|queue| wire.counts(1, queue).0)
}

/// An exchange, and the one that takes what it cannot route.
#[track_caller]
fn with_alternate(wire: &mut Wire, name: &str, kind: &str, alternate: &str) {
    exchange_with(wire, name, kind, &[("alternate-exchange", text(alternate))]);
}

#[test]
fn what_has_no_route_goes_to_the_alternate_exchange() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    with_alternate(&mut wire, "e", "direct", "rest");
    exchange_with(&mut wire, "rest", "topic", &[]);
    for (queue, exchange, key) in [("known", "e", "known"), ("unknown", "rest", "un.*")] {
        queue_with(&mut wire, queue, &[]);
        wire.bind(1, queue, exchange, key, FieldTable::default());
    }
    assert!(routes(&mut wire, 2, "e", "known", plain()));
    assert!(routes(&mut wire, 2, "e", "un.known", plain()));
    assert!(!routes(&mut wire, 2, "e", "neither", plain()));
    assert_eq!(counts(&mut wire, ["known", "unknown"]), [1, 1]);
    let got = wire.get(1, "unknown", true).expect("a message").method;
    assert_eq!((got.exchange.as_str(), got.routing_key.as_str()), ("e", "un.known"));
}

#[test]
fn alternates_may_have_alternates_and_circles_end() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for (name, next) in [("a", "b"), ("b", "c"), ("c", "a")] {
        with_alternate(&mut wire, name, "direct", next);
    }
    queue_with(&mut wire, "q", &[]);
    wire.bind(1, "q", "c", "k", FieldTable::default());
    assert!(routes(&mut wire, 2, "a", "k", plain()));
    assert!(!routes(&mut wire, 2, "a", "other", plain()));
    assert_eq!(counts(&mut wire, ["q"]), [1]);
}

#[test]
fn an_alternate_that_is_not_there_is_as_good_as_none() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    with_alternate(&mut wire, "e", "direct", "later");
    assert!(!routes(&mut wire, 2, "e", "k", plain()));
    exchange_with(&mut wire, "later", "fanout", &[]);
    queue_with(&mut wire, "q", &[]);
    wire.bind(1, "q", "later", "", FieldTable::default());
    assert!(routes(&mut wire, 2, "e", "k", plain()));
    wire.accepted(1, method!(exchange::Delete { exchange: "later" }));
    assert!(!routes(&mut wire, 2, "e", "k", plain()));
}

#[test]
fn an_exchange_behind_an_exchange_has_its_own_alternate() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    exchange_with(&mut wire, "front", "fanout", &[]);
    with_alternate(&mut wire, "behind", "direct", "amq.fanout");
    queue_with(&mut wire, "q", &[]);
    wire.bind(1, "q", "amq.fanout", "", FieldTable::default());
    wire.accepted(1, method!(exchange::Bind { source: "front", destination: "behind" }));
    assert!(routes(&mut wire, 2, "front", "k", plain()));
    assert_eq!(counts(&mut wire, ["q"]), [1]);
}

#[test]
fn an_alternate_exchange_is_named_by_text_and_must_be_allowed() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    let declare = |value: AMQPValue| {
        let arguments = table(&[("alternate-exchange", value)]);
        method!(exchange::Declare { exchange: "e", kind: "direct", durable: true, arguments: arguments })
    };
    let wrong = "PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange 'e' in vhost '/'";
    assert_eq!(wire.refused(1, declare(number(5))), (406, wrong.to_owned()));
    wire.accepted(1, declare(text("a")));
    wire.accepted(1, declare(text("a")));
    let other = "PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'e' in vhost '/': \
                 received 'b' but current is 'a'";
    assert_eq!(wire.refused(1, declare(text("b"))), (406, other.to_owned()));
    let name = user_name(&broker, "limited");
    broker.permit_user(&name, ".*", "^open$", "^e2$");
    let mut limited = Wire::dial(&broker);
    limited.login("PLAIN", format!("\0{name}\0secret").as_bytes(), capable());
    limited.agree(None);
    limited.open_vhost(&broker.vhost);
    limited.open(1);
    let arguments = table(&[("alternate-exchange", text("closed"))]);
    let declare = method!(exchange::Declare { exchange: "e2", kind: "direct", arguments: arguments });
    let (code, says) = limited.refused(1, declare);
    let access =
        format!("ACCESS_REFUSED - access to exchange 'closed' in vhost '/' refused for user '{name}'");
    // RabbitMQ 4 says "write access".
    assert_eq!((code, says.replace("write access", "access")), (403, access));
    with_alternate(&mut limited, "e2", "direct", "open");
    broker.http("DELETE", &format!("/api/users/{}", segment(&name)), "");
}

#[test]
fn a_policy_names_the_alternate_and_an_argument_overrules_it() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for queue in ["policy", "argument"] {
        exchange_with(&mut wire, &format!("to.{queue}"), "fanout", &[]);
        queue_with(&mut wire, queue, &[]);
        wire.bind(1, queue, &format!("to.{queue}"), "", FieldTable::default());
    }
    exchange_with(&mut wire, "a.plain", "direct", &[]);
    with_alternate(&mut wire, "a.own", "direct", "to.argument");
    assert!(!routes(&mut wire, 2, "a.plain", "k", plain()));
    set_policy(&broker, "^a[.]", json!({"alternate-exchange": "to.policy"}));
    assert!(routes(&mut wire, 2, "a.plain", "k", plain()));
    assert!(routes(&mut wire, 2, "a.own", "k", plain()));
    assert_eq!(counts(&mut wire, ["policy", "argument"]), [1, 1]);
}

#[test]
fn copies_are_routed_by_every_type_of_exchange() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for (queue, pattern) in [("errors", "#.error"), ("kernel", "kernel.*")] {
        queue_with(&mut wire, queue, &[]);
        wire.bind(1, queue, "amq.topic", pattern, FieldTable::default());
        wire.bind(1, queue, "amq.direct", queue, FieldTable::default());
    }
    let copies = |keys: &[&str]| headers(&[("CC", texts(keys))]);
    assert!(routes(&mut wire, 2, "amq.topic", "kernel.info", copies(&["app.error", "kernel.error"])));
    assert_eq!(counts(&mut wire, ["errors", "kernel"]), [1, 1]);
    assert!(routes(&mut wire, 2, "amq.direct", "kernel", copies(&["errors", "kernel"])));
    assert_eq!(counts(&mut wire, ["errors", "kernel"]), [2, 2]);
}

#[test]
fn a_queue_reached_twice_over_bound_exchanges_gets_it_once() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    queue_with(&mut wire, "q", &[]);
    for name in ["a", "b", "c"] {
        exchange_with(&mut wire, name, "topic", &[]);
        wire.bind(1, "q", name, "#", FieldTable::default());
    }
    for (source, destination, key) in
        [("a", "b", "x.#"), ("b", "a", "#"), ("b", "c", "#.y"), ("c", "c", "#"), ("c", "a", "#")]
    {
        let bind = method!(exchange::Bind { source: source, destination: destination, routing_key: key });
        wire.accepted(1, bind);
    }
    for (key, copies) in [("x.y", texts(&["x.y", "z"])), ("z", texts(&[]))] {
        assert!(routes(&mut wire, 2, "a", key, headers(&[("CC", copies)])));
    }
    assert_eq!(counts(&mut wire, ["q"]), [2]);
}

#[test]
fn an_internal_exchange_is_reached_by_bindings_alternates_and_dead_letters_only() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    let declare = method!(exchange::Declare { exchange: "in", kind: "fanout", internal: true });
    wire.accepted(1, declare);
    queue_with(&mut wire, "inside", &[]);
    wire.bind(1, "inside", "in", "", FieldTable::default());
    exchange_with(&mut wire, "front", "fanout", &[]);
    wire.accepted(1, method!(exchange::Bind { source: "front", destination: "in" }));
    with_alternate(&mut wire, "e", "direct", "in");
    queue_with(&mut wire, "q", &[("x-dead-letter-exchange", text("in"))]);
    assert!(routes(&mut wire, 2, "front", "", plain()));
    assert!(routes(&mut wire, 2, "e", "k", plain()));
    assert!(routes(&mut wire, 2, "", "q", plain()));
    let (tag, _, _) = wire.take(1, "q");
    wire.reject(1, tag, false);
    await_ready(&mut wire, "inside", 3);
    send(&mut wire, "in", "", plain(), "");
    let closed = wire.channel_closed(1);
    let text = "ACCESS_REFUSED - cannot publish to internal exchange 'in' in vhost '/'";
    assert_eq!((closed.code, closed.text.as_str()), (403, text));
}

#[test]
fn an_impersonator_may_name_another_user() {
    let broker = Broker::start();
    let name = user_name(&broker, "impersonator");
    broker.permit_user(&name, ".*", ".*", ".*");
    let user = format!("/api/users/{}", segment(&name));
    let open = || {
        let mut wire = Wire::dial(&broker);
        wire.login("PLAIN", format!("\0{name}\0secret").as_bytes(), capable());
        wire.agree(None);
        wire.open_vhost(&broker.vhost);
        wire.open(1);
        wire
    };
    let publish = |wire: &mut Wire, user: &str| {
        send(wire, "", "q", basic::AMQPProperties::default().with_user_id(user.into()), "body");
    };
    let mut wire = open();
    queue_with(&mut wire, "q", &[]);
    publish(&mut wire, &name);
    await_ready(&mut wire, "q", 1);
    publish(&mut wire, "guest");
    let closed = wire.channel_closed(1);
    let says = format!("user_id property set to 'guest' but authenticated user was '{name}'");
    assert_eq!((closed.code, closed.text), (406, format!("PRECONDITION_FAILED - {says}")));
    broker.http("PUT", &user, r#"{"password":"secret","tags":"impersonator"}"#);
    let mut wire = open();
    publish(&mut wire, "guest");
    await_ready(&mut wire, "q", 2);
    broker.http("DELETE", &user, "");
}
