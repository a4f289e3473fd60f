//! Streams: consumers that each read for themselves, from where they want to.

use amq_protocol::protocol::{basic, queue};
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

use crate::harness::{Broker, Message, Wire, eventually, segment};

type Entries<'a> = &'a [(&'a str, AMQPValue)];

fn table(entries: Entries<'_>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

pub(super) fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

/// The declaration of a stream.
pub(super) fn declaration(name: &str, more: Entries<'_>) -> queue::Declare {
    let mut arguments = table(more);
    arguments.insert("x-queue-type".into(), text("stream"));
    queue::Declare { queue: name.into(), durable: true, arguments, ..queue::Declare::default() }
}

#[track_caller]
pub(super) fn declare(wire: &mut Wire, name: &str, more: Entries<'_>) {
    assert_eq!(wire.declare(1, declaration(name, more)).queue.as_str(), name);
}

/// What asks for a consumer that begins at `offset`.
pub(super) fn consumption(queue: &str, more: Entries<'_>) -> basic::Consume {
    basic::Consume { queue: queue.into(), arguments: table(more), ..basic::Consume::default() }
}

/// Starts a consumer with a prefetch of `credit` on a channel of its own.
#[track_caller]
pub(super) fn read(wire: &mut Wire, channel: u16, queue: &str, credit: u16, more: Entries<'_>) {
    wire.open(channel);
    wire.qos(channel, credit, false);
    wire.consume_with(channel, consumption(queue, more));
}

fn offset_of(message: &Message) -> i64 {
    let headers = message.properties.headers().as_ref().expect("headers");
    match headers.inner().get("x-stream-offset") {
        Some(AMQPValue::LongLongInt(offset)) => *offset,
        other => panic!("not a long offset: {other:?}"),
    }
}

/// The next `count` messages on the channel, acknowledged: offsets and texts.
#[track_caller]
pub(super) fn next(wire: &mut Wire, channel: u16, count: usize) -> Vec<(i64, String)> {
    let mut read = Vec::new();
    for _ in 0..count {
        let message = wire.message(channel);
        assert!(!message.deliver().redelivered, "nothing is ever delivered again");
        wire.ack(channel, message.deliver().delivery_tag, false);
        read.push((offset_of(&message), message.text().to_owned()));
    }
    read
}

/// The messages `m<first>` to `m<last>` with their offsets.
pub(super) fn numbered(numbers: std::ops::RangeInclusive<i64>) -> Vec<(i64, String)> {
    numbers.map(|number| (number, format!("m{number}"))).collect()
}

/// Messages and consumers of a stream. RabbitMQ's streams say nothing of them in `declare-ok`.
#[track_caller]
pub(super) fn counts_are(broker: &Broker, wire: &mut Wire, messages: u32, consumers: u32) {
    let expected = if broker.is_own() { (messages, consumers) } else { (0, 0) };
    assert_eq!(wire.counts(1, "s"), expected);
}

pub(super) fn fill(wire: &mut Wire, queue: &str, numbers: std::ops::RangeInclusive<i64>) {
    let bodies: Vec<_> = numbered(numbers).into_iter().map(|(_, body)| body).collect();
    wire.fill(queue, &bodies.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn every_consumer_reads_everything_for_itself() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    fill(&mut wire, "s", 0..=49);
    let first: Entries<'_> = &[("x-stream-offset", text("first"))];
    read(&mut wire, 2, "s", 10, first);
    assert_eq!(next(&mut wire, 2, 50), numbered(0..=49));
    // Another one on another connection, and a third that takes its time.
    let mut other = Wire::connect(&broker);
    read(&mut other, 1, "s", 100, first);
    read(&mut wire, 3, "s", 1, first);
    assert_eq!(next(&mut wire, 3, 1), numbered(0..=0));
    assert_eq!(next(&mut other, 1, 50), numbered(0..=49));
    // What comes now comes to all of them.
    fill(&mut wire, "s", 50..=59);
    assert_eq!(next(&mut wire, 2, 10), numbered(50..=59));
    assert_eq!(next(&mut other, 1, 10), numbered(50..=59));
    assert_eq!(next(&mut wire, 3, 59), numbered(1..=59));
    counts_are(&broker, &mut wire, 60, 3);
}

#[test]
fn reading_begins_where_the_consumer_wants() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    fill(&mut wire, "s", 0..=8);
    // RabbitMQ's last chunk, which is where `last` begins there.
    fill(&mut wire, "s", 9..=9);
    let at = |value: AMQPValue| [("x-stream-offset", value)];
    let cases = [
        (at(text("first")), 0),
        (at(text("last")), 9),
        (at(AMQPValue::LongLongInt(0)), 0),
        (at(AMQPValue::LongInt(4)), 4),
        (at(AMQPValue::LongLongInt(9)), 9),
        (at(AMQPValue::LongLongInt(-5)), 0),
        (at(AMQPValue::Timestamp(0)), 0),
        (at(text("1h")), 0),
        (at(text("2Y")), 0),
        // Nothing is there yet: they wait.
        (at(text("next")), 10),
        (at(AMQPValue::LongLongInt(10)), 10),
        (at(AMQPValue::Timestamp(4_000_000_000)), 10),
        (at(AMQPValue::LongLongInt(12)), 12),
    ];
    for (channel, (argument, _)) in (2..).zip(&cases) {
        read(&mut wire, channel, "s", 5, argument);
    }
    // Without an offset it is the next one too.
    read(&mut wire, 100, "s", 5, &[]);
    fill(&mut wire, "s", 10..=12);
    for (channel, (argument, first)) in (2..).zip(cases) {
        assert_eq!(next(&mut wire, channel, 1), numbered(first..=first), "{argument:?}");
    }
    assert_eq!(next(&mut wire, 100, 3), numbered(10..=12));
}

#[test]
fn deliveries_stop_without_credit_and_whatever_settles_them_gives_it_back() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    fill(&mut wire, "s", 0..=99);
    read(&mut wire, 2, "s", 2, &[("x-stream-offset", text("first"))]);
    let mut tags = Vec::new();
    let mut expect = |wire: &mut Wire, number: i64| {
        let message = wire.message(2);
        assert_eq!((offset_of(&message), message.deliver().redelivered), (number, false));
        tags.push(message.deliver().delivery_tag);
        *tags.last().unwrap()
    };
    let (first, second) = (expect(&mut wire, 0), expect(&mut wire, 1));
    counts_are(&broker, &mut wire, 100, 1);
    assert_eq!(wire.arrived(2), 0, "there was credit for two");
    wire.reject(2, first, true);
    let third = expect(&mut wire, 2);
    wire.nack(2, second, false, false);
    let fourth = expect(&mut wire, 3);
    wire.nack(2, fourth, true, true);
    let (fifth, sixth) = (expect(&mut wire, 4), expect(&mut wire, 5));
    wire.recover(2);
    let (seventh, eighth) = (expect(&mut wire, 6), expect(&mut wire, 7));
    wire.ack(2, eighth, true);
    assert!(third < fifth && fifth < sixth && sixth < seventh);
    expect(&mut wire, 8);
    // Nothing of that took anything away.
    counts_are(&broker, &mut wire, 100, 1);
    wire.close(2);
    read(&mut wire, 3, "s", 100, &[("x-stream-offset", text("first"))]);
    assert_eq!(next(&mut wire, 3, 100), numbered(0..=99));
}

#[test]
fn filters_leave_out_what_was_not_asked_for() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    wire.open(9);
    wire.confirm_select(9);
    for number in 0..40usize {
        let mut headers = FieldTable::default();
        if let Some(color) = ["red", "blue", "green"].get(number % 4) {
            headers.insert("x-stream-filter-value".into(), text(color));
        }
        let properties = basic::AMQPProperties::default().with_headers(headers);
        let publish = basic::Publish { routing_key: "s".into(), ..basic::Publish::default() };
        wire.publish_with(9, publish, properties, format!("m{number}").as_bytes());
        // RabbitMQ leaves out chunks in which nothing matches: each message is to be one.
        wire.method(9);
    }
    let first = ("x-stream-offset", text("first"));
    let expected = |wanted: &[i64]| -> Vec<_> {
        numbered(0..=39).into_iter().filter(|(number, _)| wanted.contains(&(number % 4))).collect()
    };
    read(&mut wire, 2, "s", 3, &[first.clone(), ("x-stream-filter", text("red"))]);
    assert_eq!(next(&mut wire, 2, 10), expected(&[0]));
    let both = AMQPValue::FieldArray(vec![text("red"), text("blue")].into());
    read(&mut wire, 3, "s", 3, &[first.clone(), ("x-stream-filter", both)]);
    assert_eq!(next(&mut wire, 3, 20), expected(&[0, 1]));
    let unfiltered = ("x-stream-match-unfiltered", AMQPValue::Boolean(true));
    read(&mut wire, 4, "s", 3, &[first, ("x-stream-filter", text("green")), unfiltered]);
    assert_eq!(next(&mut wire, 4, 20), expected(&[2, 3]));
}

/// A filter that finds nothing for a while lets others have their turn, and goes on.
#[test]
fn a_filter_finds_what_is_far_away() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    let other = "x".repeat(100_000);
    wire.fill("s", &vec![other.as_str(); 60]);
    wire.open(9);
    wire.confirm_select(9);
    let headers = table(&[("x-stream-filter-value", text("rare"))]);
    let publish = basic::Publish { routing_key: "s".into(), ..basic::Publish::default() };
    wire.publish_with(9, publish, basic::AMQPProperties::default().with_headers(headers), b"m60");
    wire.await_confirm(9, 1);
    read(&mut wire, 2, "s", 1, &[("x-stream-offset", text("first")), ("x-stream-filter", text("rare"))]);
    assert_eq!(next(&mut wire, 2, 1), numbered(60..=60));
}

