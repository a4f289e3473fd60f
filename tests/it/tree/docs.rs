//! Documentation that can be found: every page is linked, every command has its man page and its completion.

use std::fs;

use super::{files, no_complaints, root};

#[test]
fn every_page_is_linked() {
    let linking: Vec<(String, String)> =
        files("", ".md").into_iter().filter(|(name, _)| is_index(name)).collect();
    let mut complaints = Vec::new();
    for (page, _) in files("docs", ".md").iter().filter(|(name, _)| !is_index(name)) {
        let linked = linking.iter().any(|(from, text)| {
            let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
            let relative = page.strip_prefix(folder).unwrap_or(page).trim_start_matches('/');
            text.contains(&format!("({relative}")) || text.contains(&format!("(./{relative}"))
        });
        if !linked {
            complaints.push(format!("{page}: no link in README.md or docs/README.md leads to it"));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut complaints = Vec::new();
    for (page, text) in
        files("", ".md").iter().filter(|(name, _)| name.starts_with("docs/") || !name.contains('/'))
    {
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or("");
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !target.is_empty() && !folder.join(target).exists() {
                complaints.push(format!("{page}: {link} leads nowhere"));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn every_command_has_a_man_page_and_completions() {
    let mut complaints = Vec::new();
    let completions: Vec<String> = ["warrenctl.bash", "_warrenctl", "warrenctl.fish"]
        .iter()
        .map(|name| {
            let path = root().join("completions").join(name);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect();
    let commands = commands();
    assert!(commands.len() > 30, "{commands:?}");
    for command in commands {
        if !root().join("man").join(format!("warrenctl-{command}.1")).exists() {
            complaints.push(format!("{command} has no man page"));
        }
        if !completions.iter().all(|text| has_word(text, &command)) {
            complaints.push(format!("{command} is missing in a completion"));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn every_command_has_a_test() {
    let tests: Vec<(String, String)> = files("tests", "");
    let names = |text: &str, command: &str| {
        text.contains(&format!("\"{command}\"")) || has_word(text, &format!("warrenctl {command}"))
    };
    let untested =
        commands().into_iter().filter(|command| !tests.iter().any(|(_, text)| names(text, command)));
    let complaints: Vec<String> = untested.map(|command| format!("{command} is in no test")).collect();
    no_complaints(&complaints);
}

#[test]
fn a_word_is_not_a_part_of_another() {
    assert!(has_word("stop", "stop") && has_word("x\n(stop)", "stop") && has_word("stop_app stop", "stop"));
    assert!(
        !has_word("stop_app", "stop") && !has_word("a_stop stops -stop", "stop") && !has_word("", "stop")
    );
    assert!(has_word("$ warrenctl stop\n", "warrenctl stop"));
    assert!(!has_word("$ warrenctl stop-app\n", "warrenctl stop"));
}

/// Whether a text has this word, or these words, and not only as part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let continues = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(continues) && !text[at + word.len()..].starts_with(continues))
}

/// Every command, as `warrenctl --help` lists them.
fn commands() -> Vec<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_warrenctl")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let listed =
        help.lines().filter_map(|line| line.strip_prefix("   ")).filter(|line| !line.starts_with(' '));
    listed
        .filter_map(|line| line.split(' ').next())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_index(name: &str) -> bool {
    matches!(name, "README.md" | "docs/README.md" | "docs/index.md")
}
