//! Prints what a command returned, in the format that was asked for.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Formatter, Output, Style, cell, csv, json as json_format, pretty_table, table, tsv};

/// Writes the output. `node` gives the name of the node; it is asked only where the format shows it.
pub fn print(
    out: &mut impl Write,
    output: &Output,
    style: Style,
    node: impl Fn() -> String,
) -> io::Result<()> {
    match (output, style.formatter) {
        (Output::Raw(text), _) => out.write_all(text.as_bytes()),
        (output, Formatter::Json) => print_json(out, output, node),
        (Output::Rows(rows), Formatter::Table) => table::write(out, rows, style),
        (Output::Rows(rows), Formatter::PrettyTable) => pretty_table::write(out, rows),
        (Output::Rows(rows), Formatter::Csv) => csv::write(out, rows),
        (Output::Rows(rows), Formatter::Tsv) => tsv::write(out, rows),
        (Output::Message(text), _) => writeln!(out, "{}", cell::visible(text)),
        (Output::Chatter(text), _) if style.has_banner() => writeln!(out, "{}", cell::visible(text)),
        (Output::Record { text, .. }, _) => writeln!(out, "{}", cell::visible(text)),
        (Output::Chatter(_) | Output::Done, _) => Ok(()),
    }
}

fn print_json(out: &mut impl Write, output: &Output, node: impl Fn() -> String) -> io::Result<()> {
    let value: Value = match output {
        Output::Rows(rows) => return json_format::write_rows(out, rows),
        Output::Message(text) => json!({ "message": text }),
        Output::Chatter(text) => json!({ "message": text, "node": node(), "status": "ok" }),
        Output::Record { json, .. } => json.clone(),
        Output::Done | Output::Raw(_) => json!({ "node": node(), "result": "ok" }),
    };
    json_format::write_value(out, &value)
}

#[cfg(test)]
mod tests {
    use super::super::Rows;
    use super::*;

    fn printed(output: &Output, formatter: Formatter, quiet: bool) -> String {
        let style = Style { formatter, quiet, silent: false, no_table_headers: false };
        let mut out = Vec::new();
        print(&mut out, output, style, || "warren@host".into()).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows() -> Output {
        Output::Rows(Rows {
            columns: vec!["name", "tags"],
            empty_line: false,
            no_header: false,
            rows: vec![vec![json!("a\tb\n\"\\"), json!(["x", "y"])], vec![json!("日本語"), json!([])]],
        })
    }

    #[test]
    fn a_name_never_breaks_a_row() {
        assert_eq!(
            printed(&rows(), Formatter::Table, false),
            "name\ttags\na\\tb\\n\"\\\t[x, y]\n日本語\t[]\n"
        );
        assert_eq!(
            printed(&rows(), Formatter::Tsv, false),
            "name\ttags\na\\tb\\n\"\\\\\t[x, y]\n日本語\t[]\n"
        );
        assert_eq!(
            printed(&rows(), Formatter::Csv, false),
            "\"name\",\"tags\"\n\"a\tb\n\"\"\\\",\"[x, y]\"\n\"日本語\",\"[]\"\n"
        );
        let pretty = printed(&rows(), Formatter::PrettyTable, false);
        assert!(pretty.contains("│ 日本語   ┆ []     │"), "{pretty}");
    }

    #[test]
    fn a_table_without_rows_is_nothing_to_people_and_a_header_to_programs() {
        let empty = Output::Rows(Rows { columns: vec!["name", "tags"], ..Rows::default() });
        assert_eq!(printed(&empty, Formatter::Table, false), "");
        assert_eq!(printed(&empty, Formatter::Json, false), "[]\n");
        assert_eq!(printed(&empty, Formatter::Csv, false), "\"name\",\"tags\"\n");
        assert_eq!(printed(&empty, Formatter::Tsv, false), "name\ttags\n");
    }

    #[test]
    fn words_are_an_object_in_json() {
        assert_eq!(
            printed(&Output::Message("Success".into()), Formatter::Json, false),
            "{\"message\":\"Success\"}\n"
        );
        assert_eq!(
            printed(&Output::Done, Formatter::Json, false),
            "{\"node\":\"warren@host\",\"result\":\"ok\"}\n"
        );
        assert_eq!(printed(&Output::Done, Formatter::Table, false), "");
        assert_eq!(printed(&Output::Chatter("Done.".into()), Formatter::Table, true), "");
        assert_eq!(printed(&Output::Chatter("Done.".into()), Formatter::Table, false), "Done.\n");
    }
}
