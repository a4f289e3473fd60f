//! Durability: a durable queue and its persistent messages outlive the server.

use super::{both_forms, broker_for};
use crate::harness::{Broker, Pika, Program};

both_forms!(
    an_unacknowledged_message_is_shown_as_such,
    a_durable_queue_outlives_the_server_with_its_messages
);

const RECEIVED: &str = "消费者接受到了任务: b'haohaio4'";

fn an_unacknowledged_message_is_shown_as_such(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    Program::tutorial(&broker, pika, "durable_send.py", &[]).succeeds();
    broker.shows_queues(&[("music", 1, 0)]);
    let mut consumer = Program::tutorial(&broker, pika, "durable_receive.py", &[]);
    assert_eq!(consumer.lines(1), [RECEIVED]);
    broker.shows_queues(&[("music", 0, 1)]);
    consumer.kill();
    broker.shows_queues(&[("music", 1, 0)]);
}

fn a_durable_queue_outlives_the_server_with_its_messages(pika: Pika) {
    if pika.python().is_none() {
        return;
    }
    let Some(mut broker) = Broker::start_own(None) else { return };
    broker.add_administrator("root", "123");
    Program::tutorial(&broker, pika, "durable_send.py", &[]).succeeds();
    Program::tutorial(&broker, pika, "hello_send.py", &[]).succeeds();
    let durables = ["list_queues", "name", "durable"];
    broker.shows(&durables, &["name\tdurable", "music\ttrue", "oldboypython\tfalse"]);

    broker.shows_queues(&[("music", 1, 0), ("oldboypython", 1, 0)]);

    broker.stop_and_restart();
    broker.shows_queues(&[("music", 1, 0)]);
    broker.shows(&durables, &["name\tdurable", "music\ttrue"]);
    broker.crash_and_restart();
    broker.shows(&durables, &["name\tdurable", "music\ttrue"]);
    broker.shows(&["list_users"], &["user\ttags", "guest\t[administrator]", "root\t[administrator]"]);

    let mut consumer = Program::tutorial(&broker, pika, "durable_receive.py", &[]);
    assert_eq!(consumer.lines(1), [RECEIVED]);
    Program::tutorial(&broker, pika, "durable_send.py", &[]).succeeds();
    assert_eq!(consumer.lines(2), [RECEIVED; 2]);
}
