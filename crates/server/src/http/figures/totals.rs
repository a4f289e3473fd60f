//! Sums over the queues and connections of a virtual host, or of the node.

use std::sync::atomic::Ordering::Relaxed;

use warren_api::stats::MessageStats;
use warren_broker::connections::OpenConnection;
use warren_broker::queues::Queue;
use warren_broker::topology::vhosts::VHost;

use super::stats;
use crate::node::Node;

/// What many queues and connections come to.
#[derive(Debug, Default)]
pub struct Totals {
    /// Queues.
    pub queues: u64,
    /// Consumers.
    pub consumers: u64,
    /// Ready messages.
    pub ready: u64,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: u64,
    /// Rates of messages, ready and unacknowledged ones.
    pub message_rates: [f64; 3],
    /// Connections.
    pub connections: u64,
    /// Channels.
    pub channels: u64,
    /// Bytes received.
    pub received_bytes: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Rates of bytes received and sent.
    pub traffic_rates: [f64; 2],
    /// What happened to messages.
    pub stats: MessageStats,
}

impl Totals {
    /// Sums over these virtual hosts, and over the connections to them.
    pub fn of_vhosts<'v>(node: &Node, vhosts: impl IntoIterator<Item = &'v VHost>) -> Self {
        let mut totals = Self::default();
        let mut names = Vec::new();
        for vhost in vhosts {
            vhost.queues().iter().for_each(|queue| totals.add_queue(node, queue));
            names.push(&vhost.name);
        }
        for connection in node.broker.connections.list().iter().filter(|c| names.contains(&&c.vhost)) {
            totals.add_connection(node, connection);
        }
        totals
    }

    fn add_queue(&mut self, node: &Node, queue: &Queue) {
        let counts = queue.counts();
        let rates = node.rates.of_queue(queue.id);
        self.queues += 1;
        self.consumers += u64::from(counts.consumers);
        self.ready += counts.ready;
        self.unacknowledged += counts.unacknowledged;
        self.message_rates.iter_mut().zip(rates).for_each(|(total, rate)| *total += rate);
        if let Some(one) = stats::of_queue(&queue.stats(), &rates) {
            // What reaches queues is not what was published: one message can reach many queues or none.
            let routed = MessageStats { publish: None, publish_details: None, ..one };
            stats::add(&mut self.stats, &routed);
        }
    }

    fn add_connection(&mut self, node: &Node, connection: &OpenConnection) {
        self.connections += 1;
        self.received_bytes += connection.traffic.received_bytes.load(Relaxed);
        self.sent_bytes += connection.traffic.sent_bytes.load(Relaxed);
        let rates = node.rates.of_connection(connection.id);
        self.traffic_rates.iter_mut().zip(rates).for_each(|(total, rate)| *total += rate);
        for channel in connection.channels.lock().values() {
            self.channels += 1;
            let rates = node.rates.of_channel(connection.id, channel.number);
            if let Some(one) = stats::of_channel(&channel.counters, &rates) {
                // Acknowledgements are counted where they arrive, at the queues.
                let published = MessageStats { ack: None, ack_details: None, ..one };
                stats::add(&mut self.stats, &published);
            }
        }
    }
}
