//! Long random runs on a simulated disk that fails, held against a model that says what must and what may be there after recovery.
//!
//! `WARREN_STORE_SEEDS=100000` runs more seeds, `WARREN_STORE_SEED=17` runs that one alone.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use warren_store::sim::{Crash, Random, SimFs};
use warren_store::{
    Batch, Drive, Driven, Durability, Options, Position, RecoveryReport, Store, StoreError, open,
};

use crate::owner::{Calls, Owned, Owner};

const DIRECTORY: &str = "/var/warren";

/// What the test knows about a store.
struct Model {
    random: Random,
    /// Faults strike at random times; otherwise only where the test puts one.
    faults: bool,
    durability: Durability,
    /// Every record of the log's present history; the first has position 1.
    log: Vec<Owned>,
    /// Positions at which an append ended.
    boundaries: Vec<u64>,
    /// What a checkpoint covered at least, and at most (when one was interrupted).
    covered: (u64, u64),
    /// Up to here the store said that records are durable.
    confirmed: u64,
    /// Up to here they were when this run began: a new run only builds on what is synced.
    confirmed_at_open: u64,
    /// Segments by (queue, number): content, and whether they must be there.
    segments: BTreeMap<(u64, u64), (Vec<u8>, bool)>,
    next_segment: u64,
    calls: Arc<Calls>,
    /// Waits that were begun in this run.
    waits: Vec<u64>,
}

/// A document that stands for a log.
fn document(log: &[Owned]) -> Vec<u8> {
    let mut hasher = DefaultHasher::new();
    log.hash(&mut hasher);
    format!("{} records, {:x}", log.len(), hasher.finish()).into_bytes()
}

