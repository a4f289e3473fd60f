//! Lints for the whole workspace. Clippy holds functions to their length; here it is held to be asked to.

use super::{files, no_complaints, root};

/// No function has more lines of code.
const LONGEST_FUNCTION: i64 = 70;

fn parsed(name: &str, text: &str) -> toml::Table {
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let mut manifests = files("crates", "/Cargo.toml");
    manifests.extend(files("benches", "/Cargo.toml"));
    manifests.push(("Cargo.toml".into(), std::fs::read_to_string(root().join("Cargo.toml")).unwrap()));
    let mut complaints = Vec::new();
    for (name, text) in &manifests {
        if parsed(name, text).get("lints").and_then(|lints| lints.get("workspace")) != Some(&true.into()) {
            complaints.push(format!("{name} has no lints.workspace = true"));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn the_length_of_functions_is_bounded_everywhere() {
    let manifest = parsed("Cargo.toml", &std::fs::read_to_string(root().join("Cargo.toml")).unwrap());
    assert_eq!(manifest["workspace"]["lints"]["clippy"]["too_many_lines"].as_str(), Some("warn"));
    // Of several such files clippy reads the nearest one alone.
    let settings = files("", "clippy.toml");
    assert!(settings.iter().any(|(name, _)| name == "clippy.toml"));
    let longer = settings.iter().filter(|(name, text)| {
        let threshold = parsed(name, text).get("too-many-lines-threshold").and_then(toml::Value::as_integer);
        threshold != Some(LONGEST_FUNCTION)
    });
    let complaints: Vec<String> =
        longer.map(|(name, _)| format!("{name}: too-many-lines-threshold is {LONGEST_FUNCTION}")).collect();
    no_complaints(&complaints);
}
