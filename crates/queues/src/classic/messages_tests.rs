//! The messages of a queue against a list of them, with so little memory that pages come and go.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use warren_model::message::{Stored, StoredBody};

use bytes::Bytes;
use proptest::prelude::*;
use warren_store::sim::SimFs;
use warren_store::{Drive, Options, Position, Record, Recovery, RefusedBecause};

use crate::classic::messages::Messages;
use crate::classic::runs::{Offer, Taker};
use crate::log::LogHandle;
use crate::pages::held::Held;
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use crate::pages::rows::{HeldRow, RecordRow};
use crate::pages::snapshot::Input;
use warren_model::message::{Body, Message, SHARED_BODY_MIN};

const QUEUE: u64 = 7;

#[derive(Debug, Clone)]
enum Step {
    Push { length: usize, persistent: bool, count: u8 },
    PushRun(Lot),
    PushTaken(Lot),
    PassBy,
    Take(u8),
    TakeRun { most: usize, settle: bool },
    Settle(usize),
    SettleEach(usize),
    PutBack(usize),
    PutAllBack,
    Purge,
    Checkpoint,
    Restart,
}

/// Messages that come together.
#[derive(Debug, Clone, Copy)]
struct Lot {
    length: usize,
    persistent: bool,
    count: u8,
    /// So many one after the other differ in their bodies alone, in length now and then.
    same: u8,
}

fn lot() -> impl Strategy<Value = Lot> {
    let parts = (length(), any::<bool>(), 1..12u8, 1..12u8);
    parts.prop_map(|(length, persistent, count, same)| Lot { length, persistent, count, same })
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..100usize, 4 => 1_000..30_000usize, 2 => 32_768..60_000usize, 1 => 200_000..300_000usize]
}

fn step() -> impl Strategy<Value = Step> {
    let push = (length(), any::<bool>(), 1..8u8);
    prop_oneof![
        8 => push.prop_map(|(length, persistent, count)| Step::Push { length, persistent, count }),
        4 => lot().prop_map(Step::PushRun),
        2 => lot().prop_map(Step::PushTaken),
        1 => Just(Step::PassBy),
        6 => (1..12u8).prop_map(Step::Take),
        6 => (0..12usize, any::<bool>()).prop_map(|(most, settle)| Step::TakeRun { most, settle }),
        6 => any::<usize>().prop_map(Step::Settle),
        2 => (1..12usize).prop_map(Step::SettleEach),
        3 => any::<usize>().prop_map(Step::PutBack),
        1 => Just(Step::PutAllBack),
        1 => Just(Step::Purge),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Restart),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    sequence: u64,
    /// Messages with the same one differ in their bodies alone.
    head: u64,
    length: usize,
    persistent: bool,
    redelivered: bool,
}

/// What the messages must be.
#[derive(Debug, Default)]
struct Model {
    ready: VecDeque<Entry>,
    out: Vec<(Held, Entry)>,
    next: u64,
    delivered: Option<u64>,
}

impl Model {
    fn next(&mut self, length: usize, persistent: bool) -> Entry {
        let sequence = self.next;
        self.next += 1;
        Entry { sequence, head: sequence, length, persistent, redelivered: false }
    }

    fn next_lot(&mut self, lot: Lot) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for at in 0..lot.count {
            let entry = self.next(lot.length + usize::from(at % 4 == 3), lot.persistent);
            let before = entries.last().filter(|_| at % lot.same != 0);
            entries.push(Entry { head: before.map_or(entry.head, |before| before.head), ..entry });
        }
        entries
    }

    fn deliver(&mut self, held: Held, entry: Entry) {
        if entry.persistent {
            self.delivered = self.delivered.max(Some(entry.sequence));
        }
        self.out.push((held, entry));
    }

    fn put_back(&mut self, entry: Entry) {
        let at = self.ready.partition_point(|other| other.sequence < entry.sequence);
        self.ready.insert(at, Entry { redelivered: true, ..entry });
    }

    fn restart(&mut self) {
        for (_, entry) in std::mem::take(&mut self.out) {
            self.put_back(entry);
        }
        self.ready.retain(|entry| entry.persistent);
        for entry in &mut self.ready {
            entry.redelivered = self.delivered.is_some_and(|until| entry.sequence <= until);
        }
    }
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

/// Takes messages in a row that must be those of the model.
struct Taking<'r> {
    model: &'r mut Model,
    likes: &'r mut usize,
    most: usize,
    settle: bool,
    taken: usize,
    before: Option<Entry>,
}

