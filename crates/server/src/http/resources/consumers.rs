//! `/api/consumers`.

use std::sync::Arc;

use hashbrown::HashMap;
use warren_api::consumers::{ChannelDetails, Consumer as View, List, ListVhost, QueueName};
use warren_broker::connections::OpenConnection;
use warren_broker::delivery::Outbox;
use warren_broker::queues::{Consumer, Queue};
use warren_broker::topology::vhosts::VHost;

use crate::http::framework::{Call, Handle, Outcome, entered};
use crate::http::translation::tables;
use crate::node::Node;

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhosts = entered(call.broker(), &call.caller);
        call.list(of_vhosts(call.node(), vhosts.iter().map(|vhost| &**vhost)))
    }
}

impl Handle for ListVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(of_vhosts(call.node(), [&*call.vhost]))
    }
}

/// The consumers of a queue.
pub fn of_queue(node: &Node, queue: &Queue) -> Vec<View> {
    let consumers = queue.consumers();
    if consumers.is_empty() {
        return Vec::new();
    }
    let connections = OpenConnections::new(node);
    consumers.iter().map(|consumer| connections.view(node, consumer)).collect()
}

/// The consumers of a channel.
pub fn of_channel(node: &Node, connection: &OpenConnection, number: u16) -> Vec<View> {
    let vhost = node.broker.vhost(&connection.vhost);
    let queues = vhost.iter().flat_map(|vhost| vhost.queues());
    let connections = OpenConnections::new(node);
    queues
        .flat_map(|queue| queue.consumers())
        .filter(|consumer| consumer.channel == number && is_of(consumer, connection))
        .map(|consumer| connections.view(node, &consumer))
        .collect()
}

/// Whether the connection gets what is delivered to the consumer.
fn is_of(consumer: &Consumer, connection: &OpenConnection) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(&consumer.recipient), Arc::as_ptr(&connection.outbox))
}

fn of_vhosts<'v>(node: &Node, vhosts: impl IntoIterator<Item = &'v VHost>) -> Vec<View> {
    let connections = OpenConnections::new(node);
    let queues = vhosts.into_iter().flat_map(|vhost| vhost.queues());
    queues.flat_map(|queue| queue.consumers()).map(|consumer| connections.view(node, &consumer)).collect()
}

/// The open connections by their outboxes, which is how a consumer knows its connection.
struct OpenConnections(HashMap<*const Outbox, Arc<OpenConnection>>);

impl OpenConnections {
    fn new(node: &Node) -> Self {
        let connections = node.broker.connections.list();
        Self(
            connections.into_iter().map(|connection| (Arc::as_ptr(&connection.outbox), connection)).collect(),
        )
    }

    fn view(&self, node: &Node, consumer: &Consumer) -> View {
        let connection = self.0.get(&Arc::as_ptr(&consumer.recipient).cast());
        let peer = connection.map(|connection| connection.peer);
        let (active, activity_status) = activity(consumer);
        View {
            queue: QueueName {
                name: consumer.queue.name.to_string(),
                vhost: consumer.queue.vhost.to_string(),
            },
            channel_details: ChannelDetails {
                name: consumer.origin.name.to_string(),
                number: u32::from(consumer.channel),
                user: consumer.origin.user.to_string(),
                connection_name: connection.map(|c| c.name.to_string()).unwrap_or_default(),
                peer_host: peer.map(|peer| peer.ip().to_canonical().to_string()).unwrap_or_default(),
                peer_port: peer.map(|peer| peer.port()).unwrap_or_default(),
                node: node.name.clone(),
            },
            consumer_tag: consumer.tag.clone(),
            exclusive: consumer.exclusive,
            ack_required: !consumer.no_ack,
            prefetch_count: u64::from(consumer.prefetch),
            active,
            activity_status: activity_status.into(),
            arguments: tables::to_json(&consumer.arguments),
        }
    }
}

/// Whether a consumer gets messages, and what it is in RabbitMQ's words.
fn activity(consumer: &Consumer) -> (bool, &'static str) {
    let single = consumer.queue.rules().single_active_consumer;
    match (single, consumer.queue.is_active(consumer)) {
        (false, active) => (active, "up"),
        (true, true) => (true, "single_active"),
        (true, false) => (false, "waiting"),
    }
}
