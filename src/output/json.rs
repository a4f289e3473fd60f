//! JSON: rows are an array with one object a line, as rabbitmqctl prints it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::Rows;

/// Writes rows: `[`, an object a line, `]`. A value that is absent is an empty text, as rabbitmqctl has it.
pub fn write_rows(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    if rows.rows.is_empty() {
        return out.write_all(b"[]\n");
    }
    out.write_all(b"[\n")?;
    for (at, row) in rows.rows.iter().enumerate() {
        out.write_all(if at > 0 { b",{" } else { b"{" })?;
        for (column, (name, value)) in rows.columns.iter().zip(row).enumerate() {
            let comma = if column > 0 { "," } else { "" };
            write!(out, "{comma}\"{name}\":")?;
            match value {
                Value::Null => out.write_all(b"\"\"")?,
                value => write_compact(out, value)?,
            }
        }
        out.write_all(b"}\n")?;
    }
    out.write_all(b"]\n")
}

/// Writes one value on one line.
pub fn write_value(out: &mut impl Write, value: &Value) -> io::Result<()> {
    write_compact(out, value)?;
    out.write_all(b"\n")
}

fn write_compact(out: &mut impl Write, value: &Value) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless)).map_err(io::Error::from)
}

/// Compact JSON in which DEL and the C1 control characters, which act on terminals and which JSON allows, are escaped.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut start = 0;
        for (at, character) in fragment.char_indices().filter(|(_, character)| character.is_control()) {
            CompactFormatter.write_string_fragment(writer, &fragment[start..at])?;
            write!(writer, "\\u{:04x}", u32::from(character))?;
            start = at + character.len_utf8();
        }
        CompactFormatter.write_string_fragment(writer, &fragment[start..])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_object_a_line() {
        let rows = Rows {
            columns: vec!["name", "policy"],
            empty_line: false,
            no_header: false,
            rows: vec![vec![json!("a\"\u{1b}\u{9b}é"), json!(null)], vec![json!("b"), json!({"x": [1]})]],
        };
        let mut out = Vec::new();
        write_rows(&mut out, &rows).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "[\n{\"name\":\"a\\\"\\u001b\\u009bé\",\"policy\":\"\"}\n,{\"name\":\"b\",\"policy\":{\"x\":[1]}}\n]\n"
        );
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back[0]["name"], "a\"\u{1b}\u{9b}é");
    }
}
