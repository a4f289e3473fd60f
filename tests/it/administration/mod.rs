//! What operators set while the node runs: policies, limits, parameters, and what clients notice of it.

mod definitions;
mod deprecated_features;
mod limits;
mod policies;
mod queue_types;
mod topic_permissions;

use serde_json::Value;

use crate::harness::{Broker, Wire, capable};

/// Sets something over the HTTP API, which must go well.
#[track_caller]
fn put(broker: &Broker, path: &str, body: Value) {
    let answer = broker.http("PUT", path, &body.to_string());
    assert!(matches!(answer.status, 201 | 204), "{path}: {}", answer.body);
}

/// What the HTTP API answers.
#[track_caller]
fn get(broker: &Broker, path: &str) -> Value {
    let answer = broker.http("GET", path, "");
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// A connection of a user with the password `secret`, at the point where the virtual host is to be opened.
fn log_in(broker: &Broker, user: &str) -> Wire {
    let mut wire = Wire::dial(broker);
    wire.login("PLAIN", format!("\0{user}\0secret").as_bytes(), capable());
    wire.agree(None);
    wire
}
