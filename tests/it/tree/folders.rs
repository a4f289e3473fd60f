//! Which folder of a crate uses which: a simple reader of `use` and of paths in code.
//!
//! A *folder* is a directory below `src`, at any depth, with the `mod.rs` in it and with the file of the same name beside it, if there
//! are such; a file right in `src` is a folder of its own; `lib.rs` and `main.rs` are the folder `(root)`. A folder uses another when code
//! of it names something there: in a `use`, or by a path that begins with `crate`, `self`, `super` or one of its own modules. A name that
//! is re-exported, or imported where it is looked for, is followed to where it comes from, so that a `mod.rs` that only declares its
//! modules and re-exports from them uses nothing. What is compiled for tests alone does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Import, Names};
use super::production::test_files;

/// The modules of a crate, by their path.
pub struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

/// One folder that uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The folder that uses it.
    pub from: String,
    /// The folder that is used.
    pub to: String,
    /// A file that does, and what it names.
    pub example: String,
}

/// A source file.
struct Module {
    file: String,
    folder: String,
    names: Names,
}

impl Crate {
    /// Reads the crate whose sources are below `src`, out of all sources of the project.
    pub fn read(src: &str, sources: &[(String, String)]) -> Self {
        let test_files = test_files();
        let own = sources.iter().filter_map(|(file, text)| {
            let inside = file.strip_prefix(src)?.strip_prefix('/')?;
            (!test_files.contains(file) && !inside.starts_with("bin/")).then_some((inside, text.as_str()))
        });
        Self::of(src, own.collect())
    }

    /// Reads the files of a crate, which are given with their place below `src`.
    fn of(src: &str, files: Vec<(&str, &str)>) -> Self {
        let paths: Vec<Vec<String>> = files.iter().map(|(inside, _)| module_path(inside)).collect();
        let modules = files.iter().zip(&paths).map(|((inside, text), path)| {
            let below = paths.iter().filter_map(|other| other.strip_prefix(path.as_slice()));
            let children: Vec<&str> = below.filter_map(|below| below.first()).map(String::as_str).collect();
            let folder = folder(inside, path, !children.is_empty());
            let names = Names::of(text, &children);
            (path.clone(), Module { file: format!("{src}/{inside}"), folder, names })
        });
        Self { modules: modules.collect() }
    }

    /// All pairs of folders of which one uses the other, each once.
    pub fn edges(&self) -> Vec<Edge> {
        let mut edges: BTreeMap<(String, String), String> = BTreeMap::new();
        for (at, module) in &self.modules {
            let imported = module.names.imports.iter().map(|import| (&import.path, import.re_export));
            let mentioned = module.names.paths.iter().map(|path| (path, false));
            for (path, re_export) in imported.chain(mentioned) {
                let Some(target) = self.resolve(at, path, 0) else { continue };
                let below = target.len() > at.len() && target.starts_with(at);
                let Some(Module { folder: to, .. }) = self.modules.get(&target) else { continue };
                if *to != module.folder && !(re_export && below) {
                    let example = format!("{} names {}", module.file, path.join("::"));
                    edges.entry((module.folder.clone(), to.clone())).or_insert(example);
                }
            }
        }
        edges.into_iter().map(|((from, to), example)| Edge { from, to, example }).collect()
    }

    /// All folders.
    pub fn folders(&self) -> BTreeSet<&str> {
        self.modules.values().map(|module| module.folder.as_str()).collect()
    }

