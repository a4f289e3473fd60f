//! A table as data.

use serde_json::Value;

/// A table: names of columns, and rows with a value for each.
#[derive(Debug, Default)]
pub struct Rows {
    /// Names of the columns.
    pub columns: Vec<&'static str>,
    /// The rows; each has as many values as there are columns.
    pub rows: Vec<Vec<Value>>,
    /// Whether a plain table without rows is one empty line, as rabbitmqctl has it for users and permissions, or nothing.
    pub empty_line: bool,
    /// Whether a plain table leaves its header out, as rabbitmqctl does it for one list.
    pub no_header: bool,
}
