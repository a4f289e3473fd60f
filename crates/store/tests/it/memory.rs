//! The log in memory: what it promises by itself, and that it and a store on a disk say and keep the same.

use std::path::Path;
use std::sync::Arc;

use warren_store::sim::{Crash, Random, SimFs};
use warren_store::{
    Batch, CommitLog, Drive, Driven, MemoryLog, Options, Position, RecoveryReport, SegmentStore, Store,
    StoreError, open,
};

use crate::owner::{Calls, Owned, Owner, metadata};

fn replayed(log: &MemoryLog) -> (Owner, RecoveryReport) {
    let mut owner = Owner::default();
    let report = log.replay(&mut owner).unwrap();
    (owner, report)
}

#[test]
fn records_are_durable_at_once_and_come_back_in_order() {
    let log = MemoryLog::default();
    let calls = Arc::new(Calls::default());
    log.when_durable(Position::new(2), calls.clone());
    let facts = [
        Owned::Metadata(b"declare orders".to_vec()),
        Owned::Message(vec![(1, 1), (2, 9)], b"body".to_vec()),
        Owned::Settled(1, vec![(1, 1), (5, 700)]),
    ];
    let mut batch = Batch::new();
    facts.iter().for_each(|fact| fact.push(&mut batch));
    assert_eq!(log.append(&mut batch).unwrap(), Position::new(3));
    assert!(batch.is_empty());
    assert_eq!(log.append(&mut batch).unwrap(), Position::new(3));
    assert_eq!(
        (log.appended(), log.durable(), log.is_committing()),
        (Position::new(3), log.appended(), false)
    );
    assert_eq!(*calls.durable.lock(), [2]);
    let (owner, report) = replayed(&log);
    assert_eq!(owner.facts(), facts);
    assert_eq!((report.created, report.last, report.records), (false, Position::new(3), 3));
    assert!(replayed(&MemoryLog::default()).1.created);
}

#[test]
fn synced_by_hand_it_tells_nobody_before_the_sync() {
    let log = MemoryLog::synced_by_hand();
    let calls = Arc::new(Calls::default());
    for text in ["one", "two", "three"] {
        let position = log.append(&mut metadata(text)).unwrap();
        log.when_durable(position, calls.clone());
    }
    assert_eq!((log.durable(), log.is_committing()), (Position::START, true));
    assert!(calls.durable.lock().is_empty());
    log.sync().unwrap();
    assert_eq!((log.durable(), log.is_committing()), (Position::new(3), false));
    assert_eq!(*calls.durable.lock(), [1, 2, 3]);
    assert_eq!(log.drive().unwrap(), Driven::Idle);
    let fourth = log.append(&mut metadata("four")).unwrap();
    log.wait_durable(fourth).unwrap();
    assert_eq!(log.durable(), fourth);
    assert!(matches!(log.wait_durable(Position::new(5)), Err(StoreError::Misuse(_))));
}

#[test]
fn a_crash_keeps_what_was_durable_and_of_the_rest_whole_batches_only() {
    let log = MemoryLog::synced_by_hand();
    log.append(&mut metadata("durable")).unwrap();
    log.sync().unwrap();
    let mut two = metadata("second");
    two.push_metadata(b"third").unwrap();
    log.append(&mut two).unwrap();
    log.append(&mut metadata("fourth")).unwrap();
    for (asked, left) in [(0, 1), (2, 1), (3, 3), (4, 4), (99, 4)] {
        let restarted = log.restarted(Position::new(asked));
        assert_eq!((restarted.appended(), restarted.durable()), (Position::new(left), Position::new(left)));
        assert_eq!(replayed(&restarted).0.records.len() as u64, left);
        // It goes its own way.
        assert_eq!(restarted.append(&mut metadata("next")).unwrap(), Position::new(left + 1));
    }
    assert_eq!(log.appended(), Position::new(4));
}

#[test]
fn a_checkpoint_stands_for_what_it_covers_and_the_whole_log_is_still_there() {
    let log = MemoryLog::synced_by_hand();
    for number in 1..=4 {
        log.append(&mut metadata(&number.to_string())).unwrap();
    }
    log.write_checkpoint(b"three", Position::new(3)).unwrap();
    assert_eq!((log.durable(), log.appended()), (Position::new(4), Position::new(5)));
    assert!(matches!(log.write_checkpoint(b"two", Position::new(2)), Err(StoreError::Misuse(_))));
    assert!(matches!(log.write_checkpoint(b"all", Position::new(9)), Err(StoreError::Misuse(_))));
    let (owner, report) = replayed(&log);
    assert_eq!(owner.document.as_deref(), Some(&b"three"[..]));
    assert_eq!(owner.records, [(4, Owned::Metadata(b"4".to_vec())), (5, Owned::Mark(3))]);
    assert_eq!((report.checkpoint, report.records), (Some(Position::new(3)), 2));
    let mut whole = Owner::default();
    log.replay_whole(&mut whole).unwrap();
    assert_eq!((whole.document, whole.records.len()), (None, 5));
}

