//! `/api/topic-permissions`, and the topic permissions of a user and of a virtual host.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use warren_api::topic_permissions::{PutTopicPermission, TopicPermission as View};
use warren_broker::definitions::Change;
use warren_broker::topic_permissions::{TopicPermissionEntry, TopicPermissions};

use crate::http::framework::caller::Administrator;
use crate::http::framework::durable::{durable, put_durable};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;

/// The virtual host in a path.
#[derive(Debug, Deserialize)]
pub struct VHostPath {
    vhost: String,
}

/// The user in a path.
#[derive(Debug, Deserialize)]
pub struct UserPath {
    user: String,
}

/// The virtual host and the user in a path.
#[derive(Debug, Deserialize)]
pub struct PermissionPath {
    vhost: String,
    user: String,
}

/// The virtual host, the user and the exchange in a path.
#[derive(Debug, Deserialize)]
pub struct ExchangePath {
    vhost: String,
    user: String,
    exchange: String,
}

/// All topic permissions.
pub async fn list(
    _: Administrator,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(views(state.node.broker.topic_permissions.list(|_| true)))
}

/// Topic permissions of all users in a virtual host.
pub async fn of_vhost(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let broker = &state.node.broker;
    broker.vhost(&path.vhost).ok_or_else(ApiError::object_not_found)?;
    query.list(views(broker.topic_permissions.list(|entry| entry.vhost == path.vhost)))
}

/// Topic permissions of one user in every virtual host.
pub async fn of_user(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let broker = &state.node.broker;
    broker.users.get(&path.user).map_err(|_| ApiError::object_not_found())?;
    query.list(views(broker.topic_permissions.list(|entry| entry.user == path.user)))
}

/// Topic permissions of a user in a virtual host.
pub async fn get(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<PermissionPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(views(existing(&state, &path.vhost, &path.user, None)?))
}

/// Gives a user topic permissions at an exchange.
pub async fn put(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(PermissionPath { vhost, user }): Named<PermissionPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let body: PutTopicPermission = body.require(&["exchange", "write", "read"])?.into()?;
    let broker = &state.node.broker;
    if broker.vhost(&vhost).is_none() || !broker.users.contains(&user) {
        return Err(ApiError::bad_request("vhost_or_user_not_found"));
    }
    let PutTopicPermission { exchange, write, read } = body;
    let of_vhost = broker.vhost(&vhost);
    if of_vhost.is_none_or(|vhost| vhost.topology().exchange(&exchange, &vhost.name).is_err()) {
        return Err(ApiError::bad_request(json!(["no_such_exchange", exchange])));
    }
    let new = existing(&state, &vhost, &user, Some(&exchange)).is_err();
    let entry = TopicPermissionEntry { user, vhost, exchange, write, read };
    TopicPermissions::check(&entry)?;
    tracing::info!(
        user = ?entry.user, vhost = ?entry.vhost, exchange = ?entry.exchange, by = ?caller.name,
        "topic permission put"
    );
    put_durable(&state, new, broker.change(&[Change::PutTopicPermission(entry)])).await
}

/// Takes a user's topic permissions in a virtual host away.
pub async fn delete(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(PermissionPath { vhost, user }): Named<PermissionPath>,
) -> Result<StatusCode, ApiError> {
    existing(&state, &vhost, &user, None)?;
    tracing::info!(?user, ?vhost, by = ?caller.name, "topic permissions deleted");
    let change = Change::DeleteTopicPermission { user, vhost, exchange: None };
    durable(&state, state.node.broker.change(&[change])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a user's topic permissions at one exchange away.
pub async fn delete_exchange(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(ExchangePath { vhost, user, exchange }): Named<ExchangePath>,
) -> Result<StatusCode, ApiError> {
    existing(&state, &vhost, &user, Some(&exchange))?;
    tracing::info!(?user, ?vhost, ?exchange, by = ?caller.name, "topic permission deleted");
    let change = Change::DeleteTopicPermission { user, vhost, exchange: Some(exchange) };
    durable(&state, state.node.broker.change(&[change])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Topic permissions as the API shows them.
pub fn views(entries: Vec<TopicPermissionEntry>) -> Vec<View> {
    let view = |TopicPermissionEntry { user, vhost, exchange, write, read }| View {
        user,
        vhost,
        exchange,
        write,
        read,
    };
    entries.into_iter().map(view).collect()
}

fn existing(
    state: &AppState,
    vhost: &str,
    user: &str,
    exchange: Option<&str>,
) -> Result<Vec<TopicPermissionEntry>, ApiError> {
    let entries = state.node.broker.topic_permissions.list(|entry| {
        entry.vhost == vhost
            && entry.user == user
            && exchange.is_none_or(|exchange| entry.exchange == exchange)
    });
    if entries.is_empty() { Err(ApiError::object_not_found()) } else { Ok(entries) }
}
