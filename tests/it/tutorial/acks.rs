//! Acknowledgements: a consumer that dies before its ack loses nothing, one that asked for none does.

use super::{both_forms, broker_for};
use crate::harness::{Pika, Program, Wire};

both_forms!(
    an_acknowledged_message_is_gone,
    a_consumer_that_dies_before_its_ack_leaves_the_message_to_the_next,
    without_acks_a_message_is_gone_with_its_consumer,
);

const RECEIVED: &str = "消费者接受到了任务: b'msg8'";

/// The line that the tutorial has its reader uncomment to see a consumer fail.
const FAILING: (&str, &str) = ("    # int('asdfasdf')", "    int('asdfasdf')");

fn an_acknowledged_message_is_gone(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let mut consumer = Program::tutorial(&broker, pika, "ack_receive.py", &[]);
    Program::tutorial(&broker, pika, "ack_send.py", &[]).succeeds();
    assert_eq!(consumer.lines(1), [RECEIVED]);
    broker.shows(
        &["list_consumers", "queue_name", "ack_required", "prefetch_count"],
        &["queue_name\tack_required\tprefetch_count", "s13q2\ttrue\t0"],
    );
    broker.shows_queues(&[("s13q2", 0, 0)]);
    consumer.kill();
    broker.shows(&["list_queues", "name", "consumers"], &["name\tconsumers", "s13q2\t0"]);
    broker.shows_queues(&[("s13q2", 0, 0)]);
}

fn a_consumer_that_dies_before_its_ack_leaves_the_message_to_the_next(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let failing = Program::tutorial_edited(&broker, pika, "ack_receive.py", &[FAILING]);
    Program::tutorial(&broker, pika, "ack_send.py", &[]).succeeds();
    let errors = failing.fails();
    assert!(errors.iter().any(|line| line.contains("invalid literal for int()")), "{errors:#?}");
    broker.shows_queues(&[("s13q2", 1, 0)]);

    let mut wire = Wire::with_channel(&broker);
    let (_, redelivered, body) = wire.take(1, "s13q2");
    assert_eq!((redelivered, body.as_str()), (true, "msg8"));
    broker.shows_queues(&[("s13q2", 0, 1)]);
    wire.close(1);

    let mut second = Program::tutorial(&broker, pika, "ack_receive.py", &[]);
    assert_eq!(second.lines(1), [RECEIVED]);
    broker.shows_queues(&[("s13q2", 0, 0)]);
}

fn without_acks_a_message_is_gone_with_its_consumer(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let no_acks = match pika {
        Pika::Printed => ("no_ack=False", "no_ack=True"),
        Pika::Today => ("auto_ack=False", "auto_ack=True"),
    };
    let consumer = Program::tutorial_edited(&broker, pika, "ack_receive.py", &[no_acks, FAILING]);
    Program::tutorial(&broker, pika, "ack_send.py", &[]).succeeds();
    consumer.fails();
    broker.shows(
        &["list_queues", "name", "messages", "consumers"],
        &["name\tmessages\tconsumers", "s13q2\t0\t0"],
    );
}