#[test]
fn the_append_that_is_to_fail_is_refused_and_nothing_works_after_it() {
    let log = MemoryLog::synced_by_hand();
    log.fail_at(3);
    let first = log.append(&mut metadata("one")).unwrap();
    log.sync().unwrap();
    log.append(&mut Batch::new()).unwrap();
    let calls = Arc::new(Calls::default());
    let second = log.append(&mut metadata("two")).unwrap();
    log.when_durable(second, calls.clone());
    let mut refused = metadata("three");
    assert!(log.append(&mut refused).unwrap_err().is_poisoned());
    assert_eq!((refused.len(), log.appended(), log.durable()), (1, second, first));
    assert_eq!(calls.failed.lock().len(), 1);
    assert!(log.poisoned().unwrap().is_poisoned() && !log.is_committing());

    log.when_durable(first, calls.clone());
    log.when_durable(second, calls.clone());
    assert_eq!((calls.durable.lock().clone(), calls.failed.lock().len()), (vec![1], 2));
    let errors = [
        log.append(&mut refused).map(drop),
        log.wait_durable(second),
        log.sync(),
        log.write_checkpoint(b"", first),
        log.segments().write(1, 1, b"", true),
        log.segments().sync_all(),
        log.close(),
    ];
    assert!(errors.into_iter().all(|outcome| outcome.unwrap_err().is_poisoned()));
    assert_eq!(log.restarted(Position::START).append(&mut refused).unwrap(), second);
}

#[test]
fn a_log_that_fails_between_append_and_sync_leaves_its_waiters_in_doubt() {
    let log = MemoryLog::synced_by_hand();
    let calls = Arc::new(Calls::default());
    let position = log.append(&mut metadata("in doubt")).unwrap();
    log.when_durable(position, calls.clone());
    log.fail();
    assert!(calls.durable.lock().is_empty());
    assert_eq!(calls.failed.lock().len(), 1);
    assert_eq!(log.restarted(Position::START).appended(), Position::START);
    assert_eq!(log.restarted(position).appended(), position);
}

#[test]
fn a_closed_log_takes_nothing_more_and_has_everything() {
    let log = MemoryLog::synced_by_hand();
    let position = log.append(&mut metadata("last")).unwrap();
    log.close().unwrap();
    assert_eq!(log.durable(), position);
    assert!(matches!(log.append(&mut metadata("late")), Err(StoreError::Closed)));
    assert_eq!(log.restarted(Position::START).append(&mut metadata("next")).unwrap(), Position::new(2));
}

#[test]
fn an_owner_that_refuses_a_record_stops_the_replay() {
    struct Refusing;
    impl warren_store::Recovery for Refusing {
        fn checkpoint(&mut self, _: &[u8]) -> Result<(), warren_store::RefusedBecause> {
            Ok(())
        }
        fn apply(
            &mut self,
            _: Position,
            _: warren_store::Record<'_>,
        ) -> Result<(), warren_store::RefusedBecause> {
            Err("no such queue".into())
        }
    }
    let log = MemoryLog::default();
    log.append(&mut metadata("one")).unwrap();
    let error = log.replay(&mut Refusing).unwrap_err();
    assert!(error.to_string().contains("record 1") && error.to_string().contains("no such queue"), "{error}");
}

#[test]
fn durable_segments_survive_and_others_do_not() {
    let log = MemoryLog::default();
    let segments = log.segments();
    segments.write(9, 2, b"durable", true).unwrap();
    segments.write(9, 1, b"synced later", false).unwrap();
    segments.sync_all().unwrap();
    segments.write(4, 7, b"transient", false).unwrap();
    assert_eq!(segments.queues().unwrap(), [4, 9]);
    assert_eq!(numbers(&*segments, 9), [1, 2]);
    assert_eq!(segments.length(9, 2).unwrap(), 7);
    assert_eq!(segments.read_range(9, 2, 3, 2).unwrap(), b"ab");
    assert_eq!(segments.read_range(9, 2, 5, 100).unwrap(), b"le");
    assert_eq!(segments.read_range(9, 2, u64::MAX, 1).unwrap(), b"");
    let after = log.restarted(Position::START).segments();
    assert_eq!(after.read(9, 1).unwrap(), b"synced later");
    assert!(matches!(after.read(4, 7), Err(StoreError::NoSegment { queue: 4, segment: 7 })));
    segments.delete(9, 1).unwrap();
    segments.delete(9, 1).unwrap();
    assert_eq!(numbers(&*segments, 9), [2]);
    segments.delete_queue(9).unwrap();
    segments.delete_queue(9).unwrap();
    assert_eq!(segments.queues().unwrap(), [4]);
    assert_eq!(after.read(9, 2).unwrap(), b"durable", "the other one goes its own way");
}

fn numbers(segments: &dyn SegmentStore, queue: u64) -> Vec<u64> {
    segments.list(queue).unwrap().iter().map(|info| info.segment).collect()
}

/// A store on a simulated disk and a log in memory, to which the same happens.
struct Twins {
    random: Random,
    fs: SimFs,
    store: Store,
    memory: MemoryLog,
    /// What a log that never had a checkpoint would hold.
    history: Vec<(u64, Owned)>,
    calls: [Arc<Calls>; 2],
}

