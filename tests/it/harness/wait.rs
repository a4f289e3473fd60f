//! Waiting for a condition: polling with a deadline, never a sleep for luck.

use std::thread;
use std::time::{Duration, Instant};

/// How long a condition may take before its test fails. Far above what any takes; a busy machine must not fail a test.
const DEADLINE: Duration = Duration::from_secs(30);

/// Polls until `condition` gives a value. `Err` is the reason why not yet; the last one is shown when time runs out.
#[track_caller]
pub fn eventually<T>(what: &str, mut condition: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + DEADLINE;
    let mut pause = Duration::from_millis(1);
    loop {
        match condition() {
            Ok(value) => return value,
            Err(reason) if Instant::now() > deadline => panic!("{what}: not within {DEADLINE:?}: {reason}"),
            Err(_) => thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
