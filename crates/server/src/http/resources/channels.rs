//! `/api/channels`.

use std::sync::atomic::Ordering::Relaxed;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use warren_api::channels::{Channel as View, ConnectionDetails};
use warren_broker::connections::{ChannelInfo, Connection};

use super::{connections, consumers};
use crate::http::figures::stats;
use crate::http::framework::access::InVhost;
use crate::http::framework::caller::Management;
use crate::http::framework::error::ApiError;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;
use crate::node::Node;

/// The channel in a path.
#[derive(Debug, Deserialize)]
pub struct ChannelPath {
    channel: String,
}

/// Channels of the connections that the caller may see.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let connections = connections::visible(&state.node.broker, &caller);
    query.list(connections.iter().flat_map(|c| of_connection(&state.node, c)).collect::<Vec<_>>())
}

/// Those in one virtual host.
pub async fn list_vhost(
    within: InVhost,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let mut connections = connections::visible(within.broker(), &within.caller);
    connections.retain(|connection| connection.vhost == within.vhost.name);
    query.list(connections.iter().flat_map(|c| of_connection(&state.node, c)).collect::<Vec<_>>())
}

/// One channel, with its consumers.
pub async fn get(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<ChannelPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let node = &state.node;
    for connection in connections::visible(&node.broker, &caller) {
        let channel =
            connection.channels.lock().values().find(|channel| *channel.name == *path.channel).cloned();
        if let Some(channel) = channel {
            let mut shown = view(node, &connection, &channel);
            shown.consumer_details = Some(consumers::of_channel(node, &connection, channel.number));
            return query.one(&shown);
        }
    }
    Err(ApiError::object_not_found())
}

/// The channels of a connection, by number.
pub fn of_connection(node: &Node, connection: &Connection) -> Vec<View> {
    let channels: Vec<_> = connection.channels.lock().values().cloned().collect();
    channels.iter().map(|channel| view(node, connection, channel)).collect()
}

fn view(node: &Node, connection: &Connection, channel: &ChannelInfo) -> View {
    let counters = &channel.counters;
    let mut out = connection.outbox.lock();
    let deliveries = out.channel(channel.number);
    let (unacknowledged, global_prefetch, consumers) = match deliveries {
        Some(deliveries) => (deliveries.unacked(), deliveries.prefetch(), deliveries.consumers()),
        None => (0, 0, 0),
    };
    drop(out);
    View {
        name: channel.name.to_string(),
        node: node.name.clone(),
        number: u32::from(channel.number),
        user: connection.user.to_string(),
        user_who_performed_action: connection.user.to_string(),
        vhost: connection.vhost.to_string(),
        connection_details: ConnectionDetails {
            name: connection.name.to_string(),
            peer_host: connection.peer.ip().to_canonical().to_string(),
            peer_port: connection.peer.port(),
        },
        transactional: counters.transactional.load(Relaxed),
        confirm: counters.confirm_mode.load(Relaxed),
        consumer_count: consumers as u64,
        messages_unacknowledged: u64::from(unacknowledged),
        messages_unconfirmed: counters.unconfirmed.load(Relaxed),
        prefetch_count: counters.prefetch.load(Relaxed),
        global_prefetch_count: u64::from(global_prefetch),
        state: "running".into(),
        message_stats: stats::of_channel(counters, &node.rates.of_channel(connection.id, channel.number)),
        ..View::default()
    }
}
