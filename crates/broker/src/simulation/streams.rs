//! Streams on a disk that fails: what any consumer has seen at an offset is there for ever, and what was confirmed is not
//! lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use warren_model::value::{FieldTable, FieldValue};
use warren_store::sim::{Crash, Random, SimFs};

use super::client::{CONFIRMING, Client, Heard, number, with_message};
use super::world::open;
use crate::effects::Effects;
use crate::queues::{ConsumerSettings, QueueSettings};
use crate::state::node::broker::Broker;

/// One stream keeps everything, the other one little.
const STREAMS: [&str; 2] = ["all", "some"];
const CLIENTS: usize = 3;

/// A client that publishes to the streams and reads one of them.
struct Reader {
    client: Client,
    stream: usize,
    /// The offset that comes next at the earliest.
    next: u64,
    unacked: Vec<u64>,
    published: u64,
    /// Numbers of messages by the number of their confirm.
    unconfirmed: BTreeMap<u64, (usize, u64)>,
}

pub(super) struct World {
    random: Random,
    fs: SimFs,
    broker: Arc<Broker>,
    readers: Vec<Reader>,
    /// What was seen in each stream: number of the message by offset.
    seen: [BTreeMap<u64, u64>; 2],
    /// Numbers of the messages of the first stream that were confirmed.
    confirmed: BTreeSet<u64>,
    next_id: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let fs = SimFs::new(seed);
        let mut random = Random::new(seed);
        let broker = open(&fs, &mut random);
        let (seen, confirmed) = (Default::default(), BTreeSet::new());
        let mut world = Self { random, fs, broker, readers: Vec::new(), seen, confirmed, next_id: 1 };
        world.declare();
        world.connect();
        world
    }

    pub(super) fn play(mut self) {
        for _ in 0..1 + self.random.below(3) {
            if self.random.one_in(2) {
                self.fs.crash_at(self.fs.operations() + 1 + self.random.below(100));
            }
            for _ in 0..10 + self.random.below(120) {
                self.step();
                if self.fs.is_down() || self.broker.log_handle().check().is_err() {
                    break;
                }
            }
            self.restart();
        }
    }

    fn declare(&mut self) {
        let client = Client::new(&self.broker, 99);
        for stream in STREAMS {
            let mut arguments: FieldTable = [("x-queue-type", "stream")].into_iter().collect();
            if stream == "some" {
                arguments.insert("x-max-length-bytes", 60_000);
                arguments.insert("x-stream-max-segment-size-bytes", 10_000);
            }
            let settings = QueueSettings { durable: true, arguments, ..QueueSettings::default() };
            let declared = client.principal.declare_queue(stream, settings).unwrap();
            let store = self.broker.log_handle().store().expect("a store");
            store.wait_durable(declared.position.expect("recorded")).unwrap();
        }
    }

    fn connect(&mut self) {
        for id in 0..CLIENTS {
            let stream = id % STREAMS.len();
            let starts = [
                FieldValue::from("first"),
                "next".into(),
                "last".into(),
                FieldValue::LongLongInt(self.random.below(50) as i64),
            ];
            let start = starts[self.random.below(4) as usize].clone();
            let client = self.reader(id as u64 + 1, STREAMS[stream], start, 5);
            let unconfirmed = BTreeMap::new();
            let unacked = Vec::new();
            self.readers.push(Reader { client, stream, next: 0, unacked, published: 0, unconfirmed });
        }
    }

    /// A client that consumes.
    fn reader(&self, id: u64, stream: &str, start: FieldValue, prefetch: u16) -> Client {
        let mut client = Client::new(&self.broker, id);
        client.confirming.set_prefetch(prefetch, false, &mut client.effects);
        let arguments = [("x-stream-offset", start)].into_iter().collect();
        let settings = ConsumerSettings { tag: "reader".into(), arguments, ..ConsumerSettings::default() };
        client.confirming.consume(stream, settings, true, &mut client.effects).unwrap();
        client
    }

    fn step(&mut self) {
        let who = self.random.below(CLIENTS as u64) as usize;
        match self.random.below(20) {
            0..=6 => self.publish(who),
            7..=10 => self.end_batch(who),
            11..=13 => drop(self.broker.log_handle().store().expect("a store").drive()),
            14..=18 => self.read(who),
            _ => drop(self.broker.checkpoint()),
        }
        (0..CLIENTS).for_each(|who| self.hear(who));
    }

    fn publish(&mut self, who: usize) {
        for _ in 0..1 + self.random.below(6) {
            let id = self.next_id;
            self.next_id += 1;
            let length = match self.random.below(10) {
                0 => 40_000,
                1..=3 => 5_000 + self.random.below(5_000) as usize,
                _ => 8 + self.random.below(100) as usize,
            };
            let (stream, persistent) = (self.random.below(2) as usize, self.random.one_in(2));
            let Reader { client, published, unconfirmed, .. } = &mut self.readers[who];
            let Client { confirming, effects, .. } = client;
            with_message(id, length, persistent, ("", STREAMS[stream]), |run| {
                confirming.publish(run, effects)
            })
            .unwrap();
            *published += 1;
            unconfirmed.insert(*published, (stream, id));
        }
    }

    fn end_batch(&mut self, who: usize) {
        let Client { confirming, effects, .. } = &mut self.readers[who].client;
        let position = effects.append();
        confirming.settle_confirms(position, effects);
        effects.finish();
    }

    /// Acknowledges some of what was read, and lets more come.
    fn read(&mut self, who: usize) {
        let reader = &mut self.readers[who];
        reader.client.wake_up();
        let count = self.random.below(reader.unacked.len() as u64 + 1) as usize;
        for tag in reader.unacked.drain(..count) {
            let Client { confirming, effects, .. } = &mut reader.client;
            confirming.ack(tag, false, effects).unwrap();
            confirming.apply_acks(effects);
        }
    }

    fn hear(&mut self, who: usize) {
        for heard in self.readers[who].client.hear() {
            let reader = &mut self.readers[who];
            match heard {
                Heard::Confirmed { tag, multiple } => {
                    let later = reader.unconfirmed.split_off(&(tag + 1));
                    let mut answered = std::mem::replace(&mut reader.unconfirmed, later);
                    if !multiple {
                        let only = answered.split_off(&tag);
                        reader.unconfirmed.append(&mut answered);
                        answered = only;
                    }
                    let kept = answered.into_values().filter(|(stream, _)| *stream == 0);
                    self.confirmed.extend(kept.map(|(_, id)| id));
                }
                Heard::Delivery { channel: CONFIRMING, tag, redelivered, offset, body, .. } => {
                    let offset = offset.expect("an offset");
                    assert!(offset >= reader.next && !redelivered, "{offset} after {}", reader.next);
                    reader.next = offset + 1;
                    reader.unacked.push(tag);
                    let stream = reader.stream;
                    self.saw(stream, offset, number(&body));
                }
                _ => {}
            }
        }
    }

    fn saw(&mut self, stream: usize, offset: u64, id: u64) {
        let before = *self.seen[stream].entry(offset).or_insert(id);
        assert_eq!(before, id, "the message at {offset} of {}", STREAMS[stream]);
    }

    fn restart(&mut self) {
        let store = Arc::clone(self.broker.log_handle().store().expect("a store"));
        if !self.fs.is_down() && self.random.one_in(4) {
            (0..CLIENTS).for_each(|who| self.end_batch(who));
            let _ = self.broker.checkpoint().is_ok() && store.close().is_ok();
        }
        self.readers.clear();
        let crash = if self.random.one_in(3) { Crash::Process } else { Crash::Power };
        self.fs.restart(crash);
        self.broker = open(&self.fs, &mut self.random);
        for stream in 0..STREAMS.len() {
            self.take_stock(stream);
        }
        self.connect();
    }

    /// Reads a whole stream and holds it against what was seen and confirmed.
    fn take_stock(&mut self, stream: usize) {
        let mut client = self.reader(99, STREAMS[stream], "first".into(), 0xffff);
        let (mut found, mut ids) = (BTreeMap::new(), BTreeSet::new());
        loop {
            let heard = client.hear();
            if heard.is_empty() {
                break;
            }
            for heard in heard {
                let Heard::Delivery { offset: Some(offset), body, .. } = heard else { continue };
                let id = number(&body);
                assert!(found.last_key_value().is_none_or(|(last, _)| *last < offset), "{offset} in order");
                assert!(ids.insert(id), "message {id} is there twice");
                found.insert(offset, id);
            }
            client.wake_up();
        }
        client.confirming.close(&mut client.effects);
        Effects::new(self.broker.log_handle().clone()).finish();
        let counts = self.broker.vhost("/").unwrap().queue(STREAMS[stream]).unwrap().counts();
        assert_eq!(counts.ready as usize, found.len(), "messages in {}", STREAMS[stream]);
        let first = match stream {
            0 => 0,
            _ => found.first_key_value().map_or(0, |(first, _)| *first),
        };
        for (offset, id) in self.seen[stream].range(first..) {
            assert_eq!(found.get(offset), Some(id), "the message at {offset} of {}", STREAMS[stream]);
        }
        if stream == 0 {
            let lost: Vec<_> = self.confirmed.difference(&ids).collect();
            assert!(lost.is_empty(), "confirmed, and lost: {lost:?}");
        }
        self.seen[stream] = found;
    }
}
