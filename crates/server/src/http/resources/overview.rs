//! `/api/overview`, `/api/cluster-name`, `/api/extensions` and `/api/version`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use warren_api::overview::{ClusterName, Listener, ObjectTotals, Overview, QueueTotals};
use warren_broker::vhosts::VHost;

use super::nodes;
use crate::http::figures::churn;
use crate::http::figures::stats::rate;
use crate::http::figures::totals::Totals;
use crate::http::framework::access;
use crate::http::framework::caller::{Administrator, Caller, Management};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::{self, Object};
use crate::http::framework::listing::Listing;
use crate::http::framework::state::AppState;
use crate::node::Node;

/// Version of the server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Name of the product.
pub const PRODUCT: &str = "Warren";

/// The overview. What the node is made of is for the tag `monitoring` only.
pub async fn get(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let shown = view(&state.node, &caller, &query);
    if caller.is_monitor() {
        return query.one(&shown);
    }
    let mut shown = serde_json::to_value(shown).map_err(ApiError::internal)?;
    if let Value::Object(keys) = &mut shown {
        for key in ["listeners", "contexts", "node", "statistics_db_event_queue"] {
            keys.remove(key);
        }
    }
    query.one(&shown)
}

/// The cluster's name.
pub async fn cluster_name(
    _: Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&ClusterName { name: state.node.cluster_name() })
}

/// Names the cluster.
pub async fn put_cluster_name(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let ClusterName { name } = body.require(&["name"])?.into()?;
    if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
        return Err(ApiError::bad_request("a cluster's name has 1 to 255 bytes and no control characters"));
    }
    tracing::info!(?name, by = ?caller.name, "cluster named");
    state.node.cluster.set(&name).map_err(ApiError::internal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Extensions of RabbitMQ's web pages: there are none.
pub async fn extensions(_: Management) -> Response {
    json::ok(&Vec::<Value>::new())
}

/// The product's version, as a bare JSON string.
pub async fn version() -> Response {
    json::ok(&VERSION)
}

fn view(node: &Node, caller: &Caller, query: &Listing) -> Overview {
    let vhosts = access::listed(&node.broker, caller);
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
