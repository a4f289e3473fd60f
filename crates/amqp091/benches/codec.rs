//! The hot paths of the codec: taking publishes from a read buffer, writing deliveries into an outbox. Figures are per message.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use warren_amqp091::connection::{Event, ServerConnection, Settings};
use warren_amqp091::constants::PROTOCOL_HEADER;
use warren_amqp091::content::{write_content, write_deliver};
use warren_amqp091::method::{Method, basic, channel, connection};
use warren_model::properties::BasicProperties;
use warren_model::value::{FieldTable, Table};

/// As many messages as one read of 64 KiB brings.
const MESSAGES: usize = 700;

/// A connection with channel 1 open.
fn opened() -> ServerConnection {
    let mut input = PROTOCOL_HEADER.to_vec();
    let start_ok = connection::StartOk {
        client_properties: Table::EMPTY,
        mechanism: "PLAIN",
        response: b"",
        locale: "en_US",
    };
    start_ok.write_frame(0, &mut input);
    connection::TuneOk { channel_max: 2047, frame_max: 131_072, heartbeat: 60 }.write_frame(0, &mut input);
    connection::Open { virtual_host: "/" }.write_frame(0, &mut input);
    channel::Open {}.write_frame(1, &mut input);
    let mut connection = ServerConnection::new(Arc::new(Settings::default()));
    let (mut out, mut at) = (Vec::new(), 0);
    while at < input.len() {
        let (taken, _) = connection.handle(&input[at..], &mut out).unwrap();
        connection.authenticated(&mut out);
        connection.opened(&mut out);
        at += taken;
    }
    connection
}

/// Takes all of the input; how many messages and other methods there were.
fn take_all(connection: &mut ServerConnection, input: &[u8], out: &mut Vec<u8>) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < input.len() {
        match connection.handle(&input[at..], out) {
            Ok((taken, Event::Publish { publish, content, .. })) => {
                at += taken;
                count += 1;
                black_box((
                    publish.routing_key.len(),
                    content.properties.len(),
                    content.body.as_slice().len(),
                ));
            }
            Ok((taken, Event::Method { method: Method::Basic(basic::Method::Ack(ack)), .. })) => {
                at += taken;
                count += 1;
                black_box(ack.delivery_tag);
            }
            other => panic!("{other:?}"),
        }
    }
    count
}

fn publishes(properties: &[u8], body: &[u8]) -> Vec<u8> {
    let mut one = Vec::new();
    let publish =
        basic::Publish { exchange: "", routing_key: "bench.queue", mandatory: false, immediate: false };
    publish.write_frame(1, &mut one);
    write_content(&mut one, 1, 131_072, properties, body);
    one.repeat(MESSAGES)
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    let rich = BasicProperties {
        content_type: Some("application/json".to_string()),
        headers: Some(FieldTable::from_iter([("retries", 3)])),
        delivery_mode: Some(2),
        message_id: Some("0123456789abcdef".to_string()),
        ..BasicProperties::default()
    };
    let mut acks = Vec::new();
    for tag in 0..MESSAGES as u64 {
        Method::from(basic::Ack { delivery_tag: tag, multiple: false }).write_frame(1, &mut acks);
    }
    let cases = [
        ("publish, 16 octets", publishes(&[0, 0], &[7; 16])),
        ("publish, persistent, 16 octets", publishes(&[0x10, 0, 2], &[7; 16])),
        ("publish, four properties, 16 octets", publishes(&rich.to_bytes(), &[7; 16])),
        ("publish, 1 KiB", publishes(&[0, 0], &[7; 1024])),
        ("ack", acks),
    ];
    for (name, input) in &cases {
        let mut connection = opened();
        let mut out = Vec::new();
        group.bench_function(*name, |b| {
            b.iter(|| assert_eq!(take_all(&mut connection, black_box(input), &mut out), MESSAGES));
        });
    }
}

fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    let mut out = Vec::with_capacity(4 << 20);
    for (name, body) in [("deliver, 16 octets", &[7u8; 16][..]), ("deliver, 1 KiB", &[7; 1024])] {
        group.bench_function(name, |b| {
            b.iter(|| {
                out.clear();
                for tag in 0..MESSAGES as u64 {
                    let (consumer, key) = (black_box(&b"ctag1.0"[..]), black_box(&b"bench.queue"[..]));
                    write_deliver(&mut out, 1, consumer, tag, false, b"", key);
                    write_content(&mut out, 1, 131_072, black_box(&[0, 0]), black_box(body));
                }
                black_box(out.len())
            });
        });
    }
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
