//! Replays every page that shows a session, each as a test of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::page::{Lines, Step, has_session, steps};
use super::reader::Reader;
use crate::harness::skip;

/// Declares a test for each page, and the list of them.
macro_rules! pages {
    ($($test:ident: $page:literal,)*) => {
        $(
            #[test]
            fn $test() {
                replay($page);
            }
        )*

        /// The pages that are replayed.
        const REPLAYED: &[&str] = &[$($page),*];
    };
}

pages! {
    readme: "README.md",
    command_line: "docs/command-line.md",
    dead_letters: "docs/dead-letters.md",
    exchanges: "docs/exchanges.md",
    operating: "docs/operating.md",
    performance: "docs/performance.md",
    policies: "docs/policies.md",
    queues: "docs/queues.md",
    quorum_queues: "docs/quorum-queues.md",
    streams: "docs/streams.md",
    tutorial: "docs/tutorial.md",
    users_and_permissions: "docs/users-and-permissions.md",
}

#[test]
fn every_page_with_a_session_is_replayed() {
    let mut pages = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        pages.push(format!("docs/{}", entry.unwrap().file_name().to_string_lossy()));
    }
    let with_session = |page: &String| page.ends_with(".md") && has_session(&read(page));
    let mut found: Vec<&str> = pages.iter().filter(|page| with_session(page)).map(String::as_str).collect();
    let mut replayed = REPLAYED.to_vec();
    found.sort_unstable();
    replayed.sort_unstable();
    assert_eq!(found, replayed, "pages with a session, and pages listed in this file");
}

/// Follows a page to its end. At the first difference it names the page and the line.
fn replay(page: &str) {
    if std::env::var("WARREN_TEST_AMQP_URI").is_ok() {
        return skip("starts nodes of its own, which WARREN_TEST_AMQP_URI rules out", false);
    }
    let Some(mut reader) = Reader::new() else { return };
    let steps = steps(&read(page), complete);
    let first = steps.iter().find_map(|step| match step {
        Step::Command { command, .. } => Some(command.as_str()),
        _ => None,
    });
    let starts_node = |command: &str| {
        let mut words = command.split_whitespace();
        words.next() == Some("warrenctl") && matches!(words.next(), Some("start" | "server"))
    };
    if !first.is_some_and(starts_node) {
        reader.prepare("warrenctl start");
    }
    let update = std::env::var("WARREN_DOCS").is_ok_and(|value| value == "update");
    let mut changes = Vec::new();
    for step in &steps {
        if let Err(printed) = reader.follow(step) {
            assert!(update, "{}", difference(page, step, &printed));
            changes.extend(shown(step).map(|(_, lines)| (lines, printed)));
        }
    }
    write(page, &changes);
}

/// Whether bash would run this, rather than wait for more lines.
fn complete(command: &str) -> bool {
    let output = Command::new("bash").args(["-n", "-c", command]).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stderr.is_empty())
}

/// The line of a step and what the page shows there.
fn shown(step: &Step) -> Option<(usize, &Lines)> {
    match step {
        Step::Save { .. } => None,
        Step::Command { line, printed, .. } | Step::Look { line, printed, .. } => Some((*line, printed)),
        Step::Interrupt { line, printed, .. } => Some((*line, printed)),
    }
}

fn difference(page: &str, step: &Step, printed: &[String]) -> String {
    let command = match step {
        Step::Command { command, .. } => command,
        _ => "what runs there",
    };
    let Some((line, lines)) = shown(step) else { return format!("{page}: {step:?}") };
    let (shown, printed) = (lines.text.join("\n"), printed.join("\n"));
    format!("{page}:{line}: {command}\n--- the page shows\n{shown}\n--- it printed\n{printed}\n---")
}

/// Puts what was printed into the page, the last first, so that the lines before it stay where they are.
fn write(page: &str, changes: &[(&Lines, Vec<String>)]) {
    if changes.is_empty() {
        return;
    }
    let text = read(page);
    let mut lines: Vec<&str> = text.lines().collect();
    for (shown, printed) in changes.iter().rev() {
        let kept = shown.text.iter().rev().take_while(|line| line.trim().is_empty()).count();
        let end = shown.first + shown.text.len() - kept;
        lines.splice(shown.first..end, printed.iter().map(|line| line.trim_end()));
    }
    fs::write(root().join(page), lines.join("\n") + "\n").unwrap();
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
