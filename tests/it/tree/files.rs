//! How files open, how long they are, and how they are called.

use super::production::{Production, test_files};
use super::{no_complaints, sources};

/// No file of production code is longer; what is compiled for tests alone does not count.
const LONGEST: usize = 400;

/// No file is longer, tests and all.
const LONGEST_WITH_TESTS: usize = 600;

/// Files of production code that are longer all the same. This list only gets shorter, until it is empty.
const LONGER: &[&str] = &[];

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent = sources().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    let complaints: Vec<String> =
        silent.map(|(name, _)| format!("{name} does not open with a //! line")).collect();
    no_complaints(&complaints);
}

#[test]
fn no_file_is_too_long() {
    let mut complaints = Vec::new();
    let (sources, test_files) = (sources(), test_files());
    for (name, text) in &sources {
        let length = text.lines().count();
        let production = if test_files.contains(name) { 0 } else { Production::of(text).lines.len() };
        if length > LONGEST_WITH_TESTS {
            complaints.push(format!("{name} has {length} lines: divide it"));
        }
        match (production > LONGEST, LONGER.contains(&name.as_str())) {
            (true, false) => {
                complaints.push(format!("{name} has {production} lines of production code: divide it"));
            }
            (false, true) => complaints.push(format!("{name} is short enough now: take it from the list")),
            _ => {}
        }
    }
    let gone = LONGER.iter().filter(|listed| !sources.iter().any(|(name, _)| name == **listed));
    complaints.extend(gone.map(|listed| format!("{listed} is gone: take it from the list")));
    no_complaints(&complaints);
}

#[test]
fn no_file_is_called_after_nothing() {
    let nothing = ["utils", "util", "helpers", "helper", "common", "misc"];
    let mut complaints = Vec::new();
    for (name, _) in sources() {
        let parts = name.split('/').map(|part| part.trim_end_matches(".rs"));
        if parts.clone().any(|part| nothing.contains(&part)) {
            complaints.push(format!("{name}: call it by what is in it"));
        }
    }
    no_complaints(&complaints);
}
