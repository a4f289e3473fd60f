//! Tab-separated values with a header. Every cell can be read back exactly: a tab, a line end, a backslash and every other
//! control character in it is written as an escape.

use std::io::{self, Write};

use super::Rows;
use super::cell::{reversible, text};

/// Writes the rows.
pub fn write(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    writeln!(out, "{}", rows.columns.join("\t"))?;
    for row in &rows.rows {
        let cells: Vec<String> = row.iter().map(|value| reversible(&text(value))).collect();
        writeln!(out, "{}", cells.join("\t"))?;
    }
    Ok(())
}
