//! Each part of messaging as an application sees it: a program with pika for each, in `tests/clients/pika`, with its refusals,
//! codes and texts. They are meant for RabbitMQ 4.3 as well; what it does not have or does later is asked for only here.

use crate::harness::{Broker, Pika, Program, amqplib_modules, skip};

/// Runs a program, which must go well. `extras` are what it shows only if it is told to.
fn run(program: &str, extras: impl FnOnce(&Broker) -> Vec<&'static str>) {
    if Pika::Today.python().is_none() {
        return;
    }
    let broker = Broker::start();
    let trips = Program::pika(&broker, program, &extras(&broker)).succeeds();
    assert!(trips.len() > 3, "{trips:?}");
}

fn nothing(_: &Broker) -> Vec<&'static str> {
    Vec::new()
}

#[test]
fn lifetime() {
    run("lifetime.py", nothing);
}

#[test]
fn dead_letters() {
    // RabbitMQ tries a dead letter that no queue took again after minutes.
    run("dead_letters.py", |broker| if broker.is_own() { vec!["soon"] } else { vec![] });
}

#[test]
fn length() {
    run("length.py", nothing);
}

#[test]
fn priority() {
    run("priority.py", nothing);
}

#[test]
fn consumers() {
    run("consumers.py", |broker| if broker.permits("global_qos") { vec!["global_qos"] } else { vec![] });
}

#[test]
fn routing() {
    run("routing.py", nothing);
}

#[test]
fn exchange_types() {
    // RabbitMQ has these with a plugin that does not come with it.
    run("exchange_types.py", |broker| if broker.is_own() { vec!["delayed"] } else { vec![] });
}

#[test]
fn quorum() {
    run("quorum.py", nothing);
}

#[test]
fn streams() {
    run("streams.py", nothing);
}

#[test]
fn deduplication() {
    if Pika::Today.python().is_none() {
        return;
    }
    let broker = Broker::start();
    if !broker.is_own() {
        return skip("RabbitMQ has no message deduplication", false);
    }
    Program::pika(&broker, "deduplication.py", &[]).succeeds();
}

#[test]
fn flow() {
    if Pika::Today.python().is_none() {
        return;
    }
    let Some(broker) = Broker::start_own(Some("vm_memory_high_watermark.absolute = 200MB\n")) else { return };
    let mut publisher = Program::pika(&broker, "flow.py", &[]);
    publisher.lines(1);
    let hog = Program::pika(&broker, "hold_memory.py", &[]);
    assert_eq!(publisher.lines(4), ["ready", "blocked: low on memory", "gave up", "held back"]);
    hog.kill();
    assert_eq!(publisher.succeeds()[4..], ["unblocked", "done"]);
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
