//! The messages of a queue against a list of them, with so little memory that pages come and go.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use warren_store::sim::SimFs;
use warren_store::{Drive, Options, Position, Record, Recovery, RefusedBecause};

use super::messages::{Held, Messages, Stored, StoredBody};
use super::record::Times;
use super::snapshot::Input;
use super::vault::Vault;
use crate::journal::Journal;
use crate::message::{Body, Message, SHARED_BODY_MIN};

const QUEUE: u64 = 7;

#[derive(Debug, Clone)]
enum Step {
    Push { length: usize, persistent: bool, count: u8 },
    PushTaken { length: usize, persistent: bool },
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

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..100usize, 4 => 1_000..30_000usize, 2 => 32_768..60_000usize, 1 => 200_000..300_000usize]
}

fn step() -> impl Strategy<Value = Step> {
    let push = (length(), any::<bool>(), 1..8u8);
    prop_oneof![
        8 => push.prop_map(|(length, persistent, count)| Step::Push { length, persistent, count }),
        2 => (length(), any::<bool>()).prop_map(|(length, persistent)| Step::PushTaken { length, persistent }),
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
        Entry { sequence, length, persistent, redelivered: false }
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

fn journal() -> Journal {
    let mut options = Options::default();
    (options.drive, options.salt) = (Drive::Caller, Some(1));
    let opened = warren_store::open(Path::new("/data"), Arc::new(SimFs::new(1)), options, &mut Nothing);
    let journal = Journal::default();
    journal.attach(Arc::new(opened.unwrap().0));
    journal
}

struct Run {
    messages: Messages,
    vault: Vault,
    journal: Journal,
    budget: usize,
    model: Model,
}

impl Run {
    fn new(budget: usize) -> Self {
        let journal = journal();
        let vault = Vault::with_budget(journal.clone(), budget);
        Self { messages: Messages::new(QUEUE, 0), vault, journal, budget, model: Model::default() }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Push { length, persistent, count } => {
                for _ in 0..count {
                    let entry = self.model.next(length, persistent);
                    with_message(&entry, |message| {
                        self.messages.push(message, Times::default(), &self.vault)
                    });
                    self.model.ready.push_back(entry);
                }
            }
            Step::PushTaken { length, persistent } if self.model.ready.is_empty() => {
                let entry = self.model.next(length, persistent);
                let held = with_message(&entry, |message| {
                    self.messages.push_taken(message, Times::default(), &self.vault)
                });
                self.model.deliver(held, entry);
            }
            Step::PassBy if self.model.ready.is_empty() => {
                let entry = self.model.next(1, false);
                with_message(&entry, |message| self.messages.pass_by(message));
            }
            Step::PushTaken { .. } | Step::PassBy => {}
            Step::Take(count) => (0..count).for_each(|_| self.take()),
            Step::TakeRun { most, settle } => drop(self.take_run(most, settle)),
            Step::SettleEach(count) => {
                let count = count.min(self.model.out.len());
                let entries: Vec<_> = self.model.out.drain(..count).map(|(held, _)| held).collect();
                entries
                    .chunk_by(|a, b| a.place.page == b.place.page)
                    .for_each(|run| self.messages.settle_run(run, &self.vault));
            }
            Step::Settle(index) => {
                if let Some((held, _)) = self.remove(index) {
                    self.messages.settle(&held, &self.vault);
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

    fn remove(&mut self, index: usize) -> Option<(Held, Entry)> {
        let count = self.model.out.len();
        (count > 0).then(|| self.model.out.swap_remove(index % count))
    }

    fn take(&mut self) {
        let Some((taken, stored)) = self.messages.peek(&self.vault) else {
            return assert!(self.model.ready.is_empty(), "{:?}", self.model);
        };
        let expected = self.model.ready.pop_front().expect("nothing is ready");
        check_message(&expected, taken.held.sequence, taken.redelivered, &stored);
        self.messages.take(&taken, &self.vault);
        self.model.deliver(taken.held, expected);
    }

    /// Takes as many as there are in a row, `most` at most. Returns how many.
    fn take_run(&mut self, most: usize, settle: bool) -> usize {
        let (model, mut taken) = (&mut self.model, 0);
        self.messages.take_run(settle, &self.vault, |offer| {
            if taken == most {
                return false;
            }
            let expected = model.ready.pop_front().expect("nothing is ready");
            check_message(&expected, offer.held.sequence, offer.redelivered, &offer.stored);
            match settle {
                false => model.deliver(offer.held, expected),
                true if expected.persistent => model.delivered = model.delivered.max(Some(expected.sequence)),
                true => {}
            }
            taken += 1;
            true
        });
        taken
    }

    fn purge(&mut self) {
        let mut dropped = Vec::new();
        let count = self.messages.purge(&self.vault, |held| dropped.push(held.sequence));
        let expected: Vec<_> = self.model.ready.iter().map(|entry| entry.sequence).collect();
        assert_eq!((count, dropped), (expected.len() as u64, expected));
        let persistent = self.model.ready.iter().filter(|entry| entry.persistent);
        self.model.delivered = self.model.delivered.max(persistent.map(|entry| entry.sequence).max());
        self.model.ready.clear();
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        let condemned = self.vault.take_condemned();
        let mut document = Vec::new();
        self.messages.snapshot(&mut document, &self.vault).unwrap();
        condemned.into_iter().for_each(|(queue, page)| self.vault.delete(queue, page));
        document
    }

    fn restart(&mut self) {
        let document = self.checkpoint();
        self.vault = Vault::with_budget(self.journal.clone(), self.budget);
        self.messages = Messages::new(QUEUE, 0);
        self.messages.restore(&mut Input(&document), &self.vault).unwrap();
        self.messages.end_restore(&self.vault);
        let kept = self.messages.segment_numbers();
        for info in self.journal.store().unwrap().segments().list(QUEUE).unwrap() {
            if !kept.contains(&info.segment) {
                self.vault.delete(QUEUE, info.segment);
            }
        }
        self.vault.take_condemned();
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
        let (messages, vault) = (&self.messages, &self.vault);
        let found =
            [messages.ready(), messages.ready_bytes(), messages.unsettled(), messages.unsettled_bytes()];
        assert_eq!(found, expected, "ready, its bytes, unsettled, its bytes");
        let sealed: usize = messages.pages.iter().filter(|page| page.sealed).map(|page| page.memory()).sum();
        assert_eq!(vault.resident(), sealed, "memory of full pages");
    }

    fn finish(mut self) {
        while !self.model.ready.is_empty() {
            self.take();
        }
        while let Some((held, _)) = self.remove(0) {
            self.messages.settle(&held, &self.vault);
        }
        self.check();
        assert_eq!(self.messages.memory(), 0, "memory of an empty queue");
        self.checkpoint();
        self.checkpoint();
        let left = self.journal.store().unwrap().segments().list(QUEUE).unwrap();
        assert!(left.is_empty(), "segments of an empty queue: {left:?}");
    }
}

fn check_message(expected: &Entry, sequence: u64, redelivered: bool, stored: &Stored<'_>) {
    let (length, persistent) = (stored.body.len(), stored.persistent);
    assert_eq!(Entry { sequence, length, persistent, redelivered }, *expected);
    let body = match stored.body {
        StoredBody::Inline(body) => body,
        StoredBody::Shared(body) => body,
    };
    assert_eq!(body, content(expected), "the body of {expected:?}");
    assert_eq!(stored.noted, noted(expected.sequence));
    assert_eq!(stored.routing_key, expected.sequence.to_string().as_bytes());
}

fn content(entry: &Entry) -> Vec<u8> {
    (0..entry.length).map(|at| (entry.sequence as usize * 31 + at) as u8).collect()
}

/// Few messages have notes.
fn noted(sequence: u64) -> bool {
    sequence.is_multiple_of(3)
}

fn with_message<T>(entry: &Entry, with: impl FnOnce(&Message<'_>) -> T) -> T {
    let (body, key) = (content(entry), entry.sequence.to_string());
    with(&Message {
        exchange: "exchange",
        routing_key: &key,
        properties: &[0; 2],
        body: match body.len() {
            SHARED_BODY_MIN.. => Body::Shared(Bytes::from(body)),
            _ => Body::Inline(&body),
        },
        frames: &[],
        persistent: entry.persistent,
        mandatory: false,
        noted: noted(entry.sequence),
    })
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
        run.step(&Step::PushTaken { length: 20_000, persistent: true });
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
