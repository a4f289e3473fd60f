//! `/api/connections`.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::http::HeaderMap;
use warren_api::connections::{
    Close, CloseOfUser, Connection as View, Get, List, ListVhost, OfUser, REASON_HEADER,
};
use warren_api::declaration::Tag;
use warren_broker::connections::OpenConnection;
use warren_broker::state::node::broker::Broker;
use warren_model::error::Error;

use crate::http::figures::stats::rate;
use crate::http::framework::{ApiError, Call, Caller, Handle, Outcome, Reply};
use crate::http::translation::tables;
use crate::node::Node;

/// What a client is told when nobody gave a reason (RabbitMQ's text).
const DEFAULT_REASON: &str = "Closed via management plugin";
/// Bytes of a reason: with its prefix it must fit an AMQP short string.
const MAX_REASON: usize = 200;

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let connections = visible(call.broker(), &call.caller);
        call.list(connections.iter().map(|connection| view(call.node(), connection)))
    }
}

impl Handle for ListVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let mut connections = visible(call.broker(), &call.caller);
        connections.retain(|connection| connection.vhost == call.vhost.name);
        call.list(connections.iter().map(|connection| view(call.node(), connection)))
    }
}

impl Handle for OfUser {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let mut connections = visible(call.broker(), &call.caller);
        connections.retain(|connection| *connection.user == *self.user);
        call.list(connections.iter().map(|connection| view(call.node(), connection)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let connection = existing(call.broker(), &call.caller, &self.connection)?;
        call.one(&view(call.node(), &connection))
    }
}

impl Handle for Close {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let connection = existing(call.broker(), &call.caller, &self.connection)?;
        check_may_close(&call.caller, &connection.user)?;
        let reason = reason(&call.headers);
        tracing::info!(connection = %connection.name, by = ?call.caller.name, ?reason, "connection closed over HTTP");
        connection.control.close(&Error::ConnectionForced(reason));
        Ok(Reply::done())
    }
}

impl Handle for CloseOfUser {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        check_may_close(&call.caller, &self.user)?;
        let reason = reason(&call.headers);
        tracing::info!(user = ?self.user, by = ?call.caller.name, ?reason, "connections of a user closed over HTTP");
        let reason = Error::ConnectionForced(reason);
        call.broker().connections.close_where(&reason, |connection| *connection.user == *self.user);
        Ok(Reply::done())
    }
}

/// The connections that a caller may see: his own, or all with the tag `monitoring`.
pub fn visible(broker: &Broker, caller: &Caller) -> Vec<Arc<OpenConnection>> {
    let mut connections = broker.connections.list();
    connections.retain(|connection| may_see(caller, connection));
    connections
}

/// The connection of a name, if the caller may see it.
pub fn existing(broker: &Broker, caller: &Caller, name: &str) -> Result<Arc<OpenConnection>, ApiError> {
    let found = broker.connections.get(name).ok_or_else(ApiError::object_not_found)?;
    if may_see(caller, &found) { Ok(found) } else { Err(ApiError::not_yours()) }
}

fn may_see(caller: &Caller, connection: &OpenConnection) -> bool {
    caller.is_monitor() || *connection.user == *caller.name
}

/// Who is no administrator closes his own connections only.
fn check_may_close(caller: &Caller, user: &str) -> Result<(), ApiError> {
    if caller.is_administrator() || caller.name == user {
        return Ok(());
    }
    Err(ApiError::lacks_tag(Tag::Administrator))
}

fn reason(headers: &HeaderMap) -> String {
    let given = headers.get(REASON_HEADER).and_then(|value| value.to_str().ok());
    let mut reason = given.unwrap_or(DEFAULT_REASON).to_owned();
    reason.truncate(reason.floor_char_boundary(MAX_REASON));
    reason
}

fn view(node: &Node, connection: &OpenConnection) -> View {
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
