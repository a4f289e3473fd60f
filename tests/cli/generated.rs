//! Completions and manual pages are generated from the definition of the command line, and the page of the HTTP API
//! from its declarations; all are committed. These tests fail when the committed ones are stale.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::ctl::run;

const STALE: &str = "is stale; write it anew with: cargo run -- man man; \
                     for s in bash fish; do cargo run -- completions $s > completions/warrenctl.$s; done; \
                     cargo run -- completions zsh > completions/_warrenctl";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(directory: &Path) -> BTreeMap<String, String> {
    fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

#[test]
fn completions_are_fresh() {
    let home = tempfile::tempdir().unwrap();
    let committed = files(&root().join("completions"));
    let wanted = [("bash", "warrenctl.bash"), ("zsh", "_warrenctl"), ("fish", "warrenctl.fish")];
    for (shell, file) in wanted {
        let script = run(home.path(), &["completions", shell]).stdout;
        assert!(script.contains("list_queues"), "{shell}");
        assert!(committed.get(file) == Some(&script), "completions/{file} {STALE}");
    }
    assert_eq!(committed.len(), wanted.len(), "{:?}", committed.keys());
}

#[test]
fn manual_pages_are_fresh_and_every_command_has_one() {
    let home = tempfile::tempdir().unwrap();
    let made = home.path().join("man");
    assert_eq!(run(home.path(), &["man", made.to_str().unwrap()]).code, Some(0));
    let (made, committed) = (files(&made), files(&root().join("man")));
    assert_eq!(made.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>(), "man/ {STALE}");
    for (name, page) in &made {
        assert!(committed[name] == *page, "man/{name} {STALE}");
    }
    for command in run(home.path(), &["help", "--list-commands"]).stdout.lines() {
        assert!(made.contains_key(&format!("warrenctl-{command}.1")), "no page for {command}");
    }
}

#[test]
fn the_page_of_the_http_api_is_fresh() {
    let committed = fs::read_to_string(root().join("docs/http-api.md")).unwrap();
    let fresh = committed == warren_api::reference::page();
    let anew = "cargo run -p warren-api --example http_api > docs/http-api.md";
    assert!(fresh, "docs/http-api.md is stale; write it anew with: {anew}");
}
