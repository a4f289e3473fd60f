//! `/api/overview`, `/api/cluster-name`, `/api/extensions` and `/api/version`.

use std::sync::Arc;

use warren_api::declaration::ListQuery;
use warren_api::overview::{
    ClusterName, Extensions, Get, GetClusterName, Listener, ObjectTotals, Overview, PutClusterName,
    QueueTotals, Version,
};
use warren_broker::state::node::parameters::CLUSTER_NAME;
use warren_broker::topology::vhosts::VHost;
use warren_model::change::Change;

use super::nodes;
use crate::http::figures::churn;
use crate::http::figures::stats::rate;
use crate::http::figures::totals::Totals;
use crate::http::framework::{Call, Caller, Handle, Outcome, Reply, durable_done, listed};
use crate::node::Node;

/// Version of the server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Name of the product.
pub const PRODUCT: &str = "Warren";
/// What the node is made of, which only monitors see.
const OF_THE_NODE: [&str; 4] = ["listeners", "contexts", "node", "statistics_db_event_queue"];

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let shown = view(call.node(), &call.caller, &call.query);
        if call.caller.is_monitor() { call.one(&shown) } else { call.one_without(&shown, &OF_THE_NODE) }
    }
}

impl Handle for GetClusterName {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&ClusterName { name: call.node().cluster_name() })
    }
}

impl Handle for PutClusterName {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let ClusterName { name } = &call.body;
        tracing::info!(?name, by = ?call.caller.name, "cluster named");
        let change = Change::PutGlobalParameter { name: CLUSTER_NAME.into(), value: name.as_str().into() };
        durable_done(&call.state, call.broker().change(&[change])).await
    }
}

impl Handle for Extensions {
    async fn handle(self, _: Call<Self>) -> Outcome<Self> {
        Ok(Reply::ok(&Vec::new()))
    }
}

impl Handle for Version {
    async fn handle(self, _: Call<Self>) -> Outcome<Self> {
        Ok(Reply::ok(&VERSION.to_owned()))
    }
}

fn view(node: &Node, caller: &Caller, query: &ListQuery) -> Overview {
    let vhosts = listed(&node.broker, caller);
    let totals = Totals::of_vhosts(node, vhosts.iter().map(|vhost| &**vhost));
    let shown = Overview {
        management_version: VERSION.into(),
        rates_mode: "basic".into(),
        exchange_types: nodes::exchange_types(),
        product_version: VERSION.into(),
        product_name: PRODUCT.into(),
        rabbitmq_version: VERSION.into(),
        cluster_name: node.cluster_name(),
        disable_stats: query.disable_stats,
        enable_queue_totals: query.enable_queue_totals,
        object_totals: object_totals(&vhosts, &totals),
        node: node.name.clone(),
        listeners: listeners(node),
        contexts: vec![nodes::context(node)],
        churn_rates: churn::view(&node.broker.churn, &node.rates.of_churn()),
        ..Overview::default()
    };
    if query.disable_stats {
        return shown;
    }
    Overview { queue_totals: queue_totals(&totals), message_stats: totals.stats, ..shown }
}

fn object_totals(vhosts: &[Arc<VHost>], totals: &Totals) -> ObjectTotals {
    ObjectTotals {
        channels: totals.channels,
        connections: totals.connections,
        consumers: totals.consumers,
        exchanges: vhosts.iter().map(|vhost| vhost.topology().exchanges().count() as u64).sum(),
        queues: totals.queues,
    }
}

/// RabbitMQ has nothing here while there is no queue.
fn queue_totals(totals: &Totals) -> QueueTotals {
    if totals.queues == 0 {
        return QueueTotals::default();
    }
    let [messages, ready, unacknowledged] = totals.message_rates;
    QueueTotals {
        messages: Some(totals.ready + totals.unacknowledged),
        messages_details: rate(messages),
        messages_ready: Some(totals.ready),
        messages_ready_details: rate(ready),
        messages_unacknowledged: Some(totals.unacknowledged),
        messages_unacknowledged_details: rate(unacknowledged),
    }
}

/// What the node listens on for the network.
pub fn listeners(node: &Node) -> Vec<Listener> {
    let amqp = node.addresses.amqp.iter().map(|address| ("amqp", address));
    amqp.chain([("http", &node.addresses.http)])
        .map(|(protocol, address)| Listener {
            node: node.name.clone(),
            protocol: protocol.into(),
            ip_address: address.ip().to_string(),
            port: address.port(),
        })
        .collect()
}
