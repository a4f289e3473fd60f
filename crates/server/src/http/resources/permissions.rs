//! `/api/permissions`, and the permissions of a user.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warren_api::permissions::{Permission as View, PutPermission};
use warren_broker::broker::Broker;
use warren_broker::definitions::Change;
use warren_broker::permissions::PermissionEntry;

use crate::http::framework::caller::Administrator;
use crate::http::framework::durable::{durable, put_durable};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;

/// The virtual host and the user in a path.
#[derive(Debug, Deserialize)]
pub struct PermissionPath {
    vhost: String,
    user: String,
}

/// All permissions.
pub async fn list(
    _: Administrator,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(views(state.node.broker.permissions.list()))
}

/// The permission of a user in a virtual host.
pub async fn get(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<PermissionPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&existing(&state.node.broker, &path)?)
}

/// Gives a user permissions in a virtual host.
pub async fn put(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<PermissionPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let body: PutPermission = body.require(&["configure", "write", "read"])?.into()?;
    let broker = &state.node.broker;
    if broker.vhost(&path.vhost).is_none() || !broker.users.contains(&path.user) {
        return Err(ApiError::bad_request("vhost_or_user_not_found"));
    }
    let new = existing(broker, &path).is_err();
    tracing::info!(user = ?path.user, vhost = ?path.vhost, by = ?caller.name, "permission put");
    let PutPermission { configure, write, read } = body;
    let entry = PermissionEntry { user: path.user, vhost: path.vhost, configure, write, read };
    put_durable(&state, new, broker.change(&[Change::PutPermission(entry)])).await
}

/// Takes a user's permissions in a virtual host away.
pub async fn delete(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<PermissionPath>,
) -> Result<StatusCode, ApiError> {
    let broker = &state.node.broker;
    existing(broker, &path)?;
    tracing::info!(user = ?path.user, vhost = ?path.vhost, by = ?caller.name, "permission deleted");
    let change = Change::DeletePermission { user: path.user, vhost: path.vhost };
    durable(&state, broker.change(&[change])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Permissions by virtual host and user.
pub fn views(entries: Vec<PermissionEntry>) -> Vec<View> {
    let mut views: Vec<View> = entries.into_iter().map(view).collect();
    views.sort_by(|a, b| (&a.vhost, &a.user).cmp(&(&b.vhost, &b.user)));
    views
}

fn existing(broker: &Broker, path: &PermissionPath) -> Result<View, ApiError> {
    broker.permissions.get(&path.user, &path.vhost).map(view).ok_or_else(ApiError::object_not_found)
}

fn view(entry: PermissionEntry) -> View {
    let PermissionEntry { user, vhost, configure, write, read } = entry;
    View { user, vhost, configure, write, read }
}
