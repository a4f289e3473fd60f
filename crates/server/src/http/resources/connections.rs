//! `/api/connections`.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use warren_amqp091::constants::ReplyCode;
use warren_api::connections::{Connection as View, REASON_HEADER};
use warren_broker::broker::Broker;
use warren_broker::connections::Connection;

use super::channels;
use crate::http::figures::stats::rate;
use crate::http::framework::access::InVhost;
use crate::http::framework::caller::{Caller, Management};
use crate::http::framework::error::ApiError;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;
use crate::http::translation::tables;
use crate::node::Node;

/// What a client is told when nobody gave a reason (RabbitMQ's text).
const DEFAULT_REASON: &str = "Closed via management plugin";
/// Bytes of a reason: with its prefix it must fit an AMQP short string.
const MAX_REASON: usize = 200;

/// The connection in a path.
#[derive(Debug, Deserialize)]
pub struct ConnectionPath {
    connection: String,
}

/// The user in a path.
#[derive(Debug, Deserialize)]
pub struct UserPath {
    user: String,
}

/// The connections that a caller may see: his own, or all with the tag `monitoring`.
pub fn visible(broker: &Broker, caller: &Caller) -> Vec<Arc<Connection>> {
    let mut connections = broker.connections.list();
    connections.retain(|connection| may_see(caller, connection));
    connections
}

fn may_see(caller: &Caller, connection: &Connection) -> bool {
    caller.is_monitor() || *connection.user == *caller.name
}

fn may_close(caller: &Caller, user: &str) -> bool {
    caller.is_administrator() || caller.name == user
}

/// The connections that the caller may see.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    answer(&state.node, &visible(&state.node.broker, &caller), &query)
}

/// Those to one virtual host.
pub async fn list_vhost(
    within: InVhost,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let mut connections = visible(within.broker(), &within.caller);
    connections.retain(|connection| connection.vhost == within.vhost.name);
    answer(&state.node, &connections, &query)
}

/// Those of one user.
pub async fn of_user(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let mut connections = visible(&state.node.broker, &caller);
    connections.retain(|connection| *connection.user == *path.user);
    answer(&state.node, &connections, &query)
}

/// One connection.
pub async fn get(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<ConnectionPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&view(&state.node, &*existing(&state, &caller, &path)?))
}

/// Channels of a connection.
pub async fn list_channels(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<ConnectionPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let connection = existing(&state, &caller, &path)?;
    query.list(channels::of_connection(&state.node, &connection))
}

/// Closes a connection.
pub async fn delete(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<ConnectionPath>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let connection = existing(&state, &caller, &path)?;
    if !may_close(&caller, &connection.user) {
        return Err(ApiError::not_authorised("Not administrator user"));
    }
    let reason = reason(&headers);
    tracing::info!(connection = %connection.name, by = ?caller.name, ?reason, "connection closed over HTTP");
    connection.control.close(ReplyCode::CONNECTION_FORCED.0, &format!("CONNECTION_FORCED - {reason}"));
    Ok(StatusCode::NO_CONTENT)
}

/// Closes all connections of a user.
pub async fn delete_of_user(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    if !may_close(&caller, &path.user) {
        return Err(ApiError::not_authorised("Not administrator user"));
    }
    let reason = reason(&headers);
    tracing::info!(user = ?path.user, by = ?caller.name, ?reason, "connections of a user closed over HTTP");
    let text = format!("CONNECTION_FORCED - {reason}");
    let connections = &state.node.broker.connections;
    connections
        .close_where(ReplyCode::CONNECTION_FORCED.0, &text, |connection| *connection.user == *path.user);
    Ok(StatusCode::NO_CONTENT)
}

fn existing(state: &AppState, caller: &Caller, path: &ConnectionPath) -> Result<Arc<Connection>, ApiError> {
    let found = state.node.broker.connections.get(&path.connection);
    let found = found.ok_or_else(ApiError::object_not_found)?;
    if may_see(caller, &found) {
        Ok(found)
    } else {
        Err(ApiError::not_authorised("User not authorised to access object"))
    }
}

fn reason(headers: &HeaderMap) -> String {
    let given = headers.get(REASON_HEADER).and_then(|value| value.to_str().ok());
    let mut reason = given.unwrap_or(DEFAULT_REASON).to_owned();
    reason.truncate(reason.floor_char_boundary(MAX_REASON));
    reason
}

fn answer(node: &Node, connections: &[Arc<Connection>], query: &Listing) -> Result<Response, ApiError> {
    query.list(connections.iter().map(|connection| view(node, connection)))
}

fn view(node: &Node, connection: &Connection) -> View {
    let traffic = &connection.traffic;
    let [received, sent] = node.rates.of_connection(connection.id);
    let client_properties = tables::to_json(&connection.client_properties);
    let provided = client_properties.get("connection_name").and_then(|name| name.as_str());
    View {
        name: connection.name.to_string(),
        node: node.name.clone(),
        kind: "network".into(),
        host: connection.host.ip().to_canonical().to_string(),
        port: connection.host.port(),
        peer_host: connection.peer.ip().to_canonical().to_string(),
        peer_port: connection.peer.port(),
        auth_mechanism: connection.auth_mechanism.clone(),
        protocol: "AMQP 0-9-1".into(),
        user: connection.user.to_string(),
        user_who_performed_action: connection.user.to_string(),
        user_provided_name: provided.map(str::to_owned),
        vhost: connection.vhost.to_string(),
        timeout: u64::from(connection.heartbeat),
        frame_max: u64::from(connection.frame_max),
        channel_max: u64::from(connection.channel_max),
        client_properties,
        connected_at: connection.connected_at,
        state: if connection.blocked.load(Relaxed) { "blocked" } else { "running" }.into(),
        channels: connection.channels.lock().len() as u64,
        recv_cnt: traffic.received.load(Relaxed),
        send_cnt: traffic.sent.load(Relaxed),
        recv_oct: traffic.received_bytes.load(Relaxed),
        recv_oct_details: rate(received),
        send_oct: traffic.sent_bytes.load(Relaxed),
        send_oct_details: rate(sent),
        ..View::default()
    }
}
