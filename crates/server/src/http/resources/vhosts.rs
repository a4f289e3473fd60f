//! `/api/vhosts`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use warren_api::stats::MessageStats;
use warren_api::vhosts::{PutVHost, VHost as View};
use warren_api::{Arguments, Tags};
use warren_broker::definitions::{Change, VHostDefinition};
use warren_broker::permissions::PermissionEntry;
use warren_broker::queues::QueueKind;
use warren_broker::vhosts::VHost;

use super::permissions;
use crate::http::figures::stats::rate;
use crate::http::figures::totals::Totals;
use crate::http::framework::access;
use crate::http::framework::caller::{Administrator, Caller, Management};
use crate::http::framework::durable::{durable, put_durable};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;
use crate::node::Node;

/// Length of a virtual host's name, in bytes: clients send it as an AMQP short string.
const MAX_NAME: usize = 255;
/// What stands for no default.
const UNDEFINED: &str = "undefined";

/// The virtual host in a path.
#[derive(Debug, Deserialize)]
pub struct VHostPath {
    vhost: String,
}

/// The virtual hosts that the caller may see.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let vhosts = access::listed(&state.node.broker, &caller);
    query.list(vhosts.iter().map(|vhost| view(&state.node, vhost, &query)).collect::<Vec<_>>())
}

/// One virtual host.
pub async fn get(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let vhost = state.node.broker.vhost(&path.vhost).ok_or_else(ApiError::object_not_found)?;
    query.one(&view(&state.node, &vhost, &query))
}

/// Creates or changes a virtual host. Who creates it gets all permissions in it.
pub async fn put(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    if path.vhost.is_empty() || path.vhost.len() > MAX_NAME {
        return Err(ApiError::bad_request(format!("a virtual host's name has 1 to {MAX_NAME} bytes")));
    }
    let body: PutVHost = body.flags(&["tracing", "protected_from_deletion"])?.into()?;
    let broker = &state.node.broker;
    check(&body, &broker.settings.limits.disabled_kinds)?;
    let existing = broker.vhost(&path.vhost);
    let new = existing.is_none();
    if new {
        broker.check_vhost_limit(&path.vhost)?;
    }
    let old = existing.map(|vhost| vhost.definition()).unwrap_or_default();
    let definition = VHostDefinition {
        name: path.vhost.clone(),
        description: body.description.unwrap_or(old.description),
        tags: body.tags.map_or(old.tags, |tags| tags.0),
        default_queue_type: body
            .default_queue_type
            .or(old.default_queue_type)
            .filter(|kind| kind != UNDEFINED),
        protected: body.protected_from_deletion.unwrap_or(old.protected),
    };
    tracing::info!(vhost = ?path.vhost, by = ?caller.name, new, "virtual host put");
    let mut changes = vec![Change::PutVhost(definition)];
    if new {
        changes.extend(broker.vhost_defaults(&path.vhost)?);
        changes.extend(creators_permission(&caller, path.vhost));
    }
    put_durable(&state, new, broker.change(&changes)).await
}

