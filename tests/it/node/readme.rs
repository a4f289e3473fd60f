//! The session in the README, command by command: it must print what the README says.

use std::fs;

use crate::harness::{Broker, Pika, Ran, isolated};

/// A command of the session and the lines that it prints.
struct Step {
    command: String,
    printed: String,
}

/// The commands of the README's session that follow the start of the broker.
fn session() -> Vec<Step> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let block = text.split("```").find(|block| block.contains("\n$ warrenctl ")).expect("a session");
    let mut steps: Vec<Step> = Vec::new();
    let mut open_quote = false;
    for line in block.lines().skip(1) {
        if let Some(command) = line.strip_prefix("$ ").filter(|_| !open_quote) {
            steps.push(Step { command: command.to_owned(), printed: String::new() });
            open_quote = command.matches('"').count() % 2 == 1;
        } else if let Some(step) = steps.last_mut() {
            let part = if open_quote { &mut step.command } else { &mut step.printed };
            if open_quote {
                part.push('\n');
                part.push_str(line);
                open_quote = line.matches('"').count() % 2 == 0;
            } else {
                part.push_str(line);
                part.push('\n');
            }
        }
    }
    steps
}

#[test]
fn the_session_prints_what_the_readme_says() {
    let Some(python) = Pika::Today.python() else { return };
    let Some(broker) = Broker::start_own(None) else { return };
    let mut ran = 0;
    for step in session() {
        let program = if step.command.starts_with("warrenctl ") {
            env!("CARGO_BIN_EXE_warrenctl").to_owned()
        } else if step.command.starts_with("python3 ") {
            python.display().to_string()
        } else {
            // Building, starting, and naming the program are this test's own affair.
            continue;
        };
        let (name, arguments) = step.command.split_once(' ').expect("a command with arguments");
        let script = format!("{name}() {{ {program} \"$@\"; }}\n{name} {arguments}")
            .replace("@127.0.0.1/", &format!("@{}/", broker.amqp));
        let mut shell = isolated("sh", broker.home());
        shell.args(["-c", &script]).env("WARREN_NODE", format!("http://guest:guest@{}", broker.http));
        let printed = Ran::of(shell, "").ok();
        assert_eq!(printed.trim_end(), step.printed.trim_end(), "{}", step.command);
        ran += 1;
    }
    assert!(ran >= 4, "the README has a session of at least four commands");
}
