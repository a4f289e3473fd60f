//! Counts the instructions of every case under valgrind, and compares them with the committed baseline.
//!
//!     cargo run --release -p warren-micro -- check     fails if a case has become worse
//!     cargo run --release -p warren-micro -- accept    writes the baseline anew
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

mod baseline;
mod valgrind;

use std::hint::black_box;
use std::process::ExitCode;

use baseline::{Baseline, Verdict};
use warren_micro::{Work, cases};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["run", case] => run(case),
        ["check"] => check(),
        ["accept"] => accept(),
        _ => Err("usage: instructions check | accept".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one case, for valgrind to count.
fn run(name: &str) -> Result<(), String> {
    let case = cases().into_iter().find(|case| case.name == name).ok_or("no such case")?;
    let mut work = (case.prepare)();
    // Buffers grow and caches fill in the first round.
    for _ in 0..2 {
        work.round();
        work.rest();
    }
    measured_round(work.as_mut());
    Ok(())
}

/// The function between whose start and end valgrind counts: see [`valgrind`].
#[inline(never)]
fn measured_round(work: &mut dyn Work) {
    black_box(work).round();
}

fn check() -> Result<(), String> {
    if !cfg!(target_arch = "x86_64") {
        println!("nothing is compared: the baseline counts instructions of x86-64");
        return Ok(());
    }
    let baseline = Baseline::read()?;
    let compiler = valgrind::compiler()?;
    let tolerance = baseline.tolerance(&compiler);
    if compiler != baseline.compiler {
        println!(
            "note: the baseline was made with {}, and this is {compiler}: a difference of {tolerance} % is accepted",
            baseline.compiler
        );
    }
    let counts = valgrind::count(&cases())?;
    println!("{:<20} {:>12} {:>12} {:>8}", "instructions", "baseline", "now", "change");
    let mut worse = Vec::new();
    for (name, now) in &counts {
        let verdict = baseline.judge(name, *now, tolerance);
        println!("{}", verdict.line(name, *now));
        if let Verdict::Worse { .. } | Verdict::Unknown = verdict {
            worse.push(*name);
        }
    }
    let gone = baseline.names().filter(|name| !counts.iter().any(|(counted, _)| counted == name));
    worse.extend(gone);
    if worse.is_empty() {
        return Ok(());
    }
    Err(format!(
        "\nmore than {tolerance} % worse than benches/micro/baseline.txt, or not in it: {}\n\
         If that is the price of something that is worth it, accept it with\n    \
         cargo run --release -p warren-micro -- accept\n\
         and commit benches/micro/baseline.txt with the reason.",
        worse.join(", ")
    ))
}

fn accept() -> Result<(), String> {
    let counts = valgrind::count(&cases())?;
    Baseline::write(&valgrind::compiler()?, &counts)
}
