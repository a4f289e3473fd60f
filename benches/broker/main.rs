//! The broker as a process under load: `cargo bench --bench broker [-- WORD …]`.
//!
//! Every row starts a release build of `warrenctl server` with free ports and a data directory of its own, drives it with
//! warren-perf, and prints rate, CPU of the broker for each message, latency, and resident memory. With words, only the
//! rows whose name holds one of them; `seconds=N` sets how long a row takes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]
#![allow(clippy::unwrap_used, reason = "a benchmark: a failure must be loud")]

mod calls;
mod compared;
mod idle;
mod loads;
mod server;
mod table;

use std::time::Duration;

use table::Row;

/// What every row is given.
struct Settings {
    seconds: Duration,
    words: Vec<String>,
}

impl Settings {
    /// Whether a row of this name is wanted.
    fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

fn main() {
    let mut settings = Settings { seconds: Duration::from_secs(3), words: Vec::new() };
    // Cargo adds --bench.
    for word in std::env::args().skip(1).filter(|word| !word.starts_with("--")) {
        match word.strip_prefix("seconds=").map(str::parse) {
            Some(Ok(seconds)) => settings.seconds = Duration::from_secs_f64(seconds),
            Some(Err(_)) => return eprintln!("{word} is no number of seconds"),
            None => settings.words.push(word),
        }
    }
    println!("{}", Row::head());
    let rows = loads::rows(&settings).chain(compared::rows(&settings));
    let rows = rows.chain(calls::rows(&settings)).chain(idle::rows(&settings));
    for row in rows {
        println!("{row}");
    }
}
