//! What a stream keeps: within its limits, and over a crash.

use std::collections::BTreeMap;

use amq_protocol::protocol::{AMQPClass, basic};
use amq_protocol::types::AMQPValue;

use super::streams::{declare, fill, next, numbered, read, text};
use crate::harness::{Arrival, Broker, Wire, eventually, segment};

fn first() -> [(&'static str, AMQPValue); 1] {
    [("x-stream-offset", text("first"))]
}

/// Publishes `count` messages of a thousand bytes that begin with their number.
fn fill_thousands(wire: &mut Wire, queue: &str, numbers: std::ops::Range<usize>) {
    let bodies: Vec<_> = numbers.map(|number| format!("{number:0>8}{}", "x".repeat(992))).collect();
    wire.fill(queue, &bodies.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Offset and leading number of the first message, and how many there are.
///
/// RabbitMQ says nothing of a stream in `declare-ok`: there it is the rest of `sent`. There new segments take offsets too,
/// which run ahead of the numbers, so that the number stands for both.
#[track_caller]
fn extent(broker: &Broker, queue: &str, sent: u32) -> (i64, i64, u32) {
    let mut wire = Wire::with_channel(broker);
    read(&mut wire, 2, queue, 1, &first());
    let (offset, body) = next(&mut wire, 2, 1).remove(0);
    let number = body[..8].parse().unwrap();
    if broker.is_own() {
        (offset, number, wire.counts(1, queue).0)
    } else {
        assert!(offset >= number, "{offset} {number}");
        (number, number, sent - number as u32)
    }
}

#[test]
fn a_stream_is_kept_within_its_bytes() {
    // A reader on RabbitMQ may be left behind, without a word, in a segment that goes.
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    let limits = [
        ("x-max-length-bytes", AMQPValue::LongLongInt(50_000)),
        ("x-stream-max-segment-size-bytes", AMQPValue::LongLongInt(10_000)),
    ];
    declare(&mut wire, "s", &limits);
    fill_thousands(&mut wire, "s", 0..200);
    let (offset, number, count) = extent(&broker, "s", 200);
    assert_eq!((offset, offset + i64::from(count)), (number, 200), "the front is gone");
    assert!((30..=60).contains(&count), "{count} messages of a thousand bytes are left of 200");
    // Who wants what is gone begins with what is there.
    read(&mut wire, 3, "s", 1, &[("x-stream-offset", AMQPValue::LongLongInt(3))]);
    assert_eq!(next(&mut wire, 3, 1)[0].0, offset);
}

#[test]
fn a_stream_is_kept_within_its_age() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let limits =
        [("x-max-age", text("1s")), ("x-stream-max-segment-size-bytes", AMQPValue::LongLongInt(5_000))];
    declare(&mut wire, "s", &limits);
    fill_thousands(&mut wire, "s", 0..50);
    // The last segment always stays.
    let mut sent = 50;
    let (offset, number) = eventually("what is old goes", || {
        // RabbitMQ looks at the age only when something comes.
        if !broker.is_own() {
            fill_thousands(&mut wire, "s", sent..sent + 1);
            sent += 1;
        }
        match extent(&broker, "s", sent as u32) {
            (offset, number, _) if offset >= 40 => Ok((offset, number)),
            found => Err(format!("{found:?}")),
        }
    });
    assert_eq!(offset, number);
}

#[test]
fn a_policy_limits_a_stream_that_is_there() {
    let Some(broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[("x-stream-max-segment-size-bytes", AMQPValue::LongLongInt(10_000))]);
    fill_thousands(&mut wire, "s", 0..200);
    assert_eq!(extent(&broker, "s", 200), (0, 0, 200));
    let policy = r#"{"pattern":"^s$","apply-to":"streams","definition":{"max-length-bytes":50000}}"#;
    let answer = broker.http("PUT", &format!("/api/policies/{}/short", segment(&broker.vhost)), policy);
    assert!(matches!(answer.status, 201 | 204), "{} {}", answer.status, answer.body);
    let (offset, number, count) = eventually("the front goes", || match extent(&broker, "s", 200) {
        (0, ..) => Err("everything is there".into()),
        extent => Ok(extent),
    });
    assert_eq!((offset, offset + i64::from(count)), (number, 200));
    assert!((30..=60).contains(&count), "{count} messages of a thousand bytes are left of 200");
}

#[test]
fn a_stream_survives_a_crash_with_its_offsets() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    let limits = [
        ("x-max-length-bytes", AMQPValue::LongLongInt(50_000)),
        ("x-stream-max-segment-size-bytes", AMQPValue::LongLongInt(10_000)),
    ];
    declare(&mut wire, "small", &limits);
    declare(&mut wire, "s", &[]);
    fill_thousands(&mut wire, "small", 0..100);
    fill(&mut wire, "s", 0..=99);
    let before = extent(&broker, "small", 100);
    broker.crash_and_restart();
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(extent(&broker, "small", 100), before);
    read(&mut wire, 2, "s", 10, &first());
    assert_eq!(next(&mut wire, 2, 100), numbered(0..=99));
    fill(&mut wire, "s", 100..=109);
    assert_eq!(next(&mut wire, 2, 10), numbered(100..=109));
    // The other way: from a checkpoint.
    broker.stop_and_restart();
    let mut wire = Wire::with_channel(&broker);
    assert_eq!(extent(&broker, "small", 100), before);
    read(&mut wire, 2, "s", 10, &[("x-stream-offset", AMQPValue::LongLongInt(95))]);
    assert_eq!(next(&mut wire, 2, 15), numbered(95..=109));
    assert_eq!(wire.counts(1, "s"), (110, 1));
}

/// What a consumer has seen before the process was killed is what it would see again, and everything confirmed is there.
#[test]
fn an_offset_never_changes_its_message() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut setup = Wire::with_channel(&broker);
    declare(&mut setup, "s", &[]);
    let mut seen = BTreeMap::new();
    let mut sent = 0i64;
    for _ in 0..3 {
        let (mut publisher, mut reader) = (Wire::with_channel(&broker), Wire::connect(&broker));
        publisher.confirm_select(1);
        read(&mut reader, 1, "s", 1000, &[]);
        let mut confirmed = 0;
        for _ in 0..2000 {
            publisher.publish(1, "", "s", format!("m{sent}").as_bytes());
            sent += 1;
        }
        while confirmed < 500 {
            match publisher.method(1) {
                AMQPClass::Basic(basic::AMQPMethod::Ack(ack)) => confirmed = ack.delivery_tag,
                other => panic!("{other:?}"),
            }
        }
        let from = sent - 2000;
        broker.server().kill();
        while let Arrival::Message(1, message) = reader.next() {
            let headers = message.properties.headers().clone().expect("headers");
            let Some(AMQPValue::LongLongInt(offset)) = headers.inner().get("x-stream-offset") else {
                panic!("no offset")
            };
            assert_eq!(seen.insert(*offset, message.text().to_owned()), None);
        }
        broker.start_again();
        let mut wire = Wire::with_channel(&broker);
        read(&mut wire, 2, "s", 5000, &first());
        let (count, _) = wire.counts(1, "s");
        let kept: BTreeMap<_, _> = next(&mut wire, 2, count as usize).into_iter().collect();
        for (offset, body) in &seen {
            assert_eq!(kept.get(offset), Some(body), "the message at {offset}");
        }
        let bodies: std::collections::BTreeSet<_> = kept.values().cloned().collect();
        assert!(
            (0..confirmed as i64).all(|n| bodies.contains(&format!("m{}", from + n))),
            "what was confirmed"
        );
        seen = kept;
    }
}
