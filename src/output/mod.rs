//! What commands return, and the formatters that print it. No command prints by itself.

mod cell;
mod csv;
mod formatter;
mod json;
mod pretty_table;
mod print;
mod rows;
mod stderr;
mod table;
mod tsv;

pub use cell::visible;
pub use formatter::{Formatter, Style};
pub use print::print;
pub use rows::Rows;
pub use stderr::to_stderr;

use serde_json::Value;

/// What a command returns.
#[derive(Debug)]
pub enum Output {
    /// It is done, and there is nothing more to say.
    Done,
    /// A sentence.
    Message(String),
    /// A sentence that `--quiet` and `--silent` leave out.
    Chatter(String),
    /// A table.
    Rows(Rows),
    /// One thing with many facts: a text for people, JSON for programs.
    Record {
        /// The text, of several lines.
        text: String,
        /// The same facts.
        json: Value,
    },
    /// A document that is printed as it is, whatever the format.
    Raw(String),
}
