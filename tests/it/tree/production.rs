//! Which part of the sources is production code: what is compiled for tests alone is told apart line by line, as rustfmt
//! lays it out.

use std::collections::BTreeSet;

use super::sources;

/// The lines of a source text that are compiled without `cfg(test)`, and the test modules that it declares.
pub struct Production<'a> {
    /// The lines, in order.
    pub lines: Vec<&'a str>,
    /// Each test module that is a file: its name, and the file that a `path` attribute gives it.
    pub test_modules: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Production<'a> {
    /// Reads a source text.
    pub fn of(text: &'a str) -> Self {
        let mut production = Self { lines: Vec::new(), test_modules: Vec::new() };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.trim() == "#[cfg(test)]" {
                production.skip_item(indent(line), &mut lines);
            } else {
                production.lines.push(line);
            }
        }
        production
    }

    /// Passes by an item with its attributes. It ends where a line at its own indentation ends one.
    fn skip_item(&mut self, indentation: usize, lines: &mut std::str::Lines<'a>) {
        let mut path = None;
        for line in lines {
            let trimmed = line.trim();
            if let Some(rest) = trimmed.strip_prefix("#[path = \"") {
                path = rest.split('"').next();
            }
            if let Some(name) = declared_module(trimmed) {
                self.test_modules.push((name, path));
            }
            let ends = trimmed.ends_with([';', '}']) || trimmed.ends_with("},");
            if ends && indent(line) == indentation && !trimmed.starts_with('#') {
                return;
            }
        }
    }
}

/// All files that are compiled for tests alone: those below `tests` and `benches`, and those that are declared so.
pub fn test_files() -> BTreeSet<String> {
    let sources = sources();
    let is_beside =
        |name: &str| ["tests/", "benches/", "fuzz/"].iter().any(|folder| name.starts_with(folder));
    let mut found: BTreeSet<String> = sources
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| is_beside(name) || name.contains("/tests/") || name.contains("/benches/"))
        .collect();
    for (name, text) in &sources {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let below = match file.trim_end_matches(".rs") {
            "mod" | "lib" | "main" => folder.to_owned(),
            stem => format!("{folder}/{stem}"),
        };
        for (module, path) in Production::of(text).test_modules {
            let file = path.map_or(format!("{below}/{module}.rs"), |path| format!("{folder}/{path}"));
            let inside = format!("{below}/{module}/");
            let names = sources.iter().map(|(name, _)| name);
            found.extend(names.filter(|name| **name == file || name.starts_with(&inside)).cloned());
        }
    }
    found
}

/// The name of the module that a line declares without giving its content.
pub fn declared_module(line: &str) -> Option<&str> {
    let (before, name) = line.trim().strip_suffix(';')?.rsplit_once(' ')?;
    let keyword = before.rsplit(' ').next()?;
    (keyword == "mod").then_some(name)
}

/// How many blanks a line begins with.
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[test]
fn what_is_for_tests_is_left_out() {
    let text = "mod a;\n#[cfg(test)]\nmod b_tests;\npub mod c;\n#[cfg(test)]\n#[path = \"d_tests.rs\"]\nmod d;\n\
                fn e() {\n    #[cfg(test)]\n    f(\n        1,\n    );\n    g();\n}\n\
                #[cfg(test)]\nmod tests {\n    use x;\n\n    fn h() {\n    }\n}\nmod z;\n";
    let production = Production::of(text);
    assert_eq!(production.lines, ["mod a;", "pub mod c;", "fn e() {", "    g();", "}", "mod z;"]);
    assert_eq!(production.test_modules, [("b_tests", None), ("d", Some("d_tests.rs"))]);
}