#[test]
fn messages_come_as_they_were_published_but_for_the_offset() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(&mut wire, "s", &[]);
    wire.bind(1, "s", "amq.topic", "a.#", FieldTable::default());
    let headers = table(&[("x", AMQPValue::LongInt(5))]);
    let properties = basic::AMQPProperties::default()
        .with_content_type("text/plain".into())
        .with_headers(headers)
        .with_message_id("7".into())
        .with_delivery_mode(1);
    read(&mut wire, 2, "s", 5, &[]);
    let large = vec![b'x'; 300_000];
    for body in [&b"small"[..], &large] {
        let publish = basic::Publish {
            exchange: "amq.topic".into(),
            routing_key: "a.b".into(),
            ..basic::Publish::default()
        };
        wire.publish_with(1, publish, properties.clone(), body);
        let message = wire.message(2);
        assert!(message.body == body, "{} bytes", message.body.len());
        let deliver = message.deliver();
        assert_eq!((deliver.exchange.as_str(), deliver.routing_key.as_str()), ("amq.topic", "a.b"));
        let expected =
            [("x", AMQPValue::LongInt(5)), ("x-stream-offset", AMQPValue::LongLongInt(offset_of(&message)))];
        assert_eq!(message.properties, properties.clone().with_headers(table(&expected)));
    }
}

