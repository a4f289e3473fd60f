//! A stream's log against a list of messages, with so little memory that segments come and go.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use warren_model::message::StoredBody;

use bytes::Bytes;
use proptest::prelude::*;
use warren_store::sim::SimFs;
use warren_store::{Drive, Options, Position, Record, Recovery, RefusedBecause};

use crate::classic::messages::Messages;
use crate::log::LogHandle;
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use crate::pages::snapshot::Input;
use crate::stream::log::{Cursor, StreamLog};
use crate::stream::retention::Limits;
use warren_model::message::{Body, Message, SHARED_BODY_MIN};

const QUEUE: u64 = 7;
const READERS: usize = 3;
/// Of the checkpoints.
const VERSION: u16 = 2;

#[derive(Debug, Clone)]
enum Step {
    Push {
        length: usize,
        count: u8,
    },
    /// Messages that the log does not take.
    PushRefused {
        count: u8,
    },
    Wait(u16),
    Read {
        reader: usize,
        count: u8,
    },
    Seek {
        reader: usize,
        part: u8,
    },
    SeekTime {
        reader: usize,
        part: u8,
    },
    Retain {
        bytes: Option<u32>,
        age: Option<u16>,
    },
    Checkpoint,
    /// A clean stop, or a crash: the last checkpoint, and what was logged since then.
    Restart {
        clean: bool,
        late: u8,
    },
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..100usize, 4 => 1_000..30_000usize, 2 => 32_768..60_000usize, 1 => 200_000..300_000usize]
}

