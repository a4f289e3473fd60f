//! What streams refuse: codes and texts.

use amq_protocol::protocol::{AMQPClass, basic, queue};
use amq_protocol::types::AMQPValue;

use super::streams::{consumption, counts_are, declaration, declare, text};
use crate::harness::{Broker, Wire, method, segment};

fn declare_class(declare: queue::Declare) -> AMQPClass {
    AMQPClass::Queue(queue::AMQPMethod::Declare(declare))
}

fn consume_class(consume: basic::Consume) -> AMQPClass {
    AMQPClass::Basic(basic::AMQPMethod::Consume(consume))
}

#[test]
fn declarations_that_no_stream_can_be_are_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let stream = |more| declaration("s", more);
    let number = AMQPValue::LongLongInt;
    let cases = [
        (
            queue::Declare { durable: false, ..stream(&[]) },
            "invalid property 'non-durable' for queue 's' in vhost '/'",
        ),
        (
            queue::Declare { exclusive: true, ..stream(&[]) },
            "invalid property 'exclusive-owner' for queue 's' in vhost '/'",
        ),
        (
            queue::Declare { auto_delete: true, ..stream(&[]) },
            "invalid property 'auto-delete' for queue 's' in vhost '/'",
        ),
        (declaration("", &[]), "Cannot declare a server-named queue for type rabbit_stream_queue"),
        (
            stream(&[("x-message-ttl", number(1000))]),
            "invalid arg 'x-message-ttl' for queue 's' in vhost '/' of queue type rabbit_stream_queue",
        ),
        (
            stream(&[("x-max-length", number(10))]),
            "invalid arg 'x-max-length' for queue 's' in vhost '/' of queue type rabbit_stream_queue",
        ),
        (
            stream(&[("x-overflow", text("drop-head"))]),
            "invalid arg 'x-overflow' for queue 's' in vhost '/' of queue type rabbit_stream_queue",
        ),
        (
            stream(&[("x-max-age", text("1w"))]),
            "invalid arg 'x-max-age' for queue 's' in vhost '/': invalid_max_age",
        ),
        (
            stream(&[("x-max-age", text("0h"))]),
            "invalid arg 'x-max-age' for queue 's' in vhost '/': invalid_max_age",
        ),
        (
            stream(&[("x-stream-max-segment-size-bytes", number(3_000_000_001))]),
            "Exceeded max value for x-stream-max-segment-size-bytes",
        ),
        (
            stream(&[("x-stream-filter-size-bytes", number(8))]),
            "Invalid value for x-stream-filter-size-bytes",
        ),
    ];
    for (declare, why) in cases {
        let expected = (406, format!("PRECONDITION_FAILED - {why}"));
        assert_eq!(wire.refused(1, declare_class(declare)), expected);
    }
    let classic = queue::Declare { queue: "c".into(), durable: true, ..queue::Declare::default() };
    wire.declare(1, classic.clone());
    let (code, text) = wire.refused(1, declare_class(declaration("c", &[])));
    assert_eq!(code, 406);
    assert!(
        text.starts_with("PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'c'"),
        "{text}"
    );
}

#[test]
fn consumers_that_no_stream_can_serve_are_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    let consume = |more: &[_]| consume_class(consumption("s", more));
    let (code, why) = wire.refused(1, consume(&[]));
    let without_prefetch =
        "PRECONDITION_FAILED - consumer prefetch count is not set for stream queue 's' in vhost '/'";
    assert_eq!((code, why.as_str()), (406, without_prefetch));
    let mut offsets = vec![text("soon"), text("5"), text("1.5h")];
    if broker.is_own() {
        // RabbitMQ's channel ends with an error of its own at a value of a type that it does not expect.
        offsets.push(AMQPValue::Boolean(true));
    }
    for offset in offsets {
        wire.qos(1, 10, false);
        let (code, why) = wire.refused(1, consume(&[("x-stream-offset", offset.clone())]));
        let prefix = "PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 's' in vhost '/': \
                      {invalid_stream_offset_arg,";
        assert_eq!((code, why.starts_with(prefix)), (406, true), "{offset:?}: {why}");
    }
    let (code, why) = wire.refused(1, consume(&[("x-priority", AMQPValue::LongInt(5))]));
    let foreign = "PRECONDITION_FAILED - invalid arg 'x-priority' for queue 's' in vhost '/' of queue type rabbit_stream_queue";
    assert_eq!((code, why.as_str()), (406, foreign));
    wire.qos(1, 10, false);
    let no_ack = basic::Consume { no_ack: true, ..consumption("s", &[]) };
    let expected =
        "NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queue 's' in vhost '/'";
    assert_eq!(wire.fatal(1, consume_class(no_ack)), (540, expected.to_owned()));
}

#[test]
fn nothing_can_be_taken_out_of_a_stream() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    wire.fill("s", &["stays"]);
    for (method, name) in [
        (method!(basic::Get { queue: "s" }), "basic.get"),
        (method!(queue::Purge { queue: "s" }), "queue.purge"),
    ] {
        let expected =
            format!("NOT_IMPLEMENTED - {name} not supported by stream queues queue 's' in vhost '/'");
        assert_eq!(Wire::with_channel(&broker).fatal(1, method), (540, expected));
    }
    let path = format!("/api/queues/{}/s", segment(&broker.vhost));
    let purged = broker.http("DELETE", &format!("{path}/contents"), "");
    let refusal = r#""reason":"queue.purge not supported by stream queues queue 's' in vhost '"#;
    assert!(purged.status == 400 && purged.body.contains(refusal), "{} {}", purged.status, purged.body);
    let body = r#"{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}"#;
    let got = broker.http("POST", &format!("{path}/get"), body);
    let refusal = "540 basic.get not supported by stream queues queue 's' in vhost '";
    assert!(got.status == 400 && got.body.contains(refusal), "{} {}", got.status, got.body);
    counts_are(&broker, &mut wire, 1, 0);
}
