//! Runs cases under valgrind's callgrind, which counts instructions between entry and end of one function.

use std::env;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use warren_micro::Case;

/// The function that is counted; its mangled name has this in it.
const FUNCTION: &str = "*measured_round*";

/// The compiler that cargo uses, as it names itself.
pub fn compiler() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let output = output.map_err(|error| format!("cannot run rustc: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Instructions for each message of each case, in the order of the cases.
pub fn count(cases: &[Case]) -> Result<Vec<(&'static str, f64)>, String> {
    let next = AtomicUsize::new(0);
    let counted = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, case)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(at).map(|case| (at, case))
                } {
                    let count = count_one(case).map(|count| (case.name, count as f64 / case.messages as f64));
                    if let Ok(mut counted) = counted.lock() {
                        counted.push((at, count));
                    }
                }
            });
        }
    });
    let mut counted = counted.into_inner().map_err(|_| "a thread panicked".to_owned())?;
    counted.sort_by_key(|(at, _)| *at);
    counted.into_iter().map(|(_, count)| count).collect()
}

fn count_one(case: &Case) -> Result<u64, String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={FUNCTION}"))
        .arg(own)
        .args(["run", case.name])
        .output()
        .map_err(|error| {
            format!("cannot run valgrind ({error}): install it, as with apt-get install valgrind")
        })?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or(0);
    // Without a single instruction the function was not found.
    if output.status.success() && count > 0 {
        Ok(count)
    } else {
        Err(format!("{} under valgrind:\n{text}", case.name))
    }
}