impl Model {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let durability = if random.one_in(4) { Durability::Os } else { Durability::Sync };
        Self {
            random,
            faults: true,
            durability,
            log: Vec::new(),
            boundaries: vec![0],
            covered: (0, 0),
            confirmed: 0,
            confirmed_at_open: 0,
            segments: BTreeMap::new(),
            next_segment: 1,
            calls: Arc::default(),
            waits: Vec::new(),
        }
    }

    fn options(&mut self) -> Options {
        let mut options = Options::default();
        options.durability = self.durability;
        options.drive = Drive::Caller;
        options.log_file_size = 4096 * (2 + self.random.below(9));
        options.first_file_size = 4096 * (2 + self.random.below(4));
        options.pending_limit = 1 + self.random.below(20_000) as usize;
        options.pool_files = self.random.below(4) as usize;
        options.prepared_files = self.random.below(3) as usize;
        options.salt = Some(self.random.number());
        options
    }

    fn end(&self) -> u64 {
        self.log.len() as u64
    }

    fn record(&mut self) -> Owned {
        let length = match self.random.below(12) {
            0 => 4096 + self.random.below(30_000),
            1 => 0,
            2 => 4096 - 64 - 12 - self.random.below(40),
            _ => self.random.below(1500),
        };
        let bytes = self.random.bytes(length as usize);
        match self.random.below(4) {
            0 => Owned::Metadata(bytes),
            1 => {
                let first = self.random.below(1000);
                Owned::Settled(
                    self.random.below(5),
                    vec![(first, first + self.random.below(9)), (5000, 5000)],
                )
            }
            _ => {
                let targets = (0..self.random.below(4)).map(|queue| (queue, self.random.below(1 << 40)));
                Owned::Message(targets.collect(), bytes)
            }
        }
    }

    fn append(&mut self, store: &Store) {
        let records: Vec<Owned> = (0..1 + self.random.below(3)).map(|_| self.record()).collect();
        let mut batch = Batch::new();
        records.iter().for_each(|record| record.push(&mut batch));
        match store.append(&mut batch) {
            Ok(position) => {
                self.log.extend(records);
                self.boundaries.push(self.end());
                assert_eq!(position.get(), self.end());
                if self.random.one_in(3) {
                    self.waits.push(position.get());
                    store.when_durable(position, self.calls.clone());
                }
            }
            Err(error) => assert!(
                error.is_poisoned() || store.stalled().is_some(),
                "an append failed without a reason: {error}"
            ),
        }
    }

    /// Notes what the store says is durable, and that it has told whoever waits.
    fn observe(&mut self, store: &Store) {
        let durable = store.durable().get();
        assert!(durable >= self.confirmed && durable <= self.end());
        self.confirmed = durable;
        let mut told = self.calls.durable.lock().clone();
        told.sort_unstable();
        let mut due: Vec<u64> = self.waits.iter().copied().filter(|position| *position <= durable).collect();
        due.sort_unstable();
        assert_eq!(told, due, "waiters were told too much or too little");
        let failed = self.calls.failed.lock().len();
        let open = if store.poisoned().is_some() { self.waits.len() - due.len() } else { 0 };
        assert_eq!(failed, open, "waiters failed too often or too seldom");
    }

    fn checkpoint(&mut self, store: &Store) {
        let least = self.covered.0;
        let covers = least + self.random.below(self.end() - least + 1);
        let text = document(&self.log[..covers as usize]);
        self.covered.1 = self.covered.1.max(covers);
        match store.write_checkpoint(&text, Position::new(covers)) {
            Ok(()) => self.covered = (covers, covers),
            Err(error) => assert!(!matches!(error, StoreError::Misuse(_)), "{error}"),
        }
        // The store marks a checkpoint in the log.
        if store.appended().get() > self.end() {
            self.log.push(Owned::Mark(covers));
            self.boundaries.push(self.end());
        }
        assert_eq!(store.appended().get(), self.end());
    }

    fn segment(&mut self, store: &Store) {
        let (queue, number) = (self.random.below(3), self.next_segment);
        let present = self.segments.keys().copied().nth(self.random.below(8) as usize);
        if let Some(key) = present.filter(|_| self.random.one_in(2)) {
            if store.segments().delete(key.0, key.1).is_ok() {
                self.segments.remove(&key);
            } else if let Some(entry) = self.segments.get_mut(&key) {
                entry.1 = false;
            }
            return;
        }
        let length = self.random.below(9000) as usize;
        let (bytes, durable) = (self.random.bytes(length), self.random.one_in(2));
        self.next_segment += 1;
        let written = store.segments().write(queue, number, &bytes, durable).is_ok();
        self.segments.insert((queue, number), (bytes, durable && written));
        if self.random.one_in(4) && store.segments().sync_all().is_ok() {
            self.check_segments(store, true);
        }
    }

    fn check_segments(&mut self, store: &Store, synced: bool) {
        for ((queue, number), (bytes, must)) in &mut self.segments {
            match store.segments().read(*queue, *number) {
                Ok(read) => {
                    assert!(read == *bytes, "segment {queue}/{number} has changed");
                    *must |= synced;
                }
                Err(StoreError::NoSegment { .. } | StoreError::Corrupt { .. }) => {
                    assert!(!*must, "segment {queue}/{number} is lost");
                }
                Err(error) => assert!(store.poisoned().is_some() || !*must, "{error}"),
            }
        }
    }

    /// Holds what recovery gave against the history.
    fn recovered(&mut self, owner: &Owner, report: &RecoveryReport, crash: Crash, closed: bool) {
        let covers = report.checkpoint.map_or(0, Position::get);
        assert!(covers >= self.covered.0 && covers <= self.covered.1, "{covers} not in {:?}", self.covered);
        if report.checkpoint.is_some() {
            assert_eq!(owner.document, Some(document(&self.log[..covers as usize])));
        }
        let end = covers.max(owner.records.last().map_or(0, |(position, _)| *position));
        assert_eq!(report.last.get(), end);
        assert!(end <= self.end(), "recovery invented records: {end} > {}", self.end());
        let must = match (self.durability, crash) {
            (Durability::Os, Crash::Power) => self.confirmed_at_open,
            _ => self.confirmed,
        };
        assert!(end >= must, "confirmed records are lost: {end} < {must}");
        assert!(!closed || end == self.end(), "an orderly close lost records: {end} < {}", self.end());
        assert!(self.boundaries.contains(&end) || end == covers, "an append was torn apart at {end}");
        let expected = self.log[covers as usize..end as usize].iter();
        for (index, (given, wanted)) in owner.records.iter().zip(expected).enumerate() {
            assert_eq!(given.0, covers + 1 + index as u64);
            assert!(given.1 == *wanted, "record {} is another one", given.0);
        }
        assert_eq!(owner.records.len() as u64, end - covers);
        self.log.truncate(end as usize);
        self.boundaries.retain(|boundary| *boundary < end);
        self.boundaries.push(end);
        self.covered = (covers, covers);
        self.confirmed = end;
        self.confirmed_at_open = end;
    }

    /// Opens the store, however often the machine goes down meanwhile.
    fn open(&mut self, fs: &SimFs, mut crash: Crash, closed: bool) -> Store {
        loop {
            if self.faults && self.random.one_in(8) {
                fs.crash_at(fs.operations() + 1 + self.random.below(12));
            }
            let mut owner = Owner::default();
            let options = self.options();
            match open(Path::new(DIRECTORY), Arc::new(fs.clone()), options, &mut owner) {
                Ok((store, report)) => {
                    self.calls = Arc::default();
                    self.waits.clear();
                    self.recovered(&owner, &report, crash, closed);
                    self.check_segments(&store, false);
                    return store;
                }
                Err(error) => {
                    assert!(fs.is_down(), "the store does not open: {error}");
                    // What this attempt took for truth may be confirmed nowhere, so the same bounds hold for the next one. But it may
                    // have lived on the page cache of the first crash, and power may have gone since.
                    let next = self.crash_kind();
                    fs.restart(next);
                    if next == Crash::Power {
                        crash = Crash::Power;
                    }
                }
            }
        }
    }

    fn crash_kind(&mut self) -> Crash {
        if self.random.one_in(3) { Crash::Process } else { Crash::Power }
    }
}