    /// The module in which something is that a module calls by this path; `None` if it is in another crate.
    fn resolve(&self, at: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let (mut here, mut rest) = (at.to_vec(), path);
        match path.first()?.as_str() {
            "crate" => (here, rest) = (Vec::new(), &path[1..]),
            "self" | "super" => {}
            name if self.child(at, name).is_none() && self.import(at, name).is_none() => return None,
            _ => {}
        }
        while let Some((first, behind)) =
            rest.split_first().filter(|(first, _)| *first == "self" || *first == "super")
        {
            if first == "super" {
                here.pop();
            }
            rest = behind;
        }
        while let Some((name, behind)) = rest.split_first() {
            if let Some(child) = self.child(&here, name) {
                (here, rest) = (child, behind);
                continue;
            }
            // What an import brings in is looked for where that points.
            if let Some(import) = self.import(&here, name).filter(|_| depth < 8) {
                let path: Vec<String> = import.path.iter().chain(behind).cloned().collect();
                if path != rest {
                    return self.resolve(&here, &path, depth + 1).or(Some(here));
                }
            }
            break;
        }
        Some(here)
    }

    fn child(&self, at: &[String], name: &str) -> Option<Vec<String>> {
        let path: Vec<String> = at.iter().cloned().chain([name.to_owned()]).collect();
        self.modules.contains_key(&path).then_some(path)
    }

    fn import(&self, at: &[String], name: &str) -> Option<&Import> {
        self.modules.get(at)?.names.imports.iter().find(|import| import.name == name)
    }
}

/// The path of the module that a file is.
fn module_path(inside: &str) -> Vec<String> {
    let mut path: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let root = path.len() == 1 && matches!(path[0].as_str(), "lib" | "main");
    if root || path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    path
}

fn folder(inside: &str, path: &[String], has_children: bool) -> String {
    let directory = inside.rsplit_once('/').map_or("", |(directory, _)| directory);
    match path {
        [] => "(root)".to_owned(),
        [top] if directory.is_empty() => top.clone(),
        _ if has_children => path.join("/"),
        _ => directory.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let edges = Crate::of("src", files.to_vec()).edges();
        edges.into_iter().map(|edge| (edge.from, edge.to)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn imports_and_paths_are_edges_and_tests_and_comments_are_none() {
        let found = edges(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;\npub use b::B;\n"),
            ("a/mod.rs", "mod inner;\n\nuse std::fmt;\nuse serde::{\n    a,\n};\n"),
            (
                "a/inner.rs",
                "use crate::{\n    b::B,\n};\n// crate::c::x()\n#[cfg(test)]\nmod tests {\n    use crate::c;\n}\n",
            ),
            ("b.rs", "fn f() -> crate::c::C { super::c::g(\"x\") }\npub struct B;\n"),
            ("c.rs", "use time::Instant;\n"),
            ("time.rs", ""),
        ]);
        assert_eq!(found, pairs(&[("a", "b"), ("b", "c")]));
    }

    #[test]
    fn re_exports_are_followed() {
        let found = edges(&[
            ("lib.rs", "mod a;\npub mod b;\nmod c;\npub use a::One;\npub use b::*;\n"),
            ("a/mod.rs", "mod one;\nmod two;\npub use one::One;\npub(crate) use two::deep::Two;\n"),
            ("a/one.rs", "use super::Two;\n"),
            ("a/two/mod.rs", "pub mod deep;\n"),
            ("a/two/deep.rs", ""),
            ("b.rs", "use crate::One;\nuse crate::a::Two as Other;\n"),
            ("c.rs", "use crate::b::Other;\n"),
        ]);
        assert_eq!(found, pairs(&[("a", "a/two"), ("b", "a"), ("b", "a/two"), ("c", "a/two")]));
    }

    #[test]
    fn a_folder_is_used_by_its_parent_and_uses_it() {
        let found = edges(&[
            ("main.rs", "mod a;\nfn main() { a::main() }\n"),
            ("a.rs", "mod b;\nuse b::x;\nfn main() { b::y::z(); self::b::w() }\n"),
            ("a/b/mod.rs", "pub mod y;\nuse super::Thing;\n"),
            ("a/b/y.rs", "fn z() -> super::super::Thing {}\n"),
        ]);
        assert_eq!(found, pairs(&[("(root)", "a"), ("a", "a/b"), ("a/b", "a")]));
    }
}