impl Taking<'_> {
    fn taken(&mut self, held: Held, expected: Entry) {
        match self.settle {
            false => self.model.deliver(held, expected),
            true if expected.persistent => {
                self.model.delivered = self.model.delivered.max(Some(expected.sequence));
            }
            true => {}
        }
        self.taken += 1;
        self.before = Some(expected);
    }
}

impl Taker for Taking<'_> {
    fn take(&mut self, offer: &Offer<'_>) -> bool {
        if self.taken == self.most {
            return false;
        }
        let expected = self.model.ready.pop_front().expect("nothing is ready");
        check_message(&expected, offer.held.sequence, offer.redelivered, offer.stored);
        self.taken(offer.held, expected);
        true
    }

    fn take_row(&mut self, row: &mut RecordRow<'_>) {
        let row = row.take(self.most - self.taken);
        let before = self.before.expect("there is one before it");
        for (held, body) in row.held.iter().zip(row.bodies().iter()) {
            let expected = self.model.ready.pop_front().expect("nothing is ready");
            let found = (held.sequence, held.body_len as usize, held.persistent);
            assert_eq!(found, (expected.sequence, expected.length, expected.persistent));
            assert_eq!(body, content(&expected), "the body of {expected:?}");
            let (head, redelivered) = (expected.head, expected.redelivered);
            assert_eq!(
                (head, redelivered),
                (before.head, before.redelivered),
                "{expected:?} does not continue the row of {before:?}"
            );
            *self.likes += 1;
            self.taken(held, expected);
        }
    }
}

struct Run {
    messages: Messages,
    memory: PageMemory,
    log_handle: LogHandle,
    budget: usize,
    model: Model,
    /// How many messages were taken as continuing a row.
    likes: usize,
}

