//! Publishers are held back while memory or disk are short, and nobody else is.

use amq_protocol::protocol::AMQPClass;
use amq_protocol::protocol::connection::AMQPMethod;

use super::fixtures::queue_with;
use crate::harness::{Arrival, Broker, Pika, Program, Wire, eventually, method};

/// A broker with an alarm that no machine lets go off, and what it says of it.
fn short_of(resource: &str) -> Option<Broker> {
    let config = match resource {
        "memory" => "vm_memory_high_watermark.absolute = 1MB\n",
        _ => "disk_free_limit.absolute = 8000000000000000000\n",
    };
    let broker = Broker::start_own(Some(config))?;
    eventually("the alarm is on", || match broker.http("GET", "/api/health/checks/alarms", "") {
        answer if answer.status == 503 && answer.body.contains(resource) => Ok(()),
        answer => Err(format!("{} {}", answer.status, answer.body)),
    });
    Some(broker)
}

#[test]
fn who_publishes_is_told_what_is_short() {
    for resource in ["memory", "disk"] {
        let Some(broker) = short_of(resource) else { return };
        let mut wire = Wire::with_channel(&broker);
        // To declare and to consume is no matter.
        queue_with(&mut wire, "q", &[]);
        wire.consume(1, "q", "c");
        wire.publish(1, "", "q", b"held back, or the last one");
        let blocked = loop {
            match wire.next() {
                Arrival::Method(0, AMQPClass::Connection(AMQPMethod::Blocked(blocked))) => break blocked,
                // What had come before the server looked is taken.
                Arrival::Message(1, _) => {}
                other => panic!("not connection.blocked: {other:?}"),
            }
        };
        assert_eq!(blocked.reason.as_str(), format!("low on {resource}"));
    }
}

#[test]
fn publishers_go_on_when_there_is_memory_again() {
    if Pika::Today.python().is_none() {
        return;
    }
    let Some(broker) = Broker::start_own(Some("vm_memory_high_watermark.absolute = 200MB\n")) else { return };
    let hog = Program::pika(&broker, "hold_memory.py", &[]);
    eventually("the alarm is on", || match broker.http("GET", "/api/health/checks/alarms", "").status {
        503 => Ok(()),
        status => Err(status.to_string()),
    });
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    wire.publish(1, "", "q", b"held back, or the last one");
    let AMQPClass::Connection(AMQPMethod::Blocked(_)) = wire.method(0) else { panic!("not blocked") };
    wire.publish(1, "", "q", b"held back");
    hog.kill();
    let AMQPClass::Connection(AMQPMethod::Unblocked(_)) = wire.method(0) else { panic!("not unblocked") };
    assert_eq!(wire.counts(1, "q").0, 2);
}

#[test]
fn a_client_that_is_held_back_and_leaves_is_noticed() {
    let Some(broker) = short_of("disk") else { return };
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[]);
    wire.publish(1, "", "q", b"");
    let AMQPClass::Connection(AMQPMethod::Blocked(_)) = wire.method(0) else { panic!("not blocked") };
    wire.publish(1, "", "q", b"held back");
    drop(wire);
    eventually("the connection is gone", || match broker.http("GET", "/api/connections", "").body {
        body if body == "[]" => Ok(()),
        body => Err(body),
    });
    // What it had sent is not lost.
    assert_eq!(Wire::with_channel(&broker).counts(1, "q").0, 2);
}

#[test]
fn who_does_not_publish_is_served() {
    let Some(broker) = short_of("disk") else { return };
    let mut publisher = Wire::with_channel(&broker);
    queue_with(&mut publisher, "q", &[]);
    publisher.publish(1, "", "q", b"");
    let _blocked = publisher.method(0);
    for _ in 0..10 {
        publisher.publish(1, "", "q", b"held back");
    }
    let mut other = Wire::with_channel(&broker);
    let ready = other.counts(1, "q").0;
    assert!(ready <= 1, "{ready} came through");
    other.consume(1, "q", "c");
    other.cancel(1, "c");
    other.accepted(1, method!(queue::Delete { queue: "q" }));
}

#[test]
fn limits_of_memory_and_disk_are_changed_while_the_node_runs() {
    let Some(broker) = Broker::start_own(None) else { return };
    let alarms = || broker.http("GET", "/api/health/checks/alarms", "").status;
    assert_eq!(alarms(), 200);
    for (short, enough) in [
        (["set_vm_memory_high_watermark", "0"], ["set_vm_memory_high_watermark", "1"]),
        (["set_disk_free_limit", "1000TiB"], ["set_disk_free_limit", "1MB"]),
    ] {
        broker.ctl(&short).ok();
        assert_eq!(alarms(), 503, "{short:?}");
        broker.ctl(&enough).ok();
        assert_eq!(alarms(), 200, "{enough:?}");
    }
}
