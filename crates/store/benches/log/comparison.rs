//! The log beside nothing but a group commit, beside the disk's own writes, and beside figures from elsewhere, as one table. All take
//! short turns, so that what else happens on the machine meets all of them; each figure is the median of the rounds.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use warren_store::Store;

use crate::bare::Bare;
use crate::counting::{CountingFs, Counts, Disk};
use crate::floor::{Floor, Ring};
use crate::producers::{Load, Until};
use crate::with_store;

const TURN: Duration = Duration::from_millis(150);
const FLOOR: Duration = Duration::from_millis(75);

struct Row {
    load: Load,
    /// Records a second of an experiment with nothing but such a log (files zeroed before, O_DIRECT, fdatasync) on another machine of
    /// this kind, at a quiet time.
    reference: f64,
}

const fn row(producers: u64, window: u64, reference: f64) -> Row {
    Row { load: Load { producers, window }, reference }
}

const ROWS: [Row; 5] = [
    row(1, 1, 9_700.0),
    row(1, 100, 468_000.0),
    row(1, 1000, 2_740_000.0),
    row(16, 1, 83_000.0),
    row(16, 100, 2_490_000.0),
];

/// What is measured, and what it is held against.
struct Bench<'a> {
    store: &'a Store,
    bare: Bare,
    ring: Ring,
    floor: Floor,
    counts: Arc<Counts>,
}

/// One turn of a log.
struct Turn {
    /// Confirmed records a second.
    rate: f64,
    records_per_commit: f64,
    bytes_per_commit: u64,
    /// Microseconds of the process a record, in all threads.
    cpu: f64,
    /// The part of the time in which the writer waited for the disk.
    busy: f64,
}

/// Turns of the log, of nothing but a group commit, and of the disk, in the same second.
struct Round {
    log: Turn,
    bare: Turn,
    /// What the disk alone would do, in writes of the size that the log's had on average.
    disk: f64,
}

/// Prints the table. `wanted` is the only row to measure, unless it is empty.
pub fn compare(directory: &Path, rounds: usize, wanted: &str) {
    let disk = match std::env::var("WARREN_BENCH_DISK").as_deref() {
        Err(_) | Ok("real") => Disk::Real,
        Ok("model") => Disk::Modelled,
        Ok(other) => panic!("WARREN_BENCH_DISK: real or model, not {other}"),
    };
    let fs = CountingFs { counts: Arc::default(), disk };
    let floor = Floor::new(&fs, directory);
    let ring = Ring::new(&fs, &directory.join("bare"));
    let counts = Arc::clone(&fs.counts);
    with_store(directory, Arc::new(fs), |store| {
        let mut bench = Bench { store, bare: Bare::new(), ring, floor, counts };
        let rows: Vec<&Row> =
            ROWS.iter().filter(|row| wanted.is_empty() || row.load.to_string() == wanted).collect();
        let mut done: Vec<Vec<Round>> = rows.iter().map(|_| Vec::new()).collect();
        for number in 0..rounds {
            for (row, done) in rows.iter().zip(&mut done) {
                done.push(bench.round(row.load, number % 2 == 0));
            }
        }
        print(&rows, &done);
    });
}

fn print(rows: &[&Row], done: &[Vec<Round>]) {
    let columns = "log /s | bare /s | log:bare | quarters | disk /s | log:disk | log:reference \
        | CPU µs/record | bare's | records/commit | bare's | disk busy | bare's |";
    println!("| load | {columns}");
    println!("| --- |{}", " ---: |".repeat(columns.matches('|').count()));
    for (row, rounds) in rows.iter().zip(done) {
        let of = |figure: fn(&Round) -> f64| quantile(rounds.iter().map(figure), 0.5);
        let to_bare = |part| quantile(rounds.iter().map(|round| round.log.rate / round.bare.rate), part);
        let rate = of(|round| round.log.rate);
        println!(
            "| {} | {rate:.0} | {:.0} | {:.2} | {:.2}–{:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} | {:.0} % | {:.0} % |",
            row.load,
            of(|round| round.bare.rate),
            to_bare(0.5),
            to_bare(0.25),
            to_bare(0.75),
            of(|round| round.disk),
            of(|round| round.log.rate / round.disk),
            rate / row.reference,
            of(|round| round.log.cpu),
            of(|round| round.bare.cpu),
            of(|round| round.log.records_per_commit),
            of(|round| round.bare.records_per_commit),
            of(|round| round.log.busy) * 100.0,
            of(|round| round.bare.busy) * 100.0,
        );
    }
}

impl Bench<'_> {
    /// One turn of each; which of the two logs goes first alternates.
    fn round(&mut self, load: Load, log_first: bool) -> Round {
        let until = Until::Elapsed(TURN);
        let (log, bare) = if log_first {
            let log = self.turn(|bench| load.run(bench.store, until));
            (log, self.turn(|bench| bench.bare.run(&mut bench.ring, load, until)))
        } else {
            let bare = self.turn(|bench| bench.bare.run(&mut bench.ring, load, until));
            (self.turn(|bench| load.run(bench.store, until)), bare)
        };
        let length = usize::try_from(log.bytes_per_commit).expect("a length");
        let disk = log.records_per_commit / self.floor.time(length, FLOOR).as_secs_f64();
        Round { log, bare, disk }
    }

    fn turn(&mut self, run: impl Fn(&mut Self) -> (u64, Duration)) -> Turn {
        loop {
            self.counts.take();
            let cpu = cpu_time();
            let (records, took) = run(self);
            let cpu = cpu_time() - cpu;
            let taken = self.counts.take();
            if records == 0 || taken.commits == 0 {
                // Other programs kept all producers from beginning in time.
                continue;
            }
            let records = records as f64;
            return Turn {
                rate: records / took.as_secs_f64(),
                records_per_commit: records / taken.commits as f64,
                bytes_per_commit: taken.bytes / taken.commits,
                cpu: cpu * 1e6 / records,
                busy: taken.time.as_secs_f64() / took.as_secs_f64(),
            };
        }
    }
}

/// Seconds that the process has worked.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn quantile(figures: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[(figures.len() as f64 * part) as usize]
}
