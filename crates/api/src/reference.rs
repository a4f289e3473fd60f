//! The page of the API, `docs/http-api.md`: a fixed introduction, and what the declarations say.

use std::collections::HashSet;

use crate::NOUNS;
use crate::declaration::{EndpointInfo, ListQuery, Noun, Query, QueryKey};

/// The page without its endpoints.
const TEMPLATE: &str = include_str!("reference.md");
/// What stands there in their place.
const MARK: &str = "{endpoints}";

/// The page as it is to be committed.
pub fn page() -> String {
    let nouns: Vec<String> = NOUNS.iter().map(section).collect();
    TEMPLATE.replace(MARK, nouns.join("\n").trim_end())
}

/// What is said of one noun: its prose, a table of its endpoints, and the keys that go in and come out.
fn section(noun: &Noun) -> String {
    let mut lines = vec![format!("## {}", noun.title), String::new()];
    if !noun.doc.is_empty() {
        lines.extend(noun.doc.lines().map(|line| line.trim().to_owned()));
        lines.push(String::new());
    }
    lines.push("| Method | Path | Who | Query | What it does |".into());
    lines.push("| --- | --- | --- | --- | --- |".into());
    lines.extend(noun.endpoints.iter().map(row));
    let keys = keys(noun);
    if !keys.is_empty() {
        lines.push(String::new());
        lines.extend(keys);
    }
    lines.push(String::new());
    lines.join("\n")
}

fn row(endpoint: &EndpointInfo) -> String {
    let EndpointInfo { method, path, doc, .. } = endpoint;
    let who = match (endpoint.tag, endpoint.in_vhost) {
        (None, _) => "anyone".to_owned(),
        (Some(tag), false) => tag.to_string(),
        (Some(tag), true) => format!("{tag} in the vhost"),
    };
    let is_list = (endpoint.answer)().is_some_and(|answer| answer.in_list);
    let query = match endpoint.query {
        keys if keys == ListQuery::KEYS && is_list => "[list](#lists)".to_owned(),
        keys if keys == ListQuery::KEYS => "[object](#lists)".to_owned(),
        keys => joined(keys.iter().map(|key| format!("`{}`", key.name))),
    };
    format!("| `{method}` | `{path}` | {who} | {query} | {} |", doc.trim())
}

/// What the table has no room for: what the keys of queries do, and which keys bodies and answers have. What several
/// endpoints have in common is said once.
fn keys(noun: &Noun) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // The keys of lists have a place of their own on the page.
    for endpoint in noun.endpoints.iter().filter(|endpoint| endpoint.query != ListQuery::KEYS) {
        lines.extend(
            endpoint.query.iter().map(|QueryKey { name, doc }| format!("- `{name}`: {}", doc.trim())),
        );
    }
    let mut bodies: Vec<(String, Vec<String>)> = Vec::new();
    for endpoint in noun.endpoints {
        let Some(body) = (endpoint.body)() else { continue };
        let shown = |key: &&str| match endpoint.required.contains(key) {
            true => format!("**`{key}`**"),
            false => format!("`{key}`"),
        };
        let (keys, call) =
            (joined(body.keys.iter().map(shown)), format!("{} `{}`", endpoint.method, endpoint.path));
        match bodies.iter_mut().find(|(had, _)| *had == keys) {
            Some((_, calls)) => calls.push(call),
            None => bodies.push((keys, vec![call])),
        }
    }
    lines.extend(
        bodies.into_iter().map(|(keys, calls)| format!("- Body of {}: {keys}.", calls.join(" and "))),
    );
    for answer in noun.endpoints.iter().filter_map(|endpoint| (endpoint.answer)()) {
        lines.push(format!(
            "- `{}`: {}.",
            answer.name,
            joined(answer.keys.iter().map(|key| format!("`{key}`")))
        ));
    }
    let mut once = HashSet::new();
    lines.retain(|line| once.insert(line.clone()));
    lines
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_introduction_has_every_key_of_lists() {
        let intro = TEMPLATE.split(MARK).next().unwrap();
        for key in ListQuery::KEYS {
            assert!(intro.contains(&format!("`{}=", key.name)), "{} is missing", key.name);
        }
    }

    #[test]
    fn a_section_says_who_may_call_and_what_goes_in() {
        let queues = NOUNS.iter().find(|noun| noun.title == "Queues").unwrap();
        let text = section(queues);
        assert!(
            text.contains("| `GET` | `/api/queues` | management | [list](#lists) | Queues of all vhosts")
        );
        assert!(text.contains("/contents` | management in the vhost |  | Drops all ready messages"));
        assert!(text.contains("- `if-empty`: Only when it holds no message.\n"));
        assert!(text.contains("- Body of PUT `/api/queues/{vhost}/{queue}`: `durable`, `auto_delete`,"));
    }
}