/// Deletes a virtual host with all that is in it.
pub async fn delete(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
) -> Result<StatusCode, ApiError> {
    let broker = &state.node.broker;
    let vhost = broker.vhost(&path.vhost).ok_or_else(ApiError::object_not_found)?;
    if vhost.definition().protected {
        return Err(ApiError::precondition_failed(format!(
            "Refusing to delete virtual host '{}' because it is protected from deletion",
            path.vhost
        )));
    }
    tracing::info!(vhost = ?path.vhost, by = ?caller.name, "virtual host deleted");
    durable(&state, broker.change(&[Change::DeleteVhost { name: path.vhost }])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Protects a virtual host from being deleted.
pub async fn protect(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
) -> Result<StatusCode, ApiError> {
    set_protected(&state, &path.vhost, true).await
}

/// Lets a virtual host be deleted again.
pub async fn unprotect(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
) -> Result<StatusCode, ApiError> {
    set_protected(&state, &path.vhost, false).await
}

async fn set_protected(state: &AppState, vhost: &str, protected: bool) -> Result<StatusCode, ApiError> {
    let broker = &state.node.broker;
    let vhost = broker.vhost(vhost).ok_or_else(ApiError::object_not_found)?;
    let change = Change::PutVhost(VHostDefinition { protected, ..vhost.definition() });
    durable(state, broker.change(&[change])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Permissions of all users in a virtual host.
pub async fn list_permissions(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let broker = &state.node.broker;
    broker.vhost(&path.vhost).ok_or_else(ApiError::object_not_found)?;
    query.list(permissions::views(broker.permissions.list_vhost(&path.vhost)))
}

fn check(body: &PutVHost, disabled: &[QueueKind]) -> Result<(), ApiError> {
    if body.tracing == Some(true) {
        return Err(ApiError::bad_request("tracing is not supported"));
    }
    let Some(name) = body.default_queue_type.as_deref().filter(|name| *name != UNDEFINED) else {
        return Ok(());
    };
    let refusal = match QueueKind::from_name(name) {
        Some(kind) if disabled.contains(&kind) => format!("queue type {name} is not enabled"),
        Some(_) => return Ok(()),
        None if name.is_empty() => "default_queue_type must not be an empty string".to_owned(),
        None => format!("{name} is not a valid queue type"),
    };
    Err(ApiError::bad_request(refusal))
}

fn creators_permission(caller: &Caller, vhost: String) -> Option<Change> {
    let all = || ".*".to_owned();
    let user = caller.name.clone();
    let entry = PermissionEntry { user, vhost, configure: all(), write: all(), read: all() };
    (!caller.local).then_some(Change::PutPermission(entry))
}

fn view(node: &Node, vhost: &VHost, query: &Listing) -> View {
    let definition = vhost.definition();
    let metadata = metadata(&definition);
    let VHostDefinition { name, description, tags, default_queue_type, protected } = definition;
    let default_queue_type = default_queue_type.unwrap_or_else(|| UNDEFINED.into());
    let shown = View {
        metadata,
        protected_from_deletion: protected,
        limits: Arguments(vhost.limits().document()),
        cluster_state: Map::from_iter([(node.name.clone(), Value::from("running"))]),
        name,
        description,
        tags: Tags(tags),
        default_queue_type: Some(default_queue_type),
        ..View::default()
    };
    if query.disable_stats { shown } else { with_stats(node, vhost, shown) }
}

/// Description, tags and default queue type once more, as RabbitMQ has them.
pub fn metadata(definition: &VHostDefinition) -> Map<String, Value> {
    let mut metadata = Map::from_iter([
        ("description".to_owned(), Value::from(definition.description.as_str())),
        ("tags".to_owned(), Value::from(definition.tags.clone())),
    ]);
    if let Some(kind) = &definition.default_queue_type {
        metadata.insert("default_queue_type".to_owned(), Value::from(kind.as_str()));
    }
    if definition.protected {
        metadata.insert("protected_from_deletion".to_owned(), Value::from(true));
    }
    metadata
}

fn with_stats(node: &Node, vhost: &VHost, shown: View) -> View {
    let totals = Totals::of_vhosts(node, [vhost]);
    let [messages, ready, unacknowledged] = totals.message_rates;
    let [received, sent] = totals.traffic_rates;
    View {
        messages: Some(totals.ready + totals.unacknowledged),
        messages_details: rate(messages),
        messages_ready: Some(totals.ready),
        messages_ready_details: rate(ready),
        messages_unacknowledged: Some(totals.unacknowledged),
        messages_unacknowledged_details: rate(unacknowledged),
        recv_oct: Some(totals.received_bytes),
        recv_oct_details: rate(received),
        send_oct: Some(totals.sent_bytes),
        send_oct_details: rate(sent),
        message_stats: Some(totals.stats).filter(|stats| *stats != MessageStats::default()),
        ..shown
    }
}