fn step() -> impl Strategy<Value = Step> {
    let (reader, part) = (0..READERS, any::<u8>());
    let limits = (prop::option::of(0..900_000u32), prop::option::of(0..500u16));
    prop_oneof![
        8 => (length(), 1..8u8).prop_map(|(length, count)| Step::Push { length, count }),
        1 => (1..4u8).prop_map(|count| Step::PushRefused { count }),
        3 => (0..200u16).prop_map(Step::Wait),
        8 => (reader.clone(), 1..12u8).prop_map(|(reader, count)| Step::Read { reader, count }),
        2 => (reader.clone(), part).prop_map(|(reader, part)| Step::Seek { reader, part }),
        2 => (reader, any::<u8>()).prop_map(|(reader, part)| Step::SeekTime { reader, part }),
        1 => limits.prop_map(|(bytes, age)| Step::Retain { bytes, age }),
        1 => Just(Step::Checkpoint),
        2 => (any::<bool>(), any::<u8>()).prop_map(|(clean, late)| Step::Restart { clean, late }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    offset: u64,
    length: usize,
    at: u64,
}

/// What the log of the broker says.
#[derive(Debug, Clone, Copy)]
enum Logged {
    Message(Entry),
    Gone(u64, u64),
}

struct Nothing;

impl Recovery for Nothing {
    fn checkpoint(&mut self, _: &[u8]) -> Result<(), RefusedBecause> {
        Ok(())
    }

    fn apply(&mut self, _: Position, _: Record<'_>) -> Result<(), RefusedBecause> {
        Ok(())
    }
}

fn log_handle() -> LogHandle {
    let mut options = Options::default();
    (options.drive, options.salt) = (Drive::Caller, Some(1));
    let opened = warren_store::open(Path::new("/data"), Arc::new(SimFs::new(1)), options, &mut Nothing);
    let log_handle = LogHandle::default();
    let store = opened.unwrap().0;
    let segments = Arc::clone(store.segments());
    log_handle.attach(Arc::new(store), &segments);
    log_handle
}

struct Run {
    log: StreamLog,
    memory: PageMemory,
    log_handle: LogHandle,
    budget: usize,
    limits: Limits,
    now: u64,
    model: VecDeque<Entry>,
    readers: [Cursor; READERS],
    checkpoint: Vec<u8>,
    logged: Vec<Logged>,
}

impl Run {
    fn new(budget: usize, segment_bytes: Option<u64>) -> Self {
        let (log_handle, limits) = (log_handle(), Limits { segment_bytes, ..Limits::default() });
        let mut run = Self {
            log: StreamLog::new(QUEUE, limits),
            memory: PageMemory::with_budget(log_handle.clone(), budget),
            log_handle,
            budget,
            limits,
            now: 1_000,
            model: VecDeque::new(),
            readers: [Cursor::default(); READERS],
            checkpoint: Vec::new(),
            logged: Vec::new(),
        };
        run.checkpoint();
        run
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Push { length, count } => (0..count).for_each(|_| self.push(length)),
            Step::PushRefused { count } => self.push_refused(count),
            Step::Wait(time) => self.now += u64::from(time),
            Step::Read { reader, count } => (0..count).for_each(|_| _ = self.read(reader)),
            Step::Seek { reader, part } => {
                self.readers[reader] = self.log.seek(self.log.next_offset * u64::from(part) / 255);
            }
            Step::SeekTime { reader, part } => self.seek_time(reader, part),
            Step::Retain { bytes, age } => self.retain(bytes, age),
            Step::Checkpoint => self.checkpoint(),
            Step::Restart { clean, late } => self.restart(clean, usize::from(late)),
        }
        self.check();
    }

    fn push(&mut self, length: usize) {
        let entry = Entry { offset: self.log.next_offset, length, at: self.now };
        let (offset, _) = with_message(&entry, |message| self.log.push(message, self.now, &self.memory));
        assert_eq!(offset, entry.offset);
        self.model.push_back(entry);
        self.logged.push(Logged::Message(entry));
    }

    fn push_refused(&mut self, count: u8) {
        let first = self.log.next_offset;
        for _ in 0..count {
            let entry = Entry { offset: self.log.next_offset, length: 10, at: self.now };
            with_message(&entry, |message| self.log.push(message, self.now, &self.memory));
        }
        self.log.discard(first, self.log.next_offset - 1, &self.memory);
    }

    /// Reads one message and compares it with the first that the reader has not had.
    fn read(&mut self, reader: usize) -> Option<Entry> {
        let cursor = &mut self.readers[reader];
        let expected = self.model.iter().find(|entry| entry.offset >= cursor.offset).copied();
        let found = self.log.advance(cursor, self.log.next_offset, &self.memory);
        assert_eq!(found, expected.is_some(), "at {cursor:?}, expected {expected:?}");
        let (record, expected) = (self.log.record(cursor).filter(|_| found)?, expected?);
        assert_eq!((record.sequence, record.times.arrived_at), (expected.offset, expected.at));
        let body = match record.stored.body {
            StoredBody::Inline(body) => body,
            StoredBody::Shared(body) => body,
        };
        assert!(body == content(&expected), "the body of {expected:?}");
        let size = record.size;
        cursor.pass(expected.offset, size);
        Some(expected)
    }

    fn seek_time(&mut self, reader: usize, part: u8) {
        let at = self.now * u64::from(part) / 255;
        self.readers[reader] = self.log.seek_time(at, &self.memory);
        let expected = self.model.iter().find(|entry| entry.at >= at).copied();
        assert_eq!(self.read(reader), expected, "the first message since {at}");
    }

    fn retain(&mut self, bytes: Option<u32>, age: Option<u16>) {
        self.limits = Limits { max_bytes: bytes.map(u64::from), max_age: age.map(u64::from), ..self.limits };
        self.log.set_limits(self.limits);
        let dropped = self.log.retain(self.now, &self.memory);
        if let Some((first, last)) = dropped {
            assert!(self.model.iter().all(|entry| entry.offset >= first), "{first} is not the first");
            self.model.retain(|entry| entry.offset > last);
            self.logged.push(Logged::Gone(first, last));
        }
        let one = self.log.segments.len() <= 1;
        assert!(one || bytes.is_none_or(|bytes| self.log.weight <= u64::from(bytes)), "too large");
        let oldest = self.log.segments.front().map_or(self.now, |segment| segment.last_at);
        assert!(one || age.is_none_or(|age| self.now - oldest <= u64::from(age)), "too old");
    }

    fn checkpoint(&mut self) {
        let condemned = self.memory.take_condemned();
        self.checkpoint.clear();
        self.log.snapshot(&mut self.checkpoint, &self.memory).unwrap();
        condemned.into_iter().for_each(|(queue, page)| self.memory.delete(queue, page));
        self.logged.clear();
    }

    /// `late` tells which message comes back behind the one that followed it.
    fn restart(&mut self, clean: bool, late: usize) {
        if clean {
            self.checkpoint();
        }
        self.memory = PageMemory::with_budget(self.log_handle.clone(), self.budget);
        self.log = StreamLog::new(QUEUE, self.limits);
        self.log.restore(&mut Input(&self.checkpoint), VERSION, &self.memory).unwrap();
        let mut logged = self.logged.clone();
        if let [.., Logged::Message(_), Logged::Message(_)] = logged[..logged.len().min(late)] {
            let at = logged.len().min(late) - 1;
            logged.swap(at - 1, at);
        }
        for entry in logged {
            match entry {
                Logged::Message(entry) => with_message(&entry, |message| {
                    self.log.restore_message(message, entry.offset, entry.at, &self.memory);
                }),
                Logged::Gone(first, last) => self.log.restore_settled(first, last),
            }
        }
        self.log.end_restore(0, &self.memory);
        let kept: Vec<_> = self.log.saved().collect();
        for info in self.log_handle.segments().unwrap().list(QUEUE).unwrap() {
            if !kept.contains(&info.segment) {
                self.memory.delete(QUEUE, info.segment);
            }
        }
        self.memory.take_condemned();
        self.log.relieve(&self.memory);
        self.readers = self.readers.map(|cursor| self.log.seek(cursor.offset));
        // Recovery ends with a checkpoint.
        self.checkpoint();
    }

    fn check(&self) {
        let (log, model) = (&self.log, &self.model);
        assert_eq!(log.messages, model.len() as u64, "messages");
        if !log.segments.iter().any(|segment| segment.page.guessed) {
            let bytes: u64 = model.iter().map(|entry| entry.length as u64).sum();
            assert_eq!(log.bytes, bytes, "bytes");
        }
        let weight: u64 = log.segments.iter().map(|segment| segment.weight).sum();
        assert_eq!(log.weight, weight, "length of all segments");
        let sealed = log.segments.iter().filter(|segment| segment.page.sealed);
        let memory: usize = sealed.map(|segment| segment.page.memory()).sum();
        assert_eq!(self.memory.resident(), memory, "memory of full segments");
    }

    fn finish(mut self) {
        for reader in 0..READERS {
            self.readers[reader] = self.log.seek(0);
            let count = (0..).take_while(|_| self.read(reader).is_some()).count();
            assert_eq!(count, self.model.len());
        }
        self.check();
        self.log.clear(&self.memory);
        assert_eq!((self.log.memory(), self.memory.resident()), (0, 0), "memory of a stream that is gone");
        self.checkpoint();
        let left = self.log_handle.segments().unwrap().list(QUEUE).unwrap();
        assert!(left.is_empty(), "segments of a stream that is gone: {left:?}");
    }
}

fn content(entry: &Entry) -> Vec<u8> {
    let mut content = vec![entry.offset as u8; entry.length];
    content.iter_mut().zip(entry.offset.to_le_bytes()).for_each(|(byte, part)| *byte = part);
    content
}

fn with_message<T>(entry: &Entry, with: impl FnOnce(&Message<'_>) -> T) -> T {
    let (body, key) = (content(entry), entry.offset.to_string());
    with(&Message {
        exchange: "exchange",
        routing_key: &key,
        properties: &[0; 2],
        body: match body.len() {
            SHARED_BODY_MIN.. => Body::Shared(Bytes::from(body)),
            _ => Body::Inline(&body),
        },
        frames: &[],
        persistent: false,
        mandatory: false,
        annotated: false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_stream_is_a_list_whatever_the_memory(
        budget in prop_oneof![Just(0usize), Just(1_500_000), Just(usize::MAX)],
        segment_bytes in prop::option::of(1..300_000u64),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut run = Run::new(budget, segment_bytes);
        steps.iter().for_each(|step| run.step(step));
        run.finish();
    }
}

/// Memory of a stream far over the budget, read by several at different places.
#[test]
fn memory_is_bounded_however_many_read() {
    let mut run = Run::new(300_000, None);
    for _ in 0..600 {
        run.step(&Step::Push { length: 20_000, count: 1 });
        assert!(run.log.memory() < 8 * 300_000, "{} bytes while it is written", run.log.memory());
    }
    for part in 0..READERS {
        run.step(&Step::Seek { reader: part, part: part as u8 * 80 });
    }
    for step in 0..600 {
        run.step(&Step::Read { reader: step % READERS, count: 3 });
        assert!(run.log.memory() < 8 * 300_000, "{} bytes while it is read", run.log.memory());
    }
    run.finish();
}

/// The first version took the declaration of a stream for that of a classic queue.
#[test]
fn a_checkpoint_of_before_there_were_streams_is_read() {
    let log_handle = log_handle();
    let memory = PageMemory::with_budget(log_handle.clone(), usize::MAX);
    let mut queue = Messages::new(QUEUE, 0);
    let entries: Vec<_> = (0..50).map(|offset| Entry { offset, length: 9_000, at: 0 }).collect();
    for entry in &entries {
        with_message(entry, |message| {
            queue.push(&Message { persistent: true, ..message.clone() }, Times::default(), &memory)
        });
    }
    let mut document = Vec::new();
    queue.snapshot(&mut document, &memory).unwrap();
    let mut run = Run::new(usize::MAX, None);
    (run.memory, run.log_handle) = (PageMemory::with_budget(log_handle.clone(), usize::MAX), log_handle);
    run.log.restore(&mut Input(&document), 1, &run.memory).unwrap();
    run.log.end_restore(0, &run.memory);
    run.model = entries.into();
    for _ in 0..50 {
        assert!(run.read(0).is_some());
    }
    run.step(&Step::Push { length: 10, count: 1 });
    assert_eq!(run.read(0).map(|entry| entry.offset), Some(50));
}