fn drive(model: &mut Model, store: &Store) {
    for _ in 0..1 + model.random.below(4) {
        match store.drive() {
            Ok(Driven::Worked) => model.observe(store),
            Ok(Driven::Idle | Driven::Stalled) => break,
            Err(error) => {
                assert!(error.is_poisoned(), "{error}");
                break;
            }
        }
    }
    model.observe(store);
}

/// Arms a fault that will strike some operations later.
fn arm(model: &mut Model, fs: &SimFs) {
    let at = fs.operations() + 1 + model.random.below(25);
    match model.random.below(6) {
        0 => fs.fail_sync_at(at),
        1 => fs.fail_write_at(at),
        2 => fs.set_capacity(Some(fs.used() + model.random.below(60_000))),
        _ => fs.crash_at(at),
    }
}

/// One step of a run; `None` when the store has to be opened again.
fn step(model: &mut Model, fs: &SimFs, store: &Store) -> bool {
    match model.random.below(20) {
        0..=7 => model.append(store),
        8..=13 => drive(model, store),
        14 => model.checkpoint(store),
        15 | 16 => model.segment(store),
        17 if model.faults && model.random.one_in(2) => arm(model, fs),
        18 => {
            fs.set_capacity(None);
            drive(model, store);
        }
        19 if model.faults && model.random.one_in(4) => return false,
        _ => {}
    }
    !fs.is_down() && store.poisoned().is_none()
}

fn run(seed: u64) {
    let fs = SimFs::new(seed ^ 0xD15C);
    let mut model = Model::new(seed);
    let mut store = model.open(&fs, Crash::Process, false);
    for _ in 0..3 + model.random.below(4) {
        for _ in 0..40 {
            if !step(&mut model, &fs, &store) {
                break;
            }
        }
        model.observe(&store);
        let poisoned = store.poisoned().is_some();
        if poisoned {
            assert!(store.append(&mut crate::owner::metadata("late")).unwrap_err().is_poisoned());
        }
        fs.set_capacity(None);
        let closed = !poisoned && model.random.one_in(3) && store.close().is_ok();
        if closed {
            model.confirmed = model.end();
        }
        drop(store);
        let crash = model.crash_kind();
        fs.restart(crash);
        store = model.open(&fs, crash, closed);
    }
}

/// One run on a disk that fails nowhere but at one operation, and the recovery after it; returns how many operations there were.
fn run_with_crash(seed: u64, at: Option<u64>, crash: Crash) -> u64 {
    let fs = SimFs::new(seed ^ at.unwrap_or_default());
    let mut model = Model::new(seed);
    model.faults = false;
    if let Some(at) = at {
        fs.crash_at(at);
    }
    let store = model.open(&fs, crash, false);
    for _ in 0..50 {
        if !step(&mut model, &fs, &store) {
            break;
        }
    }
    let closed = !fs.is_down() && store.close().is_ok();
    let operations = fs.operations();
    drop(store);
    fs.restart(crash);
    drop(model.open(&fs, crash, closed));
    operations
}

#[test]
fn a_crash_in_any_single_write_or_sync_of_a_run_loses_nothing_confirmed() {
    for seed in 0..16 {
        let operations = run_with_crash(seed, None, Crash::Power);
        assert!(operations > 50, "a run that touches the disk {operations} times shows little");
        for at in 1..=operations {
            for crash in [Crash::Process, Crash::Power] {
                let run = || run_with_crash(seed, Some(at), crash);
                assert!(std::panic::catch_unwind(run).is_ok(), "seed {seed}, {crash:?} in operation {at}");
            }
        }
    }
}

fn run_many(seeds: std::ops::Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    if std::panic::catch_unwind(|| run(seed)).is_err() {
                        next.store(seeds.end, Ordering::Relaxed);
                        panic!("seed {seed} failed; WARREN_STORE_SEED={seed} runs it alone");
                    }
                }
            });
        }
    });
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

#[test]
fn nothing_confirmed_is_lost_whatever_the_disk_does() {
    match number("WARREN_STORE_SEED") {
        Some(seed) => run(seed),
        None => run_many(0..number("WARREN_STORE_SEEDS").unwrap_or(10_000)),
    }
}
