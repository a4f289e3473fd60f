//! What a source file names of other modules: a simple reader of `use` and of paths in code, line by line, as rustfmt lays it out.

use super::production::{Production, declared_module, indent};

/// What a source file names.
#[derive(Debug, Default)]
pub struct Names {
    /// What `use` brings in.
    pub imports: Vec<Import>,
    /// Paths in code.
    pub paths: Vec<Vec<String>>,
}

/// A name that `use` brings in; `*` is a name too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name by which it is known from then on.
    pub name: String,
    /// The path behind it.
    pub path: Vec<String>,
    /// Whether it is there for other modules as well.
    pub re_export: bool,
}

impl Names {
    /// Reads a file. Paths in code count if they begin with `crate`, `self`, `super` or one of the modules that the file
    /// has below it.
    pub fn of(text: &str, modules: &[&str]) -> Self {
        let production = Production::of(text);
        let mut lines = production.lines.iter().map(|line| line.split("//").next().unwrap_or_default());
        let mut names = Self::default();
        // The indentation of each module around a line that stands in this very file.
        let mut inline: Vec<usize> = Vec::new();
        while let Some(line) = lines.next() {
            let code = line.trim();
            if declared_module(code).is_some() {
                continue;
            }
            if opens_module(code) {
                inline.push(indent(line));
            } else if code == "}" && inline.last() == Some(&indent(line)) {
                inline.pop();
            } else if let Some((re_export, first)) = import_in(code) {
                let mut whole = first.to_owned();
                while !whole.contains(';') {
                    let Some(line) = lines.next() else { break };
                    whole.push_str(line.trim());
                }
                let found = imports(whole.split(';').next().unwrap_or_default());
                names.imports.extend(found.into_iter().map(|(name, path)| Import {
                    name,
                    path: from_the_file(path, inline.len()),
                    re_export: re_export && inline.is_empty(),
                }));
            } else {
                let found = paths(code, modules).into_iter();
                names.paths.extend(found.map(|path| from_the_file(path, inline.len())));
            }
        }
        names
    }
}

fn opens_module(line: &str) -> bool {
    let declaration = line.strip_suffix(" {").and_then(|line| line.rsplit_once(' '));
    declaration.is_some_and(|(before, _)| before.rsplit(' ').next() == Some("mod"))
}

/// A path as the file would write it, out of a module so many levels below it in the same file.
fn from_the_file(path: Vec<String>, levels: usize) -> Vec<String> {
    let up = path.iter().take(levels).take_while(|part| *part == "super").count();
    let own = (up > 0).then(|| "self".to_owned());
    own.into_iter().chain(path.into_iter().skip(up)).collect()
}

/// Whether a line begins a `use`, whether that is a re-export, and what stands behind it.
fn import_in(line: &str) -> Option<(bool, &str)> {
    if let Some(tree) = line.strip_prefix("use ") {
        return Some((false, tree));
    }
    let (visibility, tree) = line.split_once("use ")?;
    let visibility = visibility.trim_end();
    let is_visibility = visibility == "pub" || (visibility.starts_with("pub(") && visibility.ends_with(')'));
    is_visibility.then_some((true, tree))
}

/// All that the tree of a `use` brings in: names, and the paths behind them.
fn imports(tree: &str) -> Vec<(String, Vec<String>)> {
    let tree = tree.trim().trim_start_matches("::");
    if let Some((before, inside)) = tree.split_once('{') {
        let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
        let prefix = segments(before);
        let nested = parts(inside).into_iter().flat_map(imports);
        let whole = |(name, path): (String, Vec<String>)| {
            let is_own = path == ["self"];
            let path = prefix.iter().cloned().chain(path.into_iter().filter(|_| !is_own)).collect();
            (if name == "self" { prefix.last().cloned().unwrap_or_default() } else { name }, path)
        };
        return nested.map(whole).collect();
    }
    let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
    let path = segments(path);
    let Some(last) = path.last() else { return Vec::new() };
    vec![(name.unwrap_or(last).trim().to_owned(), path)]
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// What commas separate, outside of braces.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// The paths in a line of code that begin with `crate`, `self`, `super` or one of these modules.
fn paths(line: &str, modules: &[&str]) -> Vec<Vec<String>> {
    let in_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = line.split(|letter: char| !in_path(letter)).filter(|word| word.contains("::"));
    let own = |first: &str| matches!(first, "crate" | "self" | "super") || modules.contains(&first);
    words.map(segments).filter(|path| path.len() > 1 && own(&path[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_of_imports_are_taken_apart() {
        let found = imports("crate::{a, b::{self, C as D, e::*}, super::f}");
        let found: Vec<String> =
            found.iter().map(|(name, path)| format!("{name}={}", path.join("::"))).collect();
        let expected = ["a=crate::a", "b=crate::b", "D=crate::b::C", "*=crate::b::e::*", "f=crate::super::f"];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_module_in_the_same_file_is_a_level_lower() {
        let text =
            "mod a {\n    use super::b;\n    fn f() -> super::super::c::D {}\n}\nuse super::e;\nmod g;\n";
        let names = Names::of(text, &[]);
        let imports: Vec<String> = names.imports.iter().map(|import| import.path.join("::")).collect();
        assert_eq!((imports, names.paths.len()), (vec!["self::b".into(), "super::e".into()], 1));
        assert_eq!(names.paths[0].join("::"), "self::super::c::D");
    }
}
