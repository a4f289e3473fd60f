//! The formats that `--formatter` names, and how much is printed around a result.

use clap::ValueEnum;

/// The formats of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Formatter {
    /// Columns with a tab between them.
    Table,
    /// A table with lines, for people.
    PrettyTable,
    /// One JSON document.
    Json,
    /// Comma-separated, everything quoted, with a header.
    Csv,
    /// Tab-separated with a header; tabs, line ends and backslashes in values are escaped.
    Tsv,
}

impl Formatter {
    /// Whether a program reads it, so that nothing but the result is printed.
    pub fn is_for_machines(self) -> bool {
        matches!(self, Self::Json | Self::Csv | Self::Tsv)
    }
}

/// How a result is to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The format.
    pub formatter: Formatter,
    /// No banner and no closing words.
    pub quiet: bool,
    /// Also no header in a table.
    pub silent: bool,
    /// No header in a table.
    pub no_table_headers: bool,
}

impl Style {
    /// Whether to say what is about to be done.
    pub fn has_banner(self) -> bool {
        !self.quiet && !self.silent && !self.formatter.is_for_machines()
    }

    /// Whether a plain table has its header.
    pub fn has_header(self) -> bool {
        !self.silent && !self.no_table_headers
    }
}