impl Run {
    fn new(budget: usize) -> Self {
        let log_handle = log_handle();
        let memory = PageMemory::with_budget(log_handle.clone(), budget);
        Self {
            messages: Messages::new(QUEUE, 0),
            memory,
            log_handle,
            budget,
            model: Model::default(),
            likes: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Push { length, persistent, count } => {
                for _ in 0..count {
                    let entry = self.model.next(length, persistent);
                    with_message(&entry, |message| {
                        self.messages.push(message, Times::default(), &self.memory)
                    });
                    self.model.ready.push_back(entry);
                }
            }
            Step::PushRun(lot) => {
                let (entries, mut annotated) = (self.model.next_lot(lot), Vec::new());
                with_run(&entries, |run| {
                    let note = |run: &[Message<'_>], first| annotated.extend((first..).take(run.len()));
                    self.messages.push_run(run, Times::default(), &self.memory, note);
                });
                assert!(entries.iter().map(|entry| entry.sequence).eq(annotated));
                self.model.ready.extend(entries);
            }
            Step::PushTaken(lot) if self.model.ready.is_empty() => self.push_taken(lot),
            Step::PassBy if self.model.ready.is_empty() => {
                let entry = self.model.next(1, false);
                assert_eq!(self.messages.skip_sequences(1), entry.sequence);
            }
            Step::PushTaken(_) | Step::PassBy => {}
            Step::Take(count) => (0..count).for_each(|_| self.take()),
            Step::TakeRun { most, settle } => drop(self.take_run(most, settle)),
            Step::SettleEach(count) => {
                let count = count.min(self.model.out.len());
                let entries: Vec<_> = self.model.out.drain(..count).map(|(held, _)| held).collect();
                entries
                    .chunk_by(|a, b| a.place.page == b.place.page)
                    .for_each(|run| self.messages.settle_run(run, &self.memory));
            }
            Step::Settle(index) => {
                if let Some((held, _)) = self.remove(index) {
                    self.messages.settle(&held, &self.memory);
                }
            }
            Step::PutBack(index) => {
                if let Some((held, entry)) = self.remove(index) {
                    self.messages.put_back(&held);
                    self.model.put_back(entry);
                }
            }
            Step::PutAllBack => {
                while let Some((held, entry)) = self.remove(0) {
                    self.messages.put_back(&held);
                    self.model.put_back(entry);
                }
            }
            Step::Purge => self.purge(),
            Step::Checkpoint => drop(self.checkpoint()),
            Step::Restart => self.restart(),
        }
        self.check();
    }

    fn push_taken(&mut self, lot: Lot) {
        let entries = self.model.next_lot(lot);
        with_run(&entries, |run| {
            let mut at = 0;
            while let Some((message, behind)) = run[at..].split_first() {
                let held = self.messages.push_taken(message, Times::default(), &self.memory);
                let row = self.messages.push_taken_row(message, message.row_in(behind), Times::default());
                for held in std::iter::once(held).chain(row.iter().flat_map(HeldRow::iter)) {
                    self.model.deliver(held, entries[at]);
                    at += 1;
                }
                self.likes += row.map_or(0, |row| row.len());
            }
        });
    }

    fn remove(&mut self, index: usize) -> Option<(Held, Entry)> {
        let count = self.model.out.len();
        (count > 0).then(|| self.model.out.swap_remove(index % count))
    }

    fn take(&mut self) {
        let Some((taken, stored)) = self.messages.peek(&self.memory) else {
            return assert!(self.model.ready.is_empty(), "{:?}", self.model);
        };
        let expected = self.model.ready.pop_front().expect("nothing is ready");
        check_message(&expected, taken.held.sequence, taken.redelivered, &stored);
        self.messages.take(&taken, &self.memory);
        self.model.deliver(taken.held, expected);
    }

    /// Takes as many as there are in a row, `most` at most. Returns how many.
    fn take_run(&mut self, most: usize, settle: bool) -> usize {
        let (model, likes) = (&mut self.model, &mut self.likes);
        let mut taking = Taking { model, likes, most, settle, taken: 0, before: None };
        self.messages.take_run(settle, &self.memory, &mut taking);
        taking.taken
    }

    fn purge(&mut self) {
        let mut dropped = Vec::new();
        let count = self.messages.purge(&self.memory, |held| dropped.push(held.sequence));
        let expected: Vec<_> = self.model.ready.iter().map(|entry| entry.sequence).collect();
        assert_eq!((count, dropped), (expected.len() as u64, expected));
        let persistent = self.model.ready.iter().filter(|entry| entry.persistent);
        self.model.delivered = self.model.delivered.max(persistent.map(|entry| entry.sequence).max());
        self.model.ready.clear();
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        let condemned = self.memory.take_condemned();
        let mut document = Vec::new();
        self.messages.snapshot(&mut document, &self.memory).unwrap();
        condemned.into_iter().for_each(|(queue, page)| self.memory.delete(queue, page));
        document
    }

    fn restart(&mut self) {
        let document = self.checkpoint();
        self.memory = PageMemory::with_budget(self.log_handle.clone(), self.budget);
        self.messages = Messages::new(QUEUE, 0);
        self.messages.restore(&mut Input(&document), &self.memory).unwrap();
        self.messages.end_restore(&self.memory);
        let kept = self.messages.segment_numbers();
        for info in self.log_handle.segments().unwrap().list(QUEUE).unwrap() {
            if !kept.contains(&info.segment) {
                self.memory.delete(QUEUE, info.segment);
            }
        }
        self.memory.take_condemned();
        self.model.restart();
    }

    fn check(&self) {
        let bytes =
            |entries: &mut dyn Iterator<Item = &Entry>| entries.map(|entry| entry.length as u64).sum();
        let (ready, out) = (&self.model.ready, &self.model.out);
        let expected: [u64; 4] = [
            ready.len() as u64,
            bytes(&mut ready.iter()),
            out.len() as u64,
            bytes(&mut out.iter().map(|(_, entry)| entry)),
        ];
        let (messages, memory) = (&self.messages, &self.memory);
        let found =
            [messages.ready(), messages.ready_bytes(), messages.unsettled(), messages.unsettled_bytes()];
        assert_eq!(found, expected, "ready, its bytes, unsettled, its bytes");
        for page in &messages.pages {
            // One that a checkpoint brought back is not written to. Large bodies do not count before they are in it.
            let (len, full) = (page.len() as usize, page.full);
            let may_be = full == 0 || page.sequences.0 == page.sequences.1;
            assert!(may_be || len <= full, "records of {len} bytes in a page for {full}");
        }
        let sealed: usize = messages.pages.iter().filter(|page| page.sealed).map(|page| page.memory()).sum();
        assert_eq!(memory.resident(), sealed, "memory of full pages");
    }

    fn finish(mut self) {
        while !self.model.ready.is_empty() {
            self.take();
        }
        while let Some((held, _)) = self.remove(0) {
            self.messages.settle(&held, &self.memory);
        }
        self.check();
        assert_eq!(self.messages.memory(), 0, "memory of an empty queue");
        self.checkpoint();
        self.checkpoint();
        let left = self.log_handle.segments().unwrap().list(QUEUE).unwrap();
        assert!(left.is_empty(), "segments of an empty queue: {left:?}");
    }
}

fn check_message(expected: &Entry, sequence: u64, redelivered: bool, stored: &Stored<'_>) {
    let (length, persistent) = (stored.body.len(), stored.persistent);
    assert_eq!(Entry { sequence, head: expected.head, length, persistent, redelivered }, *expected);
    let body = match stored.body {
        StoredBody::Inline(body) => body,
        StoredBody::Shared(body) => body,
    };
    assert_eq!(body, content(expected), "the body of {expected:?}");
    assert_eq!(stored.annotated, annotated(expected.head));
    assert_eq!(stored.routing_key, expected.head.to_string().as_bytes());
}

fn content(entry: &Entry) -> Vec<u8> {
    (0..entry.length).map(|at| (entry.sequence as usize * 31 + at) as u8).collect()
}

/// Few messages have notes.
fn annotated(sequence: u64) -> bool {
    sequence.is_multiple_of(3)
}

fn with_message<T>(entry: &Entry, with: impl FnOnce(&Message<'_>) -> T) -> T {
    with_run(std::slice::from_ref(entry), |run| with(&run[0]))
}

/// Messages as one read brings them: what is the same in those of a row lies in the same place.
fn with_run<T>(entries: &[Entry], with: impl FnOnce(&[Message<'_>]) -> T) -> T {
    let keys: BTreeMap<_, _> = entries.iter().map(|entry| (entry.head, entry.head.to_string())).collect();
    let bodies: Vec<_> = entries.iter().map(content).collect();
    let mut run = Vec::new();
    for (entry, body) in entries.iter().zip(&bodies) {
        run.push(Message {
            exchange: "exchange",
            routing_key: &keys[&entry.head],
            properties: &[0; 2],
            body: match body.len() {
                SHARED_BODY_MIN.. => Body::Shared(Bytes::from(body.clone())),
                _ => Body::Inline(body),
            },
            frames: &[],
            persistent: entry.persistent,
            mandatory: false,
            annotated: annotated(entry.head),
        });
    }
    with(&run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_are_a_list_whatever_the_memory(
        budget in prop_oneof![Just(0usize), Just(300_000), Just(usize::MAX)],
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut run = Run::new(budget);
        steps.iter().for_each(|step| run.step(step));
        run.finish();
    }
}

/// Memory of a queue far over the budget: a few pages, whether it is read, held unsettled, or put back.
#[test]
fn memory_is_bounded_in_every_phase() {
    let mut run = Run::new(300_000);
    let bound = |run: &Run, when: &str| {
        assert!(run.messages.memory() < 5 * 300_000, "{} bytes {when}", run.messages.memory());
    };
    for _ in 0..200 {
        run.step(&Step::Push { length: 20_000, persistent: false, count: 1 });
    }
    bound(&run, "at rest");
    for _ in 0..200 {
        run.step(&Step::Take(1));
        bound(&run, "while it is read");
    }
    run.step(&Step::PutAllBack);
    for _ in 0..200 {
        run.step(&Step::Take(1));
        bound(&run, "while it is redelivered");
    }
    for _ in 0..200 {
        run.step(&Step::PushTaken(Lot { length: 20_000, persistent: true, count: 1, same: 1 }));
        bound(&run, "while consumers hold everything");
    }
    run.finish();
}

/// What lies in a page in memory is taken together.
#[test]
fn a_run_is_as_long_as_it_can_be() {
    let mut run = Run::new(usize::MAX);
    run.step(&Step::Push { length: 100, persistent: true, count: 7 });
    assert_eq!(run.take_run(3, false), 3);
    run.step(&Step::PutBack(1));
    assert_eq!(run.take_run(9, false), 0, "what was put back comes first");
    run.take();
    assert_eq!(run.take_run(9, true), 4);
    assert_eq!(run.take_run(9, true), 0);
    run.check();
    run.finish();
}

/// What the records say of one another is of use only as long as nothing comes between.
#[test]
fn a_run_tells_what_continues_a_row() {
    let mut run = Run::new(usize::MAX);
    for _ in 0..3 {
        run.step(&Step::PushRun(Lot { length: 10, persistent: true, count: 3, same: 3 }));
    }
    assert_eq!(run.take_run(2, false), 2);
    assert_eq!(run.likes, 1, "the second");
    assert_eq!(run.take_run(9, false), 7);
    assert_eq!(
        run.likes,
        1 + 4,
        "the two behind each that begins a lot; the first that is taken continues none"
    );
    run.step(&Step::PutAllBack);
    run.step(&Step::Restart);
    assert_eq!(run.take_run(9, true), 9);
    assert_eq!(run.likes, 5 + 6);
    run.finish();
}
