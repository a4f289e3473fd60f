//! Which crate may use which. Arrows point down: the face (`warrenctl`) on the server, the load generator and the API's
//! types, the server on broker and protocol, the broker on queues, the queues on the store, the load generator on protocol.

use super::{files, no_complaints, root};

/// Each crate, and the project's crates that it may use.
const EDGES: &[(&str, &[&str])] = &[
    ("warrenctl", &["warren-api", "warren-arguments", "warren-perf", "warren-server"]),
    ("warren-api", &[]),
    ("warren-model", &[]),
    // The store because booting opens it, for the broker to write to.
    ("warren-server", &["warren-model", "warren-api", "warren-broker", "warren-amqp091", "warren-store"]),
    ("warren-broker", &["warren-model", "warren-arguments", "warren-queues", "warren-store"]),
    ("warren-queues", &["warren-model", "warren-arguments", "warren-store"]),
    // A table.
    ("warren-arguments", &[]),
    // A client, and no part of the server.
    ("warren-perf", &["warren-amqp091", "warren-model"]),
    ("warren-amqp091", &["warren-model"]),
    ("warren-store", &[]),
];

/// What a crate must know nothing of.
const STRANGERS: &[(&str, &[&str])] = &[
    ("warren-arguments", &["tokio", "axum", "hyper", "reqwest", "clap", "serde"]),
    ("warren-api", &["tokio", "axum", "hyper", "reqwest", "clap"]),
    ("warren-server", &["clap", "reqwest"]),
    ("warren-broker", &["tokio", "axum", "hyper", "reqwest", "clap"]),
    ("warren-queues", &["tokio", "axum", "hyper", "reqwest", "clap"]),
    ("warren-perf", &["tokio", "axum", "hyper", "reqwest", "clap"]),
    ("warren-model", &["tokio", "axum", "hyper", "reqwest", "clap", "warren-store"]),
    ("warren-amqp091", &["tokio", "axum", "hyper", "reqwest", "clap"]),
    ("warren-store", &["tokio", "axum", "hyper", "reqwest", "clap"]),
];

/// Name and dependencies (those of tests not counted) of every crate of the workspace.
fn manifests() -> Vec<(String, Vec<String>)> {
    let mut texts: Vec<String> = vec![std::fs::read_to_string(root().join("Cargo.toml")).unwrap()];
    texts.extend(files("crates", "/Cargo.toml").into_iter().map(|(_, text)| text));
    let read = |text: &String| {
        let manifest: toml::Table = text.parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let mut dependencies: Vec<String> = Vec::new();
        for section in ["dependencies", "build-dependencies"] {
            dependencies.extend(
                manifest
                    .get(section)
                    .and_then(|table| table.as_table())
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone()),
            );
        }
        (name, dependencies)
    };
    texts.iter().map(read).collect()
}

#[test]
fn arrows_point_down_only() {
    let mut complaints = Vec::new();
    for (name, dependencies) in manifests() {
        let Some((_, allowed)) = EDGES.iter().find(|(crate_name, _)| *crate_name == name) else {
            complaints.push(format!("{name} is a crate without a place: give it one in EDGES"));
            continue;
        };
        for dependency in dependencies.iter().filter(|dependency| dependency.starts_with("warren")) {
            if !allowed.contains(&dependency.as_str()) {
                complaints.push(format!("{name} must not use {dependency}"));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn crates_know_nothing_of_strangers() {
    let mut complaints = Vec::new();
    for (name, dependencies) in manifests() {
        let strangers =
            STRANGERS.iter().find(|(crate_name, _)| *crate_name == name).map_or(&[][..], |(_, had)| had);
        for stranger in strangers.iter().filter(|stranger| dependencies.iter().any(|had| had == **stranger)) {
            complaints.push(format!("{name} must know nothing of {stranger}"));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn only_the_commands_that_run_a_server_name_it() {
    let mut complaints = Vec::new();
    for (name, text) in files("src", ".rs") {
        let file = name.rsplit('/').next().unwrap_or_default();
        let runs_it = ["server", "start", "run"].iter().any(|verb| file.starts_with(verb));
        if !runs_it
            && text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("warren_server"))
        {
            complaints.push(format!("{name} names warren_server"));
        }
    }
    no_complaints(&complaints);
}
