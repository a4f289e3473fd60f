//! How a value is written into a cell, and how text is kept from doing more than being seen.

use std::fmt::Write;

use serde_json::Value;

/// A value as the text of a cell, before anything in it is escaped. Text stands for itself, nothing for null, a list of
/// words is `[a, b]`, and a table of arguments `[{"key",value}]` as rabbitmqctl writes it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        Value::Object(_) => term(value),
    }
}

/// A value inside a table of arguments.
fn term(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(term).collect::<Vec<_>>().join(",")),
        Value::Object(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{{{},{}}}", quoted(key), term(value))).collect();
            format!("[{}]", pairs.join(","))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Text in which nothing acts on a terminal or breaks a row: control characters, and those that turn the direction of
/// writing, are written as escapes. Line feeds of messages stay.
pub fn visible(text: &str) -> String {
    escape(text, |character| character != '\n' && is_hidden(character))
}

/// The same for one line: line feeds and tabs are escaped as well.
pub fn one_line(text: &str) -> String {
    escape(text, is_hidden)
}

/// As [`one_line`], with backslashes doubled, so that the text can be read back exactly.
pub fn reversible(text: &str) -> String {
    escape(text, |character| character == '\\' || is_hidden(character))
}

/// Text for a format that has its own quoting: tabs and line ends stay as they are.
pub fn quotable(text: &str) -> String {
    escape(text, |character| !matches!(character, '\t' | '\n' | '\r') && is_hidden(character))
}

/// Control characters (C0, DEL, C1), and those that reorder or hide what is around them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escape(text: &str, select: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if !select(character) => escaped.push(character),
            '\\' => escaped.push_str("\\\\"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            _ if u32::from(character) <= 0xff => {
                let _ = write!(escaped, "\\x{:02x}", u32::from(character));
            }
            _ => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_rabbitmqctl_writes_them() {
        let arguments =
            json!({"x-message-ttl": 60000, "n": {"a": 1, "b": ["x", 2]}, "t": true, "s": "back\\slash"});
        assert_eq!(
            text(&arguments),
            r#"[{"x-message-ttl",60000},{"n",[{"a",1},{"b",["x",2]}]},{"t",true},{"s","back\\slash"}]"#
        );
        assert_eq!(text(&json!({})), "[]");
        assert_eq!(text(&json!(["management", "a,b"])), "[management, a,b]");
        assert_eq!(text(&json!([])), "[]");
        assert_eq!(text(&json!(null)), "");
        assert_eq!(text(&json!(1.5)), "1.5");
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(
            one_line("a\tb\nc\r\u{1b}[2J\u{7f}\u{9b}\u{202e}é日🐇"),
            "a\\tb\\nc\\r\\x1b[2J\\x7f\\x9b\\u{202e}é日🐇"
        );
        assert_eq!(visible("a\nb\u{7}"), "a\nb\\x07");
        assert_eq!(one_line("back\\slash"), "back\\slash");
        assert_eq!(reversible("back\\t\t"), "back\\\\t\\t");
        assert_eq!(quotable("a\n\u{1}"), "a\n\\x01");
    }
}
