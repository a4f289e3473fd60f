//! Field values as RabbitMQ's error texts show them: names of types, and values in Erlang's notation.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::value::FieldValue;
use serde_json::{Map, Value};

/// Octets of a value shown at most; error texts are short.
const SHOWN: usize = 64;

/// RabbitMQ's name of the type of a field value (`longstr`, `signedint`…).
pub(super) fn type_name(value: &FieldValue) -> &'static str {
    match value {
        FieldValue::Boolean(_) => "bool",
        FieldValue::ShortShortInt(_) => "byte",
        FieldValue::ShortShortUint(_) => "unsignedbyte",
        FieldValue::ShortInt(_) => "short",
        FieldValue::ShortUint(_) => "unsignedshort",
        FieldValue::LongInt(_) => "signedint",
        FieldValue::LongUint(_) => "unsignedint",
        FieldValue::LongLongInt(_) => "long",
        FieldValue::Float(_) => "float",
        FieldValue::Double(_) => "double",
        FieldValue::Decimal(_) => "decimal",
        FieldValue::LongString(_) => "longstr",
        FieldValue::Array(_) => "array",
        FieldValue::Timestamp(_) => "timestamp",
        FieldValue::Table(_) => "table",
        FieldValue::Void => "void",
        FieldValue::ByteArray(_) => "binary",
    }
}

/// A name as Erlang writes an atom: between quotes unless it is a plain lower-case word.
pub(super) fn atom(name: &str) -> Cow<'_, str> {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_@".contains(&byte));
    if plain { name.into() } else { format!("'{name}'").into() }
}

/// Writes a value as an Erlang term: `5`, `true`, `<<"text">>`, `<<255,1>>`. What lies inside arrays and tables is left out.
pub(super) fn write_term(value: &FieldValue, out: &mut impl fmt::Write) -> fmt::Result {
    if let Some(number) = value.as_integer() {
        return write!(out, "{number}");
    }
    match value {
        FieldValue::Boolean(v) => write!(out, "{v}"),
        FieldValue::Float(v) => write!(out, "{v:?}"),
        FieldValue::Double(v) => write!(out, "{v:?}"),
        FieldValue::Decimal(v) => write!(out, "{{{},{}}}", v.scale, v.value),
        FieldValue::Timestamp(v) => write!(out, "{v}"),
        FieldValue::LongString(bytes) | FieldValue::ByteArray(bytes) => write_binary(bytes, out),
        FieldValue::Array(_) | FieldValue::Table(_) => out.write_str("[...]"),
        _ => out.write_str("undefined"),
    }
}

/// A value as texts about differing arguments show it: strings bare, the rest as terms.
pub(super) fn plain(value: &FieldValue) -> String {
    let mut text = String::new();
    match value {
        FieldValue::LongString(bytes) => {
            let shown = bytes.get(..SHOWN).unwrap_or(bytes);
            text.push_str(&String::from_utf8_lossy(shown));
            if shown.len() < bytes.len() {
                text.push_str("...");
            }
        }
        // Writing into a string cannot fail.
        _ => drop(write_term(value, &mut text)),
    }
    text
}

/// A JSON value as an Erlang term: `5`, `<<"text">>`, `[1,2]`, `#{<<"key">> => 1}`.
pub fn json_term(value: &Value) -> String {
    match value {
        Value::String(text) => binary(text),
        Value::Array(items) => format!("[{}]", join(items.iter().map(json_term))),
        Value::Object(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{} => {}", binary(key), json_term(value)));
            format!("#{{{}}}", join(pairs))
        }
        other => other.to_string(),
    }
}

/// The pairs of a JSON object as a list: `[{<<"key">>,1}]`.
pub fn json_terms(pairs: &Map<String, Value>) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{{{},{}}}", binary(key), json_term(value)));
    format!("[{}]", join(pairs))
}

fn binary(text: &str) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = write_binary(text.as_bytes(), &mut out);
    out
}

/// Not more than the first of many.
fn join(terms: impl Iterator<Item = String>) -> String {
    let mut terms = terms;
    let mut joined = terms.by_ref().take(SHOWN).collect::<Vec<_>>().join(",");
    if terms.next().is_some() {
        joined.push_str(",...");
    }
    joined
}

fn write_binary(bytes: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    let shown = bytes.get(..SHOWN).unwrap_or(bytes);
    let more = if shown.len() < bytes.len() { "..." } else { "" };
    if shown.is_empty() {
        return out.write_str("<<>>");
    }
    if shown.iter().all(|b| (b' '..=b'~').contains(b)) {
        let mut quoted = String::with_capacity(shown.len());
        for &byte in shown {
            if matches!(byte, b'"' | b'\\') {
                quoted.push('\\');
            }
            quoted.push(char::from(byte));
        }
        return write!(out, "<<\"{quoted}\"{more}>>");
    }
    let mut list = String::new();
    for (i, byte) in shown.iter().enumerate() {
        write!(list, "{}{byte}", if i == 0 { "" } else { "," })?;
    }
    write!(out, "<<{list}{more}>>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(value: FieldValue) -> String {
        let mut out = String::new();
        write_term(&value, &mut out).unwrap();
        out
    }

    #[test]
    fn terms_are_written_as_erlang_writes_them() {
        assert_eq!(term(5.into()), "5");
        assert_eq!(term(true.into()), "true");
        assert_eq!(term("foo".into()), "<<\"foo\">>");
        assert_eq!(term("".into()), "<<>>");
        assert_eq!(term("a\"b".into()), "<<\"a\\\"b\">>");
        assert_eq!(term(FieldValue::ByteArray(vec![255, 1, 34, 10])), "<<255,1,34,10>>");
    }

    #[test]
    fn atoms_are_quoted_where_erlang_quotes_them() {
        for (name, expected) in [("direct", "direct"), ("x-random", "'x-random'"), ("", "''")] {
            assert_eq!(atom(name), expected);
        }
    }

    #[test]
    fn json_is_written_as_erlang_terms() {
        let value = serde_json::json!({"a": [1, 2.5, true, null], "b": {"c": "d"}});
        assert_eq!(json_term(&value), r#"#{<<"a">> => [1,2.5,true,null],<<"b">> => #{<<"c">> => <<"d">>}}"#);
        let pairs = serde_json::json!({"bogus": 5, "e": ""});
        assert_eq!(json_terms(pairs.as_object().unwrap()), r#"[{<<"bogus">>,5},{<<"e">>,<<>>}]"#);
        assert!(json_term(&vec![0; 1000].into()).len() < 200);
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(term("x".repeat(100).into()), format!("<<\"{}\"...>>", "x".repeat(64)));
        assert!(term(FieldValue::ByteArray(vec![0; 1 << 20])).len() < 200);
        assert!(plain(&"é".repeat(1 << 20).into()).len() < 80);
    }
}
