//! The commit log alone: P producers, each with at most W records of 1 KiB unconfirmed; the disk under it; and recovery.
//!
//! `WARREN_BENCH_COMPARE=25 cargo bench -p warren-store` prints, after 25 rounds, one table that holds the log against nothing but a
//! group commit, against the disk and against figures from elsewhere; with `WARREN_BENCH_DISK=model` a disk of known speed takes the
//! place of the real one.
//! `WARREN_BENCH_DIR` is the directory to measure in.

mod bare;
mod comparison;
mod counting;
#[path = "../../src/format/crc32c.rs"]
#[allow(unused_imports, reason = "its tests run with the crate's, not here")]
mod crc32c;
mod floor;
mod producers;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use warren_store::{FileSystem, Options, Position, RealFs, Record, Recovery, RefusedBecause, Store, open};

use crate::floor::Floor;
use crate::producers::{Load, Until};

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

/// A directory on a real disk, not in memory.
fn directory() -> tempfile::TempDir {
    let parent = std::env::var_os("WARREN_BENCH_DIR").unwrap_or_else(|| "/var/tmp".into());
    tempfile::tempdir_in(parent).expect("a directory on a real disk")
}

/// Opens a store whose log files have been recycled, which is the state that a broker is in, and takes checkpoints meanwhile.
fn with_store(directory: &Path, fs: Arc<dyn FileSystem>, measure: impl FnOnce(&Store)) {
    let (sender, due) = std::sync::mpsc::channel();
    let mut options = Options::default();
    options.on_checkpoint_due = Some(Arc::new(move || {
        // After the last bench nobody listens any more.
        let _unheard = sender.send(());
    }));
    let (store, _) = open(&directory.join("store"), fs, options, &mut Nothing).expect("a store");
    std::thread::scope(|scope| {
        let store = &store;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        scope.spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if due.recv_timeout(Duration::from_millis(50)).is_ok() {
                    store.write_checkpoint(b"", store.durable()).expect("a checkpoint");
                }
            }
        });
        Load { producers: 1, window: 1000 }.run(store, Until::Records(600_000));
        measure(store);
        stop.store(true, Ordering::Relaxed);
    });
    store.close().expect("a close");
}

fn log(criterion: &mut Criterion) {
    let directory = directory();
    with_store(directory.path(), Arc::new(RealFs), |store| {
        let mut group = criterion.benchmark_group("log");
        group.throughput(Throughput::Elements(1));
        for (producers, window) in [(1, 1), (1, 100), (1, 1000), (16, 1), (16, 100)] {
            let load = Load { producers, window };
            group.bench_function(load.to_string(), |bencher| {
                bencher.iter_custom(|records| load.run(store, Until::Records(records)).1);
            });
        }
        group.finish();
    });
}

/// Opening a directory with 256 MiB of log that no checkpoint covers.
fn recovery(criterion: &mut Criterion) {
    let directory = directory();
    let reopen =
        || open(directory.path(), Arc::new(RealFs), Options::default(), &mut Nothing).expect("a store").0;
    const RECORDS: u64 = 240_000;
    let store = reopen();
    Load { producers: 1, window: 1000 }.run(&store, Until::Records(RECORDS));
    store.close().expect("a close");
    let mut group = criterion.benchmark_group("recovery");
    group.sample_size(10).throughput(Throughput::Bytes(RECORDS * 1024));
    group.bench_function("256 MiB", |bencher| bencher.iter(|| reopen().close().expect("a close")));
    group.finish();
}

/// What the disk itself takes for the same writes.
fn disk(criterion: &mut Criterion) {
    let directory = directory();
    let mut floor = Floor::new(&RealFs, directory.path());
    let mut group = criterion.benchmark_group("disk");
    for (name, length) in
        [("4 KiB", 4 << 10), ("100 KiB", 100 << 10), ("500 KiB", 500 << 10), ("1 MiB", 1 << 20)]
    {
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(format!("write and sync of {name}"), |bencher| {
            bencher.iter(|| floor.commit(length));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1)).sample_size(20);
    targets = disk, log, recovery
}

fn main() {
    let Some(rounds) = std::env::var("WARREN_BENCH_COMPARE").ok() else {
        benches();
        Criterion::default().configure_from_args().final_summary();
        return;
    };
    let rounds =
        rounds.parse().ok().filter(|rounds| *rounds > 0).expect("WARREN_BENCH_COMPARE: a number of rounds");
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    comparison::compare(directory().path(), rounds, &wanted);
}
