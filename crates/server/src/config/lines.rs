//! The outer shape of a configuration file: lines of `key = value`, comments, and values in single quotes.
//!
//! The format is that of `rabbitmq.conf` (<https://www.rabbitmq.com/docs/configure#config-file>): a `#` starts a
//! comment wherever it stands outside single quotes, a value in single quotes is taken literally, double quotes
//! are part of the value, and of two lines with the same key the later one counts.

/// The longest file that is read. RabbitMQ's own fully commented example has 40 KB.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// One `key = value` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Line number, counted from 1.
    pub line: usize,
    /// The key's words, without the dots between them.
    pub key: Vec<String>,
    /// The value without the white space, quotes and comment around it.
    pub value: String,
}

impl Entry {
    /// The key as a reader writes it.
    pub fn dotted(&self) -> String {
        self.key.join(".")
    }
}

/// A line that is neither a setting, nor a comment, nor empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Line number, counted from 1.
    pub line: usize,
    /// What is wrong with it, as a clause.
    pub problem: String,
}

/// Splits a file into its settings, in the order in which they stand there.
pub fn parse(text: &str) -> Result<Vec<Entry>, BadLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut entries = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let content = raw.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let entry = parse_setting(content).map_err(|problem| BadLine { line, problem })?;
        entries.push(Entry { line, key: entry.0, value: entry.1 });
    }
    Ok(entries)
}

fn parse_setting(content: &str) -> Result<(Vec<String>, String), String> {
    if content.starts_with('[') {
        return Err(
            "looks like an ini section or an Erlang term; this file has lines of 'key = value'".into()
        );
    }
    if content.starts_with("include ") {
        return Err("'include' is not supported; write the settings into this file".into());
    }
    let Some((key, rest)) = content.split_once('=') else {
        return Err("has no '='; a setting is written 'key = value'".into());
    };
    let key = parse_key(key.trim())?;
    let value = parse_value(rest.trim_start())?;
    Ok((key, value))
}

/// Words of letters, digits, `_`, `-` between dots; `\.` is a dot inside a word.
fn parse_key(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Err("has no key before the '='".into());
    }
    let mut words = vec![];
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.as_str().starts_with('.') => {
                chars.next();
                word.push('.');
            }
            '.' => words.push(std::mem::take(&mut word)),
            c if c.is_ascii_alphanumeric() || c == '_' || c == '-' => word.push(c),
            c => {
                let shown = c.escape_debug();
                return Err(format!("has '{shown}' in its key; keys have letters, digits, '_', '-' and '.'"));
            }
        }
    }
    words.push(word);
    if words.iter().any(String::is_empty) {
        return Err("has a key with an empty part between its dots".into());
    }
    Ok(words)
}

fn parse_value(rest: &str) -> Result<String, String> {
    if let Some(value) = quoted(rest) {
        return Ok(value.to_owned());
    }
    let value = rest.split('#').next().unwrap_or_default().trim();
    if value.is_empty() {
        return Err("has no value after the '='; write '' for an empty one".into());
    }
    if value.chars().any(char::is_control) {
        return Err("has a control character in its value".into());
    }
    Ok(value.to_owned())
}

/// The inside of `'…'` when nothing but a comment follows the closing quote.
fn quoted(rest: &str) -> Option<&str> {
    let (value, after) = rest.strip_prefix('\'')?.split_once('\'')?;
    let after = after.trim_start();
    (after.is_empty() || after.starts_with('#')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Result<(String, String), String> {
        let entries = parse(line).map_err(|bad| bad.problem)?;
        let [entry] = entries.as_slice() else { panic!("{} entries", entries.len()) };
        Ok((entry.dotted(), entry.value.clone()))
    }

    fn ok(line: &str, key: &str, value: &str) {
        assert_eq!(one(line), Ok((key.to_owned(), value.to_owned())), "{line}");
    }

    /// Each pair was read by RabbitMQ 3.10.8's own parser (cuttlefish 3.0.1).
    #[test]
    fn reads_what_rabbitmq_reads() {
        ok("default_user = bob # trailing", "default_user", "bob");
        ok("default_pass = \"quoted\"", "default_pass", "\"quoted\"");
        ok("  spaced.key   =   some value with spaces   ", "spaced.key", "some value with spaces");
        ok("a.b=c=d", "a.b", "c=d");
        ok("tab\t=\tx", "tab", "x");
        ok("hash=abc#def", "hash", "abc");
        ok("sq = 'abc", "sq", "'abc");
        ok("sq2 = it's", "sq2", "it's");
        ok("q = 'a'b", "q", "'a'b");
        ok("a = b c # d # e", "a", "b c");
        ok("a = $(b)", "a", "$(b)");
    }

    /// Single quotes are RabbitMQ's since 3.11 (<https://www.rabbitmq.com/docs/configure#config-file-escaping>).
    #[test]
    fn single_quotes_make_a_value_literal() {
        ok("v = 'single # hash'", "v", "single # hash");
        ok("v = ' padded ' # comment", "v", " padded ");
        ok("v = ''", "v", "");
    }

    #[test]
    fn an_escaped_dot_belongs_to_the_word() {
        let entries = parse(r"loopback_users.a\.b = false").unwrap();
        assert_eq!(entries[0].key, ["loopback_users", "a.b"]);
    }

    #[test]
    fn refuses_what_rabbitmq_refuses() {
        for line in [
            "key",
            "= v",
            "empty =",
            "empty = # c",
            "k ey = v",
            "a..b = 1",
            ".a = 1",
            "a. = 1",
            "a/b = 1",
            "a@b = 1",
            "[x]",
            "é = 1",
            "u.with space = false",
        ] {
            assert!(one(line).is_err(), "{line}");
        }
    }

    #[test]
    fn counts_lines_from_one_and_over_comments() {
        let bad = parse("# c\r\n\r\na = 1\r\nnonsense\r\n").unwrap_err();
        assert_eq!(bad.line, 4);
        assert_eq!(parse("\u{feff}a = 1").unwrap()[0].line, 1);
    }

    #[test]
    fn an_include_says_that_it_is_not_supported() {
        assert!(parse("include conf.d/*.conf").unwrap_err().problem.contains("not supported"));
    }
}
