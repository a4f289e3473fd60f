//! Comma-separated values as rabbitmqctl writes them: a header, every cell in quotes, quotes doubled, lines ended by a
//! line feed.

use std::io::{self, Write};

use super::Rows;
use super::cell::{quotable, text};

/// Writes the rows.
pub fn write(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    line(out, rows.columns.iter().map(|name| (*name).to_owned()))?;
    for row in &rows.rows {
        line(out, row.iter().map(text))?;
    }
    Ok(())
}

fn line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(out, "{comma}\"{}\"", quotable(&cell).replace('"', "\"\""))?;
    }
    out.write_all(b"\n")
}
