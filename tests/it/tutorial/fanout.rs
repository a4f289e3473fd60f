//! Publish and subscribe: every subscriber's own queue gets every message.

use super::{both_forms, broker_for};
use crate::harness::{Pika, Program};

both_forms!(every_subscriber_gets_every_message);

const RECEIVED: &str = "消费者接受到了任务: b'haohaio'";

fn every_subscriber_gets_every_message(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    // With nobody there, the message goes nowhere.
    Program::tutorial(&broker, pika, "fanout_send.py", &[]).succeeds();
    assert_eq!(broker.ctl(&["list_queues", "-q"]).ok(), "");

    let mut subscribers: Vec<Program> =
        (0..3).map(|_| Program::tutorial(&broker, pika, "fanout_receive.py", &[])).collect();
    let queue = "true\t1\t0\t0";
    broker.shows(
        &["list_queues", "exclusive", "consumers", "messages_ready", "messages_unacknowledged"],
        &["exclusive\tconsumers\tmessages_ready\tmessages_unacknowledged", queue, queue, queue],
    );
    let names = broker.ctl(&["list_queues", "name", "-s"]).ok();
    assert!(names.lines().count() == 3 && names.lines().all(|name| name.starts_with("amq.gen-")), "{names}");
    broker.shows(
        &["list_bindings", "source_name", "source_kind", "destination_kind", "arguments"],
        &[
            "source_name\tsource_kind\tdestination_kind\targuments",
            "\texchange\tqueue\t[]",
            "\texchange\tqueue\t[]",
            "\texchange\tqueue\t[]",
            "m1\texchange\tqueue\t[]",
            "m1\texchange\tqueue\t[]",
            "m1\texchange\tqueue\t[]",
        ],
    );

    Program::tutorial(&broker, pika, "fanout_send.py", &[]).succeeds();
    for subscriber in &mut subscribers {
        assert_eq!(subscriber.lines(1), [RECEIVED]);
    }
    // The queues are their subscribers' own, and go with them.
    drop(subscribers);
    crate::harness::eventually("the queues are gone", || {
        let left = broker.ctl(&["list_queues", "name", "-s"]).ok();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
    let exchanges = broker.ctl(&["list_exchanges", "name", "type", "-s"]).ok();
    assert!(exchanges.lines().any(|line| line == "m1\tfanout"), "{exchanges}");
}
