//! Whole runs as text: the command, both streams, the exit code. What differs from run to run is written by its name.

use crate::ctl::Ran;
use crate::node::Node;

/// Collects runs.
pub struct Transcript<'a> {
    node: &'a Node,
    names: Vec<(String, String)>,
    text: String,
}

impl<'a> Transcript<'a> {
    /// An empty one for a node.
    pub fn new(node: &'a Node) -> Self {
        Self { node, names: Vec::new(), text: String::new() }
    }

    /// Writes a name for a text that differs from run to run.
    pub fn naming(mut self, text: &str, name: &str) -> Self {
        self.names.push((text.to_owned(), name.to_owned()));
        self
    }

    /// Runs a command, its words separated by blanks.
    pub fn run(mut self, line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let ran = self.node.run(&words);
        self.add(line, &ran);
        self
    }

    /// Runs a command in every format, and with each of `--quiet` and `--silent`.
    pub fn in_every_format(mut self, line: &str) -> Self {
        for options in [
            "",
            " --quiet",
            " --silent",
            " --no-table-headers",
            " --formatter pretty_table",
            " --formatter json",
            " --formatter csv",
            " --formatter tsv",
        ] {
            self = self.run(&format!("{line}{options}"));
        }
        self
    }

    /// Runs a command whose numbers differ from run to run; each is written as `N`.
    pub fn run_without_numbers(mut self, line: &str) -> Self {
        let start = self.text.len();
        self = self.run(line);
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let told = self.named(&self.text[start..]).replace(release.trim(), "RELEASE");
        self.text.truncate(start);
        let mut digits = false;
        for letter in told.chars() {
            let digit = letter.is_ascii_digit() || (digits && letter == '.');
            match (digit, digits) {
                (true, false) => self.text.push('N'),
                (true, true) => {}
                (false, _) => self.text.push(letter),
            }
            digits = digit;
        }
        self
    }

    fn add(&mut self, line: &str, ran: &Ran) {
        self.text.push_str(&format!("$ warrenctl {line}\n"));
        for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "(no newline at end)\n" };
                self.text.push_str(&format!("[{stream}]\n{text}{end}"));
            }
        }
        self.text
            .push_str(&format!("[exit {}]\n\n", ran.code.map_or("signal".into(), |code| code.to_string())));
    }

    /// The text, with the node's name, addresses and directory replaced.
    pub fn text(self) -> String {
        self.named(&self.text)
    }

    fn named(&self, text: &str) -> String {
        let port = |field: &str| self.node.field(field).rsplit(':').next().unwrap_or_default().to_owned();
        let own = [
            (self.node.home().to_str().unwrap().to_owned(), "HOME".to_owned()),
            (self.node.field("node").to_owned(), "warren@HOST".into()),
            (port("amqp"), "APORT".into()),
            (port("http"), "HPORT".into()),
        ];
        let names = self.names.iter().chain(&own);
        names.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}
