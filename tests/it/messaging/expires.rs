//! Queues that go when nobody uses them, and what counts as use.

use amq_protocol::protocol::basic;
use serde_json::json;

use super::fixtures::{
    letter, letters_from, number, queue_with, queue_with_letters, routes, send, set_policy, shown_arguments,
    text,
};
use crate::harness::{Broker, Wire, eventually};

/// The channel that asks whether a queue is there. To publish to a queue is no use of it.
const ASKING: u16 = 2;

fn ready(broker: &Broker) -> Wire {
    let mut wire = Wire::with_channel(broker);
    wire.open(ASKING);
    wire.confirm_select(ASKING);
    wire
}

fn is_there(wire: &mut Wire, queue: &str) -> bool {
    routes(wire, ASKING, "", queue, basic::AMQPProperties::default())
}

#[track_caller]
fn await_end(wire: &mut Wire, queue: &str) {
    eventually(&format!("{queue} goes"), || match is_there(wire, queue) {
        true => Err("it is there".into()),
        false => Ok(()),
    });
}

#[test]
fn an_unused_queue_goes_with_all_that_is_in_it() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    queue_with_letters(&mut wire, "q", &[("x-expires", number(100))]);
    wire.declare_exchange(1, "e", "fanout");
    wire.bind(1, "q", "e", "", Default::default());
    send(&mut wire, "", "q", basic::AMQPProperties::default(), "lost");
    await_end(&mut wire, "q");
    assert!(!routes(&mut wire, ASKING, "e", "", basic::AMQPProperties::default()), "the binding went too");
    // What was in it is no dead letter.
    send(&mut wire, "", "letters", basic::AMQPProperties::default(), "first");
    assert_eq!(letter(&mut wire).text(), "first");
}

#[test]
fn consumers_keep_a_queue() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for name in ["kept", "unused"] {
        queue_with(&mut wire, name, &[("x-expires", number(150))]);
        if name == "kept" {
            wire.open(3);
            wire.consume(3, "kept", "c");
        }
    }
    await_end(&mut wire, "unused");
    assert!(is_there(&mut wire, "kept"));
    wire.cancel(3, "c");
    await_end(&mut wire, "kept");
}

#[test]
fn gets_and_declarations_keep_a_queue() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    let arguments = [("x-expires", number(700))];
    for name in ["got", "declared", "unused"] {
        queue_with(&mut wire, name, &arguments);
    }
    let mut uses = 0;
    while is_there(&mut wire, "unused") {
        wire.get(1, "got", true);
        queue_with(&mut wire, "declared", &arguments);
        uses += 1;
    }
    assert!(is_there(&mut wire, "got") && is_there(&mut wire, "declared"), "after {uses} uses");
    await_end(&mut wire, "got");
    await_end(&mut wire, "declared");
}

#[test]
fn a_policy_lets_queues_go() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    for name in ["go.plain", "go.sooner", "stay"] {
        let expires = ("x-expires", number(3_600_000));
        queue_with(&mut wire, name, if name == "go.sooner" { std::slice::from_ref(&expires) } else { &[] });
    }
    set_policy(&broker, "^go", json!({"expires": 50}));
    await_end(&mut wire, "go.plain");
    await_end(&mut wire, "go.sooner");
    assert!(is_there(&mut wire, "stay"));
}

#[test]
fn the_name_is_free_again() {
    let broker = Broker::start();
    let mut wire = ready(&broker);
    queue_with(&mut wire, "q", &[("x-expires", number(50))]);
    await_end(&mut wire, "q");
    queue_with(&mut wire, "q", &[("x-max-length", number(5)), ("x-overflow", text("drop-head"))]);
    letters_from(&mut wire, "q");
    assert!(is_there(&mut wire, "q"));
    assert_eq!(letter(&mut wire).text(), "");
    assert_eq!(shown_arguments(&broker, "q"), json!({"x-max-length": 5, "x-overflow": "drop-head"}));
}
