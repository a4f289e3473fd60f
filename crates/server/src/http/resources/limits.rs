//! `/api/vhost-limits` and `/api/user-limits`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use warren_api::limits::{PutLimit, UserLimits as UserView, VHostLimits as VHostView};
use warren_broker::broker::Broker;
use warren_broker::definitions::Change;
use warren_broker::limits::Limits;
use warren_broker::vhosts::VHost;

use crate::http::framework::access;
use crate::http::framework::caller::{Administrator, Management};
use crate::http::framework::durable::durable;
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

/// The virtual host and its limit in a path.
#[derive(Debug, Deserialize)]
pub struct VHostLimitPath {
    vhost: String,
    limit: String,
}

/// The user in a path.
#[derive(Debug, Deserialize)]
pub struct UserPath {
    user: String,
}

/// The user and his limit in a path.
#[derive(Debug, Deserialize)]
pub struct UserLimitPath {
    user: String,
    limit: String,
}

/// Limits of the virtual hosts that the caller sees.
pub async fn list_vhosts(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let vhosts = access::listed(&state.node.broker, &caller);
    query.list(vhosts.iter().filter_map(|vhost| of(vhost)).collect::<Vec<_>>())
}

/// Limits of one virtual host: none or one item.
pub async fn of_vhost(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<VHostPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let vhosts = access::listed(&state.node.broker, &caller);
    let vhost = vhosts.into_iter().find(|vhost| *vhost.name == *path.vhost);
    let vhost = vhost.ok_or_else(ApiError::object_not_found)?;
    query.list(of(&vhost).into_iter().collect::<Vec<_>>())
}

/// Sets a limit of a virtual host.
pub async fn put_vhost(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostLimitPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let limit = Limits::of_vhost(&one(&path.limit, body)?)?;
    let VHostLimitPath { vhost, limit: name } = path;
    tracing::info!(?vhost, limit = ?name, by = ?caller.name, "vhost limit put");
    let make = |broker: &Broker| {
        let old = broker.vhost(&vhost).map(|vhost| vhost.limits()).unwrap_or_default();
        Ok(vec![Change::PutVhostLimits { vhost: vhost.clone(), limits: old.with(limit) }])
    };
    state.node.broker.vhost(&vhost).ok_or_else(ApiError::vhost_not_found)?;
    durable(&state, state.node.broker.change_with(make)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a limit of a virtual host away.
pub async fn delete_vhost(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<VHostLimitPath>,
) -> Result<StatusCode, ApiError> {
    let VHostLimitPath { vhost, limit: name } = path;
    tracing::info!(?vhost, limit = ?name, by = ?caller.name, "vhost limit deleted");
    let make = |broker: &Broker| {
        let old = broker.vhost(&vhost).map(|vhost| vhost.limits()).unwrap_or_default();
        let (vhost, limits) = (vhost.clone(), old.without(&name));
        Ok(vec![if limits.is_empty() {
            Change::DeleteVhostLimits { vhost }
        } else {
            Change::PutVhostLimits { vhost, limits }
        }])
    };
    state.node.broker.vhost(&vhost).ok_or_else(ApiError::vhost_not_found)?;
    durable(&state, state.node.broker.change_with(make)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Limits of all users that have any.
pub async fn list_users(
    _: Administrator,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let limits = state.node.broker.user_limits.list().into_iter();
    let views = limits.map(|(user, limits)| UserView { user, value: limits.document() });
    query.list(views.collect::<Vec<_>>())
}

/// Limits of one user: none or one item. A user may see his own.
pub async fn of_user(
    Management(caller): Management,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    if caller.name != path.user && !caller.is_monitor() {
        return Err(ApiError::not_authorised("User not authorised to access object"));
    }
    existing(&state, &path.user)?;
    let limits = state.node.broker.user_limits.get(&path.user);
    let view = (!limits.is_empty()).then(|| UserView { user: path.user, value: limits.document() });
    query.list(view.into_iter().collect::<Vec<_>>())
}

/// Sets a limit of a user.
pub async fn put_user(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserLimitPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    if !state.node.broker.users.contains(&path.user) {
        return Err(ApiError::bad_request(json!(["no_such_user", path.user])));
    }
    let limit = Limits::of_user(&one(&path.limit, body)?)?;
    let UserLimitPath { user, limit: name } = path;
    tracing::info!(?user, limit = ?name, by = ?caller.name, "user limit put");
    let make = |broker: &Broker| {
        let limits = broker.user_limits.get(&user).with(limit);
        Ok(vec![Change::PutUserLimits { user: user.clone(), limits }])
    };
    durable(&state, state.node.broker.change_with(make)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a limit of a user away.
pub async fn delete_user(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserLimitPath>,
) -> Result<StatusCode, ApiError> {
    existing(&state, &path.user)?;
    let UserLimitPath { user, limit: name } = path;
    tracing::info!(?user, limit = ?name, by = ?caller.name, "user limit deleted");
    let make = |broker: &Broker| {
        let limits = broker.user_limits.get(&user).without(&name);
        Ok(vec![Change::PutUserLimits { user: user.clone(), limits }])
    };
    durable(&state, state.node.broker.change_with(make)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A document of the limit that the path names, with the value that the body holds.
fn one(name: &str, body: Object) -> Result<Map<String, Value>, ApiError> {
    let PutLimit { value } = body.require(&["value"])?.into()?;
    Ok(Map::from_iter([(name.to_owned(), value)]))
}

fn existing(state: &AppState, user: &str) -> Result<(), ApiError> {
    if state.node.broker.users.contains(user) { Ok(()) } else { Err(ApiError::object_not_found()) }
}

fn of(vhost: &VHost) -> Option<VHostView> {
    let limits = vhost.given_limits()?;
    Some(VHostView { vhost: vhost.name.to_string(), value: limits.document() })
}
