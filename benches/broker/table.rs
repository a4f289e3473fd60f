//! The table that is printed: a line for each row, in Markdown.

use std::fmt;
use std::time::Duration;

/// One line.
#[derive(Default)]
pub struct Row {
    /// What was done.
    pub name: String,
    /// Messages, or whatever was done, a second.
    pub rate: Option<f64>,
    /// CPU of the broker for each.
    pub cpu: Option<Duration>,
    /// Percentiles of latency: half, 99 %, 99.9 %.
    pub latency: Option<[Duration; 3]>,
    /// Resident memory of the broker afterwards, in bytes.
    pub memory: Option<u64>,
    /// What else there is to say.
    pub remark: String,
}

impl Row {
    /// The head of the table.
    pub fn head() -> &'static str {
        "| work | per second | broker CPU each | p50 / p99 / p99.9 | resident | |\n| --- | --: | --: | --: | --: | --- |"
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.rate.map(grouped).unwrap_or_default();
        let cpu = self.cpu.map(short).unwrap_or_default();
        let latency = self.latency.map(|parts| parts.map(short).join(" / ")).unwrap_or_default();
        let memory = self.memory.map(|bytes| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)));
        let memory = memory.unwrap_or_default();
        write!(f, "| {} | {rate} | {cpu} | {latency} | {memory} | {} |", self.name, self.remark)
    }
}

/// A duration in a unit that leaves few digits.
fn short(duration: Duration) -> String {
    match duration.as_nanos() {
        0..1000 => format!("{} ns", duration.as_nanos()),
        1000..1_000_000 => format!("{:.1} µs", duration.as_secs_f64() * 1e6),
        _ => format!("{:.1} ms", duration.as_secs_f64() * 1e3),
    }
}

/// A number with a comma at each thousand.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let parts: Vec<&str> = (0..tail.len()).step_by(3).map(|at| &tail[at..at + 3]).collect();
    [&[head][..], &parts].concat().into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",")
}
