//! The shape of the source tree: which crate and which folder may use which, how long files and functions may be, and what
//! every file must open with. What does not hold yet stands in a list that only gets shorter.

mod circles;
mod crates;
mod docs;
mod files;
mod folders;
mod imports;
mod lints;
mod production;

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` (relative to the root) that ends with `suffix`, as path relative to the root and text.
fn files(folder: &str, suffix: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.ends_with("/target") && !name.ends_with("/node_modules") {
                    folders.push(path);
                }
            } else if name.ends_with(suffix) {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
                found.push((name, text));
            }
        }
    }
    found.sort();
    found
}

/// All Rust sources that are the project's own.
fn sources() -> Vec<(String, String)> {
    ["src", "crates", "tests", "benches", "fuzz"].iter().flat_map(|folder| files(folder, ".rs")).collect()
}

/// Fails with all complaints at once.
#[track_caller]
fn no_complaints(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
