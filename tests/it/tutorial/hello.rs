//! Hello world: one queue, one producer, two consumers in turn.

use super::{both_forms, broker_for};
use crate::harness::{Pika, Program};

both_forms!(a_message_waits_until_a_consumer_comes, two_consumers_get_messages_in_turn);

const RECEIVED: &str = "消费者接收到了任务：b'msg6'";

fn a_message_waits_until_a_consumer_comes(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let sent = Program::tutorial(&broker, pika, "hello_send.py", &[]).succeeds();
    assert_eq!(sent, ["已经发送了消息"]);
    broker.shows_queues(&[("oldboypython", 1, 0)]);
    broker.shows(&["list_queues"], &["name\tmessages", "oldboypython\t1"]);
    broker.shows(
        &["list_bindings"],
        &[
            "source_name\tsource_kind\tdestination_name\tdestination_kind\trouting_key\targuments",
            "\texchange\toldboypython\tqueue\toldboypython\t[]",
        ],
    );
    assert_eq!(broker.ctl(&["list_consumers", "-q"]).ok(), "");

    let mut consumer = Program::tutorial(&broker, pika, "hello_receive.py", &[]);
    assert_eq!(consumer.lines(1), [RECEIVED]);
    broker.shows_queues(&[("oldboypython", 0, 0)]);
}

fn two_consumers_get_messages_in_turn(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let mut first = Program::tutorial(&broker, pika, "hello_receive.py", &[]);
    let mut second = Program::tutorial(&broker, pika, "hello_receive.py", &[]);
    let columns = ["list_consumers", "queue_name", "ack_required", "prefetch_count", "active", "arguments"];
    let row = "oldboypython\tfalse\t0\ttrue\t[]";
    broker.shows(&columns, &["queue_name\tack_required\tprefetch_count\tactive\targuments", row, row]);
    broker.shows(
        &["list_queues", "name", "consumers", "durable", "auto_delete", "exclusive"],
        &["name\tconsumers\tdurable\tauto_delete\texclusive", "oldboypython\t2\tfalse\tfalse\tfalse"],
    );
    broker.shows(
        &["list_connections", "vhost", "user", "state", "channels"],
        &["vhost\tuser\tstate\tchannels", "/\troot\trunning\t1", "/\troot\trunning\t1"],
    );

    for _ in 0..6 {
        Program::tutorial(&broker, pika, "hello_send.py", &[]).succeeds();
    }
    assert_eq!(first.lines(3), [RECEIVED; 3]);
    assert_eq!(second.lines(3), [RECEIVED; 3]);
    broker.shows_queues(&[("oldboypython", 0, 0)]);

    first.kill();
    broker.shows(&["list_consumers", "queue_name"], &["queue_name", "oldboypython"]);
}
