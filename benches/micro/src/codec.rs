//! Reading what publishers and consumers send, and writing what consumers get.

use std::hint::black_box;
use std::sync::Arc;

use warren_amqp091::connection::{Event, RowPattern, ServerConnection, Settings};
use warren_amqp091::constants::PROTOCOL_HEADER;
use warren_amqp091::content::{write_content, write_deliver};
use warren_amqp091::method::{basic, channel, connection};
use warren_model::value::Table;

use crate::{Cases, Work};

/// As many messages as one read of 64 KiB brings.
const MESSAGES: u64 = 700;

pub(crate) const CASES: Cases = &[
    ("decode/publish", MESSAGES, || Decode::new(publishes())),
    ("decode/repeated", MESSAGES, || Box::new(Repeated { connection: opened(), input: publishes() })),
    ("decode/ack", MESSAGES, || Box::new(Acks { connection: opened(), input: acks() })),
    ("encode/deliver", MESSAGES, || Box::new(Encode(Vec::with_capacity(1 << 20)))),
];

struct Decode {
    connection: ServerConnection,
    input: Vec<u8>,
    out: Vec<u8>,
}

impl Decode {
    #[allow(clippy::new_ret_no_self, reason = "a case is a box")]
    fn new(input: Vec<u8>) -> Box<dyn Work> {
        Box::new(Self { connection: opened(), input, out: Vec::new() })
    }
}

impl Work for Decode {
    fn round(&mut self) {
        let (mut at, mut count) = (0, 0);
        while at < self.input.len() {
            match self.connection.handle(&self.input[at..], &mut self.out) {
                Ok((taken, Event::Publish { publish, content, .. })) => {
                    at += taken;
                    black_box((publish.routing_key, content.properties, content.body.as_slice()));
                }
                other => panic!("{other:?}"),
            }
            count += 1;
        }
        assert_eq!(count, MESSAGES);
    }
}

/// Publishes that begin with the same octets, as the server takes them.
struct Repeated {
    connection: ServerConnection,
    input: Vec<u8>,
}

impl Work for Repeated {
    fn round(&mut self) {
        let first = self.connection.handle(&self.input, &mut Vec::new());
        let Ok((mut at, Event::Publish { channel, content, .. })) = first else { panic!("{first:?}") };
        let pattern = RowPattern::of(&self.input[..at], channel, &content).unwrap();
        let mut count = 1;
        while at < self.input.len() {
            let row = self.connection.handle_row(&pattern, &self.input[at..], 128);
            assert!(row.consumed() > 0, "each message begins as the first does");
            at += row.consumed();
            for content in row.contents() {
                count += 1;
                black_box((row.properties(), content));
            }
        }
        assert_eq!(count, MESSAGES);
    }
}

/// Acknowledgements in a row.
struct Acks {
    connection: ServerConnection,
    input: Vec<u8>,
}

impl Work for Acks {
    fn round(&mut self) {
        let (mut at, mut count) = (0, 0);
        while let Some((taken, _, ack)) = self.connection.handle_ack(&self.input[at..]) {
            at += taken;
            count += 1;
            black_box(ack.delivery_tag);
        }
        assert_eq!(count, MESSAGES);
    }
}

struct Encode(Vec<u8>);

impl Work for Encode {
    fn round(&mut self) {
        self.0.clear();
        for tag in 0..MESSAGES {
            let (consumer, key) = (black_box(&b"ctag1.0"[..]), black_box(&b"bench.queue"[..]));
            write_deliver(&mut self.0, 1, consumer, tag, false, b"", key);
            write_content(&mut self.0, 1, 131_072, black_box(&[0, 0]), black_box(&[7; 16]));
        }
        black_box(self.0.len());
    }
}

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

fn publishes() -> Vec<u8> {
    let mut one = Vec::new();
    let publish =
        basic::Publish { exchange: "", routing_key: "bench.queue", mandatory: false, immediate: false };
    publish.write_frame(1, &mut one);
    write_content(&mut one, 1, 131_072, &[0, 0], &[7; 16]);
    one.repeat(MESSAGES as usize)
}

fn acks() -> Vec<u8> {
    let mut all = Vec::new();
    for delivery_tag in 0..MESSAGES {
        basic::Ack { delivery_tag, multiple: false }.write_frame(1, &mut all);
    }
    all
}
