//! A table with lines around it, for people. Wide characters take the room they need.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::Rows;
use super::cell::{one_line, text};

/// Writes the table.
pub fn write(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(&rows.columns);
    for row in &rows.rows {
        table.add_row(row.iter().map(|value| one_line(&text(value))));
    }
    for line in table.lines() {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
