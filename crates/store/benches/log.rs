//! The commit log alone: P producers, each with at most W records of 1 KiB unconfirmed, from a full window to the next.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parking_lot::{Condvar, Mutex};
use warren_store::{
    Access, Batch, DurableWaiter, FileSystem, Options, Position, RealFs, Record, Recovery, RefusedBecause,
    Store, StoreError, open,
};

/// Nothing to recover.
struct Nothing;

impl Recovery for Nothing {
    fn checkpoint(&mut self, _: &[u8]) -> Result<(), RefusedBecause> {
        Ok(())
    }

    fn apply(&mut self, _: Position, record: Record<'_>) -> Result<(), RefusedBecause> {
        black_box(record);
        Ok(())
    }
}

/// A producer's window: how much of what it appended is confirmed.
#[derive(Default)]
struct Window {
    confirmed: Mutex<u64>,
    changed: Condvar,
}

impl DurableWaiter for Window {
    fn durable(&self, position: Position) {
        let mut confirmed = self.confirmed.lock();
        *confirmed = confirmed.max(position.get());
        drop(confirmed);
        self.changed.notify_one();
    }

    fn failed(&self, error: &StoreError) {
        panic!("{error}");
    }
}

/// How many records a producer appends as one batch: what one read of 64 KiB brings.
fn batch_size(window: u64) -> u64 {
    window.div_ceil(4).min(60)
}

/// Appends `records` in batches, at most `window` of them unconfirmed.
fn produce(store: &Store, records: u64, window: u64) {
    let waiter = Arc::new(Window::default());
    let mut batch = Batch::new();
    let body = [0x5A; 1024];
    let size = batch_size(window);
    let mut unconfirmed: std::collections::VecDeque<(u64, u64)> = std::collections::VecDeque::new();
    let (mut sent, mut open_records) = (0, 0);
    while sent < records {
        let count = size.min(records - sent);
        while open_records + count > window {
            let Some((position, count)) = unconfirmed.front().copied() else { break };
            let mut confirmed = waiter.confirmed.lock();
            while *confirmed < position {
                waiter.changed.wait(&mut confirmed);
            }
            unconfirmed.pop_front();
            open_records -= count;
        }
        for number in 0..count {
            batch.push_message(&[(1, sent + number)], &[&body]).expect("a record of 1 KiB");
        }
        let position = store.append(&mut batch).expect("an append");
        store.when_durable(position, waiter.clone());
        unconfirmed.push_back((position.get(), count));
        open_records += count;
        sent += count;
    }
    store
        .wait_durable(Position::new(unconfirmed.back().map_or(0, |(position, _)| *position)))
        .expect("a sync");
}

fn run(store: &Store, producers: u64, window: u64, records: u64) -> Duration {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..producers {
            scope.spawn(|| produce(store, records.div_ceil(producers), window));
        }
    });
    began.elapsed()
}

/// A directory on a real disk, not in memory.
fn directory() -> tempfile::TempDir {
    let parent = std::env::var_os("WARREN_BENCH_DIR").unwrap_or_else(|| "/var/tmp".into());
    tempfile::tempdir_in(parent).expect("a directory on a real disk")
}

fn log(criterion: &mut Criterion) {
    let directory = directory();
    let (sender, due) = std::sync::mpsc::channel();
    let mut options = Options::default();
    options.on_checkpoint_due = Some(Arc::new(move || {
        // After the last bench nobody listens any more.
        let _unheard = sender.send(());
    }));
    let (store, _) = open(directory.path(), Arc::new(RealFs), options, &mut Nothing).expect("a store");
    std::thread::scope(|scope| {
        let store = &store;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        // As a broker does: checkpoints while the log goes on, so that files come back for reuse.
        scope.spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if due.recv_timeout(Duration::from_millis(50)).is_ok() {
                    store.write_checkpoint(b"", store.durable()).expect("a checkpoint");
                }
            }
        });
        // Until files have been recycled: that is the state a broker is in.
        run(store, 1, 1000, 600_000);
        let mut group = criterion.benchmark_group("log");
        group.throughput(Throughput::Elements(1));
        for (producers, window) in [(1, 1), (1, 100), (1, 1000), (16, 100)] {
            group.bench_function(format!("P{producers} W{window}"), |bencher| {
                bencher.iter_custom(|records| run(store, producers, window, records));
            });
        }
        group.finish();
        stop.store(true, Ordering::Relaxed);
    });
    store.close().expect("a close");
}

/// Opening a directory with 256 MiB of log that no checkpoint covers.
fn recovery(criterion: &mut Criterion) {
    let directory = directory();
    let reopen =
        || open(directory.path(), Arc::new(RealFs), Options::default(), &mut Nothing).expect("a store").0;
    const RECORDS: u64 = 240_000;
    let store = reopen();
    run(&store, 1, 1000, RECORDS);
    store.close().expect("a close");
    let mut group = criterion.benchmark_group("recovery");
    group.sample_size(10).throughput(Throughput::Bytes(RECORDS * 1024));
    group.bench_function("256 MiB", |bencher| bencher.iter(|| reopen().close().expect("a close")));
    group.finish();
}

/// What the disk itself takes for the same writes: the floor to hold the log against, measured in the same minutes.
fn disk(criterion: &mut Criterion) {
    let directory = directory();
    let file = RealFs.open(&directory.path().join("floor"), Access::Create { direct: true }).expect("a file");
    let memory = vec![0x5A; (1 << 20) + 4096];
    let start = memory.as_ptr().align_offset(4096);
    let aligned = &memory[start..start + (1 << 20)];
    const SIZE: u64 = 64 << 20;
    for offset in (0..SIZE).step_by(1 << 20) {
        file.write_all_at(aligned, offset).expect("a write");
    }
    file.sync_data().expect("a sync");
    let mut group = criterion.benchmark_group("disk");
    for (name, length) in [("4 KiB", 4096), ("100 KiB", 100 << 10), ("1 MiB", 1 << 20)] {
        let mut offset = 0;
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(format!("write and sync of {name}"), |bencher| {
            bencher.iter(|| {
                file.write_all_at(&aligned[..length], offset).expect("a write");
                file.sync_data().expect("a sync");
                offset = (offset + length as u64).next_multiple_of(4096) % (SIZE - (1 << 20));
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1)).sample_size(20);
    targets = disk, log, recovery
}
criterion_main!(benches);
