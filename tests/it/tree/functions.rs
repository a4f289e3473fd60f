//! How long functions are. A small lexer finds them: it skips comments, strings and characters, and counts brackets.

use super::{no_complaints, sources};

/// No function is longer, from its `fn` to its closing brace.
const LONGEST: usize = 70;

/// Functions that are longer all the same, as `file: name`. This list only gets shorter.
const LONGER: &[&str] = &[];

#[test]
fn no_function_is_too_long() {
    let mut complaints = Vec::new();
    let mut seen = Vec::new();
    for (file, text) in sources() {
        for Function { name, line, length } in functions(&text) {
            let entry = format!("{file}: {name}");
            if length > LONGEST {
                if !LONGER.contains(&entry.as_str()) {
                    complaints.push(format!("{file}:{line}: {name} has {length} lines: divide it"));
                }
                seen.push(entry);
            }
        }
    }
    let short = LONGER.iter().filter(|entry| !seen.iter().any(|had| had == *entry));
    complaints
        .extend(short.map(|entry| format!("{entry} is short enough now, or gone: take it from the list")));
    no_complaints(&complaints);
}

#[test]
fn functions_are_found_and_measured() {
    let text = r##"
        fn one() { let brace = "}"; let other = '}'; } // fn not_this() {
        trait T { fn without_body(&self) -> [u8; 3]; }
        /* fn nor_this() { /* } */ */
        impl<'a> T for X<'a> {
            pub(crate) async fn two<F: Fn(u8) -> u8>(f: F) -> Result<[u8; { 1 + 1 }], E>
            where F: Copy,
            {
                let raw = r#"}" fn "#;
                fn inner() {
                }
                match x { '{' => (), b'\'' => (), _ => () }
            }
        }
        type Pointer = fn(u8);
    "##;
    let found: Vec<(String, usize, usize)> =
        functions(text).into_iter().map(|found| (found.name, found.line, found.length)).collect();
    let expected = [("one", 2, 1), ("inner", 10, 2), ("two", 6, 8)];
    let expected: Vec<_> =
        expected.iter().map(|(name, line, length)| ((*name).to_owned(), *line, *length)).collect();
    assert_eq!(found, expected);
}

/// A function with a body.
struct Function {
    name: String,
    line: usize,
    length: usize,
}

/// A word or a bracket, with its line.
struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// All functions of a source text, inner ones before the ones around them.
fn functions(text: &str) -> Vec<Function> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut open: Vec<Option<(String, usize)>> = Vec::new();
    let mut pending: Option<(String, usize, i32)> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "fn" => {
                let name = tokens.get(index + 1).filter(|next| is_word(next.text));
                if let Some(name) = name.filter(|_| pending.is_none()) {
                    pending = Some((name.text.to_owned(), token.line, 0));
                }
            }
            "(" | "[" => nest(&mut pending, 1),
            ")" | "]" => nest(&mut pending, -1),
            ";" if pending.as_ref().is_some_and(|(_, _, depth)| *depth == 0) => pending = None,
            "{" => {
                let starts = pending.take_if(|(_, _, depth)| *depth == 0);
                open.push(starts.map(|(name, line, _)| (name, line)));
            }
            "}" => {
                if let Some(Some((name, line))) = open.pop() {
                    found.push(Function { name, line, length: token.line - line + 1 });
                }
            }
            _ => {}
        }
    }
    found
}

fn nest(pending: &mut Option<(String, usize, i32)>, by: i32) {
    if let Some((_, _, depth)) = pending {
        *depth += by;
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Words, brackets and semicolons of a source text; comments, strings, characters and all else left out.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(first) = text[at..].chars().next() {
        let length = skipped(&text[at..]).unwrap_or_else(|| {
            let word = text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - at);
            let length = if word > 0 { word } else { first.len_utf8() };
            if word > 0 || "(){}[];".contains(first) {
                tokens.push(Token { text: &text[at..at + length], line });
            }
            length
        });
        line += text[at..at + length].matches('\n').count();
        at += length;
    }
    tokens
}

/// Length of the comment, string or character that the text begins with.
fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    let prefix = ["b", "c", ""].into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or("");
    let rest = &text[prefix.len()..];
    if let Some(raw) = rest.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = &raw[hashes + 1..];
            let closed = body.find(&end).map_or(body.len(), |found| found + end.len());
            return Some(prefix.len() + 1 + hashes + 1 + closed);
        }
    }
    if rest.starts_with('"') {
        return Some(prefix.len() + quoted(rest, '"'));
    }
    if rest.starts_with('\'') && prefix != "c" {
        // A lifetime has no closing quote right behind its first character.
        let mut characters = rest.chars().skip(1);
        let (first, second) = (characters.next()?, characters.next()?);
        if first == '\\' || second == '\'' {
            return Some(prefix.len() + quoted(rest, '\''));
        }
    }
    None
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            found if found == quote => return index + quote.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}
