//! A page of the documentation as its reader follows it: files to save, and commands with what they print.

use std::path::Path;

/// The terminal of blocks that name none.
pub const MAIN: &str = "";

/// One thing that the reader does, in the order of the page.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Saves a file.
    Save { name: String, text: String },
    /// Types a command into a terminal, and sees `printed`.
    Command { terminal: String, line: usize, command: String, printed: Lines, stays: bool },
    /// Looks at a terminal again, and sees what its command has printed since.
    Look { terminal: String, line: usize, printed: Lines },
    /// Types Control-C into a terminal, and sees `printed`.
    Interrupt { terminal: String, line: usize, printed: Lines },
}

/// What is printed, and which lines of the page show it (counted from 0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    pub first: usize,
    pub text: Vec<String>,
}

/// A fenced block: its language with what follows it, and its first line and lines.
struct Block<'a> {
    info: &'a str,
    first: usize,
    lines: &'a [&'a str],
}

/// The steps of a page. `complete` says whether a command is complete, so that bash would run it.
pub fn steps(text: &str, complete: impl Fn(&str) -> bool) -> Vec<Step> {
    let lines: Vec<&str> = text.lines().collect();
    let mut steps = Vec::new();
    for block in blocks(&lines) {
        let mut words = block.info.split_whitespace();
        if words.next() == Some("console") {
            session(&block, words.next().unwrap_or(MAIN), &complete, &mut steps);
        } else if let Some(name) = file_name(block.lines) {
            steps.push(Step::Save { name: name.to_owned(), text: block.lines.join("\n") + "\n" });
        }
    }
    steps
}

/// Whether a page shows a session.
pub fn has_session(text: &str) -> bool {
    text.lines().any(|line| line == "```console" || line.starts_with("```console "))
}

fn blocks<'a>(lines: &'a [&'a str]) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if let Some(info) = line.strip_prefix("```") {
            let rest = &lines[at..];
            let length = rest.iter().position(|line| *line == "```").unwrap_or(rest.len());
            blocks.push(Block { info, first: at, lines: &rest[..length] });
            at += length + 1;
        }
    }
    blocks
}

/// The file name in a first line such as `# send.py`.
fn file_name<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let name = lines.first()?.strip_prefix("# ")?;
    let is_name = Path::new(name).extension().is_some_and(|extension| extension.len() <= 4)
        && !name.contains(char::is_whitespace)
        && !name.contains("..");
    is_name.then_some(name)
}

fn session(block: &Block, terminal: &str, complete: &impl Fn(&str) -> bool, steps: &mut Vec<Step>) {
    let is_start = |line: &str| line.starts_with("$ ") || line == "^C";
    let terminal = terminal.to_owned();
    let mut at = 0;
    while let Some(first) = block.lines.get(at) {
        let line = block.first + at + 1;
        let mut command = first.strip_prefix("$ ").map(str::to_owned);
        if is_start(first) {
            at += 1;
        }
        while let Some(command) = command.as_mut().filter(|command| !complete(command)) {
            let Some(next) = block.lines.get(at) else { break };
            *command += &format!("\n{next}");
            at += 1;
        }
        let from = at;
        at += block.lines[at..].iter().take_while(|line| !is_start(line)).count();
        let text = block.lines[from..at].iter().map(|line| (*line).to_owned()).collect();
        let printed = Lines { first: block.first + from, text };
        let terminal = terminal.clone();
        steps.push(match command {
            Some(command) => {
                let interrupted = block.lines.get(at).is_some_and(|line| *line == "^C");
                let stays = terminal != MAIN && (at == block.lines.len() || interrupted);
                Step::Command { terminal, line, command, printed, stays }
            }
            None if *first == "^C" => Step::Interrupt { terminal, line, printed },
            None => Step::Look { terminal, line, printed },
        });
    }
}

#[test]
fn a_page_becomes_steps() {
    let text = "# Page\n```python\n# a.py\nx\n```\n```console\n$ say 'a\nb'\na\nb\n$ next\n```\n```sh\n$ no\n```\n\
                ```console other\n$ stay\nwaits\n^C\n```\n```console other\nmore\n```\n";
    let steps = steps(text, |command| command.matches('\'').count() % 2 == 0);
    let lines =
        |first, text: &[&str]| Lines { first, text: text.iter().map(|line| (*line).to_owned()).collect() };
    let command = |terminal: &str, line, command: &str, printed, stays| Step::Command {
        terminal: terminal.to_owned(),
        line,
        command: command.to_owned(),
        printed,
        stays,
    };
    let other = || "other".to_owned();
    let expected = [
        Step::Save { name: "a.py".into(), text: "# a.py\nx\n".into() },
        command("", 7, "say 'a\nb'", lines(8, &["a", "b"]), false),
        command("", 11, "next", lines(11, &[]), false),
        command("other", 17, "stay", lines(17, &["waits"]), true),
        Step::Interrupt { terminal: other(), line: 19, printed: lines(19, &[]) },
        Step::Look { terminal: other(), line: 22, printed: lines(21, &["more"]) },
    ];
    assert_eq!(steps, expected);
    assert!(has_session(text) && !has_session("```sh\n$ x\n```"));
}
