//! `/api/health/checks` and the older `/api/healthchecks`: 200 with status `ok`, else 503 with a reason.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use warren_api::health::Status;

use super::overview::listeners;
use crate::http::framework::caller::Management;
use crate::http::framework::error::ApiError;
use crate::http::framework::json;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;
use crate::node::Node;

/// Open files that are kept for the node itself when connections are counted against the limit.
const RESERVED_FILES: u64 = 100;

/// The port in a path.
#[derive(Debug, Deserialize)]
pub struct PortPath {
    port: String,
}

/// The protocol in a path.
#[derive(Debug, Deserialize)]
pub struct ProtocolPath {
    protocol: String,
}

/// The node in a path.
#[derive(Debug, Deserialize)]
pub struct NodePath {
    node: String,
}

fn answer(status: &Status) -> Response {
    let code = if status.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json::with_status(code, status)
}

fn check(passed: bool, reason: &str) -> Status {
    if passed { Status::ok() } else { Status::failed(reason) }
}

/// The single node passes, and says why.
pub async fn quorum_critical(_: Management) -> Response {
    let reason = Some(Value::from("single node cluster"));
    answer(&Status { reason, ..Status::ok() })
}

/// No resource alarm is in effect, and the log can be written.
pub async fn alarms(_: Management, State(state): State<AppState>) -> Response {
    if let Some(failure) = state.node.store_failure() {
        return answer(&Status::failed(failure));
    }
    let alarms = state.node.alarms();
    if alarms.is_empty() {
        return answer(&Status::ok());
    }
    let named = |alarm: String| serde_json::json!({"node": state.node.name, "resource": alarm});
    let alarms = Some(alarms.into_iter().map(named).collect());
    answer(&Status { alarms, ..Status::failed("There are alarms in effect in the cluster") })
}

/// All virtual hosts run: one that cannot does not come up at all.
pub async fn virtual_hosts(_: Management, State(state): State<AppState>) -> Response {
    answer(&check(!state.node.broker.vhosts().is_empty(), "There are no virtual hosts"))
}

/// Something listens on the port.
pub async fn port_listener(
    _: Management,
    State(state): State<AppState>,
    Named(path): Named<PortPath>,
) -> Result<Response, ApiError> {
    let port: u16 = path.port.parse().map_err(|_| ApiError::bad_request("Invalid port"))?;
    let ports: Vec<u16> = listeners(&state.node).into_iter().map(|listener| listener.port).collect();
    if ports.contains(&port) {
        return Ok(answer(&Status { port: Some(port), ..Status::ok() }));
    }
    let missing = Some(Value::from(port));
    Ok(answer(&Status { missing, ports: Some(ports), ..Status::failed("No active listener") }))
}

/// Something listens for one of the protocols.
pub async fn protocol_listener(
    _: Management,
    State(state): State<AppState>,
    Named(path): Named<ProtocolPath>,
) -> Response {
    let served: Vec<String> = listeners(&state.node).into_iter().map(|listener| listener.protocol).collect();
    let asked: Vec<&str> = path.protocol.split(',').map(|name| protocol(name.trim())).collect();
    if let Some(found) = asked.iter().find(|name| served.iter().any(|own| own == *name)) {
        return answer(&Status { protocol: Some((*found).to_owned()), ..Status::ok() });
    }
    let missing = Some(Value::from(asked.join(",")));
    answer(&Status { missing, protocols: Some(served), ..Status::failed("No active listener") })
}

/// A protocol by the name under which its listener is listed.
fn protocol(name: &str) -> &str {
    match name {
        "amqp091" | "amqp0-9-1" | "amqp0.9.1" => "amqp",
        "http1.1" | "management" | "ui" => "http",
        other => other,
    }
}

/// The node serves clients.
pub async fn is_in_service(State(state): State<AppState>) -> Response {
    answer(&in_service(&state.node))
}

fn in_service(node: &Node) -> Status {
    check(node.broker.is_running(), "the rabbit node is not currently available to serve")
}

/// There is room for more connections.
pub async fn below_connection_limit(State(state): State<AppState>) -> Response {
    answer(&below_limit(&state.node))
}

fn below_limit(node: &Node) -> Status {
    let room = crate::process::open_files_limit().saturating_sub(RESERVED_FILES);
    check((node.broker.connections.len() as u64) < room, "node connection limit is reached")
}

/// The node serves clients, listens for AMQP and has room.
pub async fn ready_to_serve_clients(State(state): State<AppState>) -> Response {
    let node = &state.node;
    let listening = check(!node.addresses.amqp.is_empty(), "no active AMQP listeners");
    let checks = [in_service(node), listening, below_limit(node)];
    let failed = checks.into_iter().find(|status| status.status != "ok");
    answer(&failed.unwrap_or_else(Status::ok))
}

/// A single node is the whole cluster.
pub async fn reached_target_cluster_size() -> Response {
    answer(&Status::ok())
}

/// Metadata can be read and written.
pub async fn metadata_store(_: Management, State(state): State<AppState>) -> Response {
    answer(&check(state.node.store_failure().is_none(), "Metadata store has failed"))
}

/// Metadata can be read and written, and there is some.
pub async fn metadata_store_with_data(_: Management, State(state): State<AppState>) -> Response {
    let broker = &state.node.broker;
    let data = !broker.vhosts().is_empty() && !broker.users.is_empty();
    let passed = data && state.node.store_failure().is_none();
    answer(&check(passed, "Metadata store has failed or holds no data"))
}

/// The older check: its failure also has the status 200.
pub async fn node(_: Management, State(state): State<AppState>) -> Response {
    json::ok(&whole(&state.node))
}

/// The same for a node by its name.
pub async fn node_named(
    _: Management,
    State(state): State<AppState>,
    Named(path): Named<NodePath>,
) -> Result<Response, ApiError> {
    if path.node != state.node.name {
        return Err(ApiError::object_not_found());
    }
    Ok(json::ok(&whole(&state.node)))
}

fn whole(node: &Node) -> Status {
    match node.store_failure() {
        Some(failure) => Status::failed(failure),
        None => check(node.alarms().is_empty(), "resource alarm(s) in effect"),
    }
}
