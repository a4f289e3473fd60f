//! `/api/channels`, and the channels of a connection.

use std::sync::atomic::Ordering::Relaxed;

use warren_api::channels::{Channel as View, ConnectionDetails, Get, List, ListVhost};
use warren_api::connections::Channels;
use warren_broker::connections::{ChannelInfo, OpenConnection};

use super::{connections, consumers};
use crate::http::figures::stats;
use crate::http::framework::{ApiError, Call, Handle, Outcome};
use crate::node::Node;

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let connections = connections::visible(call.broker(), &call.caller);
        call.list(connections.iter().flat_map(|connection| of_connection(call.node(), connection)))
    }
}

impl Handle for ListVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let mut connections = connections::visible(call.broker(), &call.caller);
        connections.retain(|connection| connection.vhost == call.vhost.name);
        call.list(connections.iter().flat_map(|connection| of_connection(call.node(), connection)))
    }
}

impl Handle for Channels {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let connection = connections::existing(call.broker(), &call.caller, &self.connection)?;
        call.list(of_connection(call.node(), &connection))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let node = call.node();
        for connection in connections::visible(call.broker(), &call.caller) {
            let channel =
                connection.channels.lock().values().find(|channel| *channel.name == *self.channel).cloned();
            if let Some(channel) = channel {
                let mut shown = view(node, &connection, &channel);
                shown.consumer_details = Some(consumers::of_channel(node, &connection, channel.number));
                return call.one(&shown);
            }
        }
        Err(ApiError::object_not_found())
    }
}

/// The channels of a connection, by number.
fn of_connection(node: &Node, connection: &OpenConnection) -> Vec<View> {
    let channels: Vec<_> = connection.channels.lock().values().cloned().collect();
    channels.iter().map(|channel| view(node, connection, channel)).collect()
}

fn view(node: &Node, connection: &OpenConnection, channel: &ChannelInfo) -> View {
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