#[test]
fn the_management_api_shows_a_stream() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    declare(
        &mut wire,
        "s",
        &[
            ("x-initial-cluster-size", AMQPValue::LongInt(1)),
            ("x-queue-leader-locator", text("client-local")),
        ],
    );
    fill(&mut wire, "s", 0..=9);
    read(&mut wire, 2, "s", 5, &[("x-stream-offset", text("first"))]);
    wire.message(2);
    let path = format!("/api/queues/{}/s", segment(&broker.vhost));
    eventually("the stream is shown", || {
        let queue: serde_json::Value = serde_json::from_str(&broker.http("GET", &path, "").body).unwrap();
        let shown = ["type", "messages", "messages_ready", "messages_unacknowledged", "consumers", "durable"];
        let shown: Vec<_> = shown.iter().map(|key| queue[key].clone()).collect();
        let expected = serde_json::json!(["stream", 10, 10, 0, 1, true]);
        if serde_json::Value::from(shown) == expected { Ok(()) } else { Err(queue.to_string()) }
    });
    let queue: serde_json::Value = serde_json::from_str(&broker.http("GET", &path, "").body).unwrap();
    let expected = serde_json::json!({"x-queue-type": "stream", "x-initial-cluster-size": 1, "x-queue-leader-locator": "client-local"});
    assert_eq!(queue["arguments"], expected);
    if broker.is_own() {
        assert_eq!(queue["message_bytes"], 20);
    }
    broker.shows(&["list_queues", "name", "type", "messages"], &["name\ttype\tmessages", "s\tstream\t10"]);
}
