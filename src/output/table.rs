//! The plain table: a header and rows, with a tab between the cells. Without rows there is no header either.

use std::io::{self, Write};

use super::cell::{one_line, text};
use super::{Rows, Style};

/// Writes the table.
pub fn write(out: &mut impl Write, rows: &Rows, style: Style) -> io::Result<()> {
    if rows.rows.is_empty() {
        return if rows.empty_line { out.write_all(b"\n") } else { Ok(()) };
    }
    if style.has_header() && !rows.no_header {
        writeln!(out, "{}", rows.columns.join("\t"))?;
    }
    for row in &rows.rows {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                out.write_all(b"\t")?;
            }
            out.write_all(one_line(&text(value)).as_bytes())?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}
