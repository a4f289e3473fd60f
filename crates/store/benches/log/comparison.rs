//! The log beside the disk's own writes and beside figures from elsewhere, as one table. The rows take turns, so that what else happens
//! on the machine meets all of them; each figure is the median of the rounds.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use warren_store::Store;

use crate::counting::{CountingFs, Counts, Disk};
use crate::floor::Floor;
use crate::producers::{Load, Until};
use crate::with_store;

const LOG: Duration = Duration::from_millis(500);
const FLOOR: Duration = Duration::from_millis(250);

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

/// One turn of one row.
struct Turn {
    /// Confirmed records a second.
    rate: f64,
    /// What the disk alone would do, in writes of the size that the log's had on average.
    disk: f64,
    records_per_commit: f64,
    /// Microseconds of the process a record, in all threads.
    cpu: f64,
    /// The part of the time in which the log's writer waited for the disk.
    busy: f64,
}

/// Prints the table. `wanted` is the only row to measure, unless it is empty.
pub fn compare(directory: &Path, rounds: usize, wanted: &str) {
    let disk = match std::env::var("WARREN_BENCH_DISK").as_deref() {
        Err(_) | Ok("real") => Disk::Real,
        Ok("model") => Disk::Modelled,
        Ok(other) => panic!("WARREN_BENCH_DISK: real or model, not {other}"),
    };
    let fs = CountingFs { counts: Arc::default(), disk };
    let mut floor = Floor::new(&fs, directory);
    let counts = Arc::clone(&fs.counts);
    with_store(directory, Arc::new(fs), |store| {
        let rows: Vec<&Row> =
            ROWS.iter().filter(|row| wanted.is_empty() || row.load.to_string() == wanted).collect();
        let mut turns: Vec<Vec<Turn>> = rows.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for (row, turns) in rows.iter().zip(&mut turns) {
                turns.push(turn(store, &counts, &mut floor, row.load));
            }
        }
        println!(
            "| load | log /s | CPU µs/record | records/commit | disk busy | disk /s | log:disk | reference /s | log:reference |"
        );
        println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (row, turns) in rows.iter().zip(&turns) {
            let of = |figure: fn(&Turn) -> f64| median(turns.iter().map(figure).collect());
            let rate = of(|turn| turn.rate);
            println!(
                "| {} | {rate:.0} | {:.2} | {:.0} | {:.0} % | {:.0} | {:.2} | {:.0} | {:.2} |",
                row.load,
                of(|turn| turn.cpu),
                of(|turn| turn.records_per_commit),
                of(|turn| turn.busy) * 100.0,
                of(|turn| turn.disk),
                of(|turn| turn.rate / turn.disk),
                row.reference,
                rate / row.reference,
            );
        }
    });
}

fn turn(store: &Store, counts: &Counts, floor: &mut Floor, load: Load) -> Turn {
    counts.take();
    let cpu = cpu_time();
    let (records, took) = load.run(store, Until::Elapsed(LOG));
    let cpu = cpu_time() - cpu;
    let taken = counts.take();
    if records == 0 {
        // Other programs kept all producers from beginning in time.
        return turn(store, counts, floor, load);
    }
    let records = records as f64;
    let records_per_commit = records / taken.commits as f64;
    let write = floor.time(usize::try_from(taken.bytes / taken.commits).expect("a length"), FLOOR);
    Turn {
        rate: records / took.as_secs_f64(),
        disk: records_per_commit / write.as_secs_f64(),
        records_per_commit,
        cpu: cpu * 1e6 / records,
        busy: taken.time.as_secs_f64() / took.as_secs_f64(),
    }
}

/// Seconds that the process has worked.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
