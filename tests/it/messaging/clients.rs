//! The same with clients that people use: pika and amqplib.

use crate::harness::{Broker, Pika, Program, amqplib_modules};

#[test]
fn with_pika() {
    if Pika::Today.python().is_none() {
        return;
    }
    let broker = Broker::start();
    let trips = Program::pika(&broker, "dead_letters.py").succeeds();
    let expected = ["retries", "expiry", "priorities", "a_full_queue_refuses", "one_active_consumer"];
    assert_eq!(trips, expected);
}

#[test]
fn everything_beyond_the_specification_with_pika() {
    if Pika::Today.python().is_none() {
        return;
    }
    let Some(broker) = Broker::start_own(None) else { return };
    let trips = Program::pika(&broker, "features.py").succeeds();
    let expected = [
        "lifetime",
        "length",
        "consumers",
        "routing",
        "exchange_types",
        "deduplication",
        "quorum",
        "streams",
        "at_least_once",
    ];
    assert_eq!(trips, expected);
}

#[test]
fn with_amqplib() {
    if amqplib_modules().is_none() {
        return;
    }
    let broker = Broker::start();
    let trips = Program::node(&broker, "dead_letters.js", &[]).succeeds();
    assert_eq!(trips, ["retries", "priorities", "a_full_queue_refuses", "one_active_consumer"]);
}