fn open_store(fs: &SimFs) -> (Store, Owner, RecoveryReport) {
    let mut options = Options::default();
    (options.drive, options.salt) = (Drive::Caller, Some(7));
    (options.log_file_size, options.first_file_size) = (64 << 10, 16 << 10);
    let mut owner = Owner::default();
    let (store, report) = open(Path::new("/data"), Arc::new(fs.clone()), options, &mut owner).unwrap();
    (store, owner, report)
}

impl Twins {
    fn new(seed: u64) -> Self {
        let fs = SimFs::new(seed);
        Self {
            random: Random::new(seed),
            store: open_store(&fs).0,
            fs,
            memory: MemoryLog::synced_by_hand(),
            history: Vec::new(),
            calls: Default::default(),
        }
    }

    fn logs(&self) -> [&dyn CommitLog; 2] {
        [&self.store, &self.memory]
    }

    fn record(&mut self) -> Owned {
        let length = self.random.below(2000) as usize;
        let bytes = self.random.bytes(length);
        match self.random.below(3) {
            0 => Owned::Metadata(bytes),
            1 => Owned::Settled(self.random.below(5), vec![(1, 1 + self.random.below(9)), (50, 50)]),
            _ => Owned::Message((0..self.random.below(4)).map(|queue| (queue, 7)).collect(), bytes),
        }
    }

    fn append(&mut self) {
        let records: Vec<Owned> = (0..self.random.below(4)).map(|_| self.record()).collect();
        let positions = self.logs().map(|log| {
            let mut batch = Batch::new();
            records.iter().for_each(|record| record.push(&mut batch));
            log.append(&mut batch).unwrap()
        });
        assert_eq!(positions[0], positions[1]);
        let first = positions[0].get() + 1 - records.len() as u64;
        self.history.extend((first..).zip(records));
        if self.random.one_in(3) {
            for (log, calls) in self.logs().iter().zip(&self.calls) {
                log.when_durable(positions[0], calls.clone());
            }
        }
    }

    fn sync(&self) {
        self.store.wait_durable(self.store.appended()).unwrap();
        self.memory.sync().unwrap();
    }

    fn checkpoint(&mut self) {
        let covers = self.random.below(self.store.appended().get() + 2);
        let document = self.random.bytes(50);
        let outcomes = self
            .logs()
            .map(|log| log.write_checkpoint(&document, Position::new(covers)).map_err(|e| e.to_string()));
        assert_eq!(outcomes[0], outcomes[1]);
    }

    fn segment(&mut self) {
        let (queue, number) = (self.random.below(3), self.random.below(4));
        let (content, durable) = (self.random.bytes(90), self.random.one_in(2));
        let delete = self.random.one_in(4);
        for segments in [Arc::clone(self.store.segments()), self.memory.segments()] {
            if delete {
                segments.delete(queue, number).unwrap();
            } else {
                segments.write(queue, number, &content, durable).unwrap();
            }
        }
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0..=4 => self.append(),
            5 | 6 => self.sync(),
            7 => self.checkpoint(),
            _ => self.segment(),
        }
        let [store, memory] = self.logs().map(|log| (log.appended(), log.durable(), log.is_committing()));
        assert_eq!(store, memory);
        assert_eq!(*self.calls[0].durable.lock(), *self.calls[1].durable.lock());
    }

    /// Both end, in order or not, and come back: with the same, and with the same as without any checkpoint.
    fn restart(&mut self) {
        for segments in [Arc::clone(self.store.segments()), self.memory.segments()] {
            segments.sync_all().unwrap();
        }
        if self.random.one_in(2) {
            self.logs().iter().for_each(|log| log.close().unwrap());
        }
        let durable = self.store.durable();
        self.fs.restart(Crash::Process);
        let (store, owner, report) = open_store(&self.fs);
        self.memory = self.memory.restarted(Position::START);
        let (found, told) = replayed(&self.memory);
        assert_eq!(found, owner);
        assert_eq!(
            (told.created, told.checkpoint, told.last, told.records),
            (report.created, report.checkpoint, report.last, report.records)
        );
        for queue in 0..3 {
            let kept = numbers(&**store.segments(), queue);
            assert_eq!(kept, numbers(&*self.memory.segments(), queue));
            for number in kept {
                let content = self.memory.segments().read(queue, number).unwrap();
                assert_eq!(store.segments().read(queue, number).unwrap(), content);
            }
        }
        self.store = store;
        self.history.retain(|(position, _)| *position <= durable.get());
        let mut whole = Owner::default();
        self.memory.replay_whole(&mut whole).unwrap();
        whole.records.retain(|(_, record)| !matches!(record, Owned::Mark(_)));
        assert_eq!(whole.records, self.history);
        self.calls = Default::default();
    }
}

#[test]
fn a_store_and_a_log_in_memory_say_and_keep_the_same() {
    for seed in 0..200 {
        let mut twins = Twins::new(seed);
        for _ in 0..4 {
            for _ in 0..30 {
                twins.step();
            }
            twins.restart();
        }
    }
}
