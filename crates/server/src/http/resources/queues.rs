//! `/api/queues`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warren_api::Arguments;
use warren_api::queues::{Owner, PutQueue, Queue as View};
use warren_broker::broker::Broker;
use warren_broker::effects::Effects;
use warren_broker::journal::Durable;
use warren_broker::queues::{Queue, QueueKind, QueueSettings};

use super::consumers;
use crate::http::figures::stats::{self, rate};
use crate::http::framework::access::{self, InVhost};
use crate::http::framework::caller::Management;
use crate::http::framework::durable::durable;
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::query::Query;
use crate::http::framework::state::AppState;
use crate::http::translation::tables;
use crate::node::Node;

/// Length of a queue's name, in bytes: it is an AMQP short string.
const MAX_NAME: usize = 255;

/// The queue in a path.
#[derive(Debug, Deserialize)]
pub struct QueuePath {
    /// Its name.
    pub queue: String,
}

/// Queues of every virtual host that the caller may enter.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let node = &state.node;
    let vhosts = access::entered(&node.broker, &caller);
    let queues = vhosts.iter().flat_map(|vhost| vhost.queues());
    query.list(queues.map(|queue| view(node, &queue, &query)))
}

/// Queues of one virtual host.
pub async fn list_vhost(
    within: InVhost,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let queues = within.vhost.queues();
    query.list(queues.iter().map(|queue| view(&state.node, queue, &query)))
}

/// One queue, with its consumers.
pub async fn get(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<QueuePath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let queue = within.vhost.queue(&path.queue).map_err(|_| ApiError::object_not_found())?;
    let mut shown = view(&state.node, &queue, &query);
    shown.consumer_details = Some(consumers::of_queue(&state.node, &queue));
    query.one(&shown)
}

/// Declares a queue.
pub async fn put(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<QueuePath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    if path.queue.is_empty() || path.queue.len() > MAX_NAME {
        return Err(ApiError::bad_request(format!("a queue's name has 1 to {MAX_NAME} bytes")));
    }
    let body: PutQueue = body.flags(&["durable", "auto_delete"])?.into()?;
    if body.node.is_some_and(|node| node != state.node.name) {
        return Err(ApiError::bad_request("no such node in the cluster"));
    }
    let settings = QueueSettings {
        durable: body.durable,
        auto_delete: body.auto_delete,
        arguments: tables::from_json(&body.arguments)?,
        ..QueueSettings::default()
    };
    let (_, new) = durable(&state, within.actor().declare_queue(&path.queue, settings)).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

/// Deletes a queue.
pub async fn delete(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<QueuePath>,
    Query(query): Query,
) -> Result<StatusCode, ApiError> {
    within.vhost.queue(&path.queue).map_err(|_| ApiError::object_not_found())?;
    let (if_unused, if_empty) = (query.is_true("if-unused"), query.is_true("if-empty"));
    durable(&state, within.actor().delete_queue(&path.queue, if_unused, if_empty)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Drops the ready messages of a queue.
pub async fn purge(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<QueuePath>,
) -> Result<StatusCode, ApiError> {
    within.vhost.queue(&path.queue).map_err(|_| ApiError::object_not_found())?;
    let mut effects = Effects::new(within.broker().journal().clone());
    within.actor().purge_queue(&path.queue, &mut effects)?;
    let position = effects.append()?;
    effects.finish();
    durable(&state, Ok(Durable { value: (), position })).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A queue as the API shows it.
fn view(node: &Node, queue: &Queue, query: &Listing) -> View {
    let policy = queue.policy().as_deref().cloned().unwrap_or_default();
    // What has replicas has one, here.
    let replica = (queue.kind != QueueKind::Classic).then(|| node.name.clone());
    let shown = View {
        leader: replica.clone(),
        members: replica.clone().map(|node| vec![node]),
        online: replica.map(|node| vec![node]),
        name: queue.name.to_string(),
        vhost: queue.vhost.to_string(),
        kind: queue.kind.as_str().into(),
        durable: queue.settings.durable,
        auto_delete: queue.settings.auto_delete,
        exclusive: queue.settings.exclusive_owner.is_some(),
        owner_pid_details: owner(&node.broker, queue),
        arguments: tables::to_json(&queue.settings.arguments),
        node: node.name.clone(),
        state: "running".into(),
        policy: policy.policy,
        operator_policy: policy.operator_policy,
        effective_policy_definition: Arguments(policy.definition),
        ..View::default()
    };
    if !query.disable_stats {
        return with_stats(node, queue, shown);
    }
    if query.enable_queue_totals { with_totals(queue, shown) } else { shown }
}

fn with_totals(queue: &Queue, shown: View) -> View {
    let counts = queue.counts();
    View {
        messages: Some(counts.ready + counts.unacknowledged),
        messages_ready: Some(counts.ready),
        messages_unacknowledged: Some(counts.unacknowledged),
        ..shown
    }
}

fn with_stats(node: &Node, queue: &Queue, shown: View) -> View {
    let counts = queue.counts();
    let rates = node.rates.of_queue(queue.id);
    let [messages, ready, unacknowledged, ..] = rates;
    let total = counts.ready + counts.unacknowledged;
    let bytes = counts.ready_bytes + counts.unacknowledged_bytes;
    View {
        exclusive_consumer_tag: queue.exclusive_consumer(),
        single_active_consumer_tag: queue.single_active_consumer(),
        consumers: u64::from(counts.consumers),
        memory: counts.memory,
        messages_details: rate(messages),
        messages_ready_details: rate(ready),
        messages_unacknowledged_details: rate(unacknowledged),
        messages_ram: Some(total),
        messages_ready_ram: Some(counts.ready),
        messages_unacknowledged_ram: Some(counts.unacknowledged),
        messages_paged_out: Some(0),
        message_bytes_paged_out: Some(0),
        message_bytes: Some(bytes),
        message_bytes_ready: Some(counts.ready_bytes),
        message_bytes_unacknowledged: Some(counts.unacknowledged_bytes),
        message_bytes_ram: Some(bytes),
        message_stats: stats::of_queue(&queue.stats(), &rates),
        ..with_totals(queue, shown)
    }
}

/// The connection that an exclusive queue belongs to.
fn owner(broker: &Broker, queue: &Queue) -> Option<Owner> {
    let connection = broker.connections.by_id(queue.settings.exclusive_owner?)?;
    let peer = connection.peer;
    Some(Owner {
        name: connection.name.to_string(),
        peer_host: peer.ip().to_canonical().to_string(),
        peer_port: peer.port(),
    })
}
