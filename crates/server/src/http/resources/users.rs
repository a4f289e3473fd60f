//! `/api/users` and `/api/auth/hash_password`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use warren_api::users::{BulkDelete, HashedPassword, PutUser, User as View};
use warren_api::{Arguments, Tags};
use warren_broker::broker::Broker;
use warren_broker::definitions::Change;
use warren_broker::password::{self, HashingAlgorithm};
use warren_broker::users::User;

use super::permissions;
use crate::http::framework::caller::Administrator;
use crate::http::framework::durable::{durable, put_durable};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;

/// The user in a path.
#[derive(Debug, Deserialize)]
pub struct UserPath {
    user: String,
}

/// The password in a path.
#[derive(Debug, Deserialize)]
pub struct PasswordPath {
    password: String,
}

/// All users.
pub async fn list(
    _: Administrator,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(
        state.node.broker.users.list().iter().map(|user| view(&state.node.broker, user)).collect::<Vec<_>>(),
    )
}

/// Users who have permissions nowhere.
pub async fn without_permissions(
    _: Administrator,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let broker = &state.node.broker;
    let permissions = broker.permissions.list();
    let has_none = |user: &User| permissions.iter().all(|entry| entry.user != user.name);
    query.list(
        broker
            .users
            .list()
            .iter()
            .filter(|user| has_none(user))
            .map(|user| view(broker, user))
            .collect::<Vec<_>>(),
    )
}

/// One user.
pub async fn get(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let broker = &state.node.broker;
    query.one(&view(broker, &existing(broker, &path.user)?))
}

/// Creates or replaces a user. A user without password and hash cannot log in with a password.
pub async fn put(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    if matches!(body.0.get("tags"), None | Some(Value::Null)) {
        return Err(ApiError::bad_request("tags_not_present"));
    }
    let broker = &state.node.broker;
    let user = described(broker, &path.user, body.into()?)?;
    let new = !broker.users.contains(&path.user);
    tracing::info!(user = ?user.name, by = ?caller.name, new, "user put");
    put_durable(&state, new, broker.change(&[Change::PutUser(user)])).await
}

/// Deletes a user with his permissions.
pub async fn delete(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
) -> Result<StatusCode, ApiError> {
    existing(&state.node.broker, &path.user)?;
    tracing::info!(user = ?path.user, by = ?caller.name, "user deleted");
    durable(&state, state.node.broker.change(&[Change::DeleteUser { name: path.user }])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes several users, or none if one of them does not exist.
pub async fn bulk_delete(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let BulkDelete { users } = body.require(&["users"])?.into()?;
    let broker = &state.node.broker;
    if let Some(unknown) = users.iter().find(|name| !broker.users.contains(name)) {
        return Err(ApiError::bad_request(vec!["no_such_user", unknown]));
    }
    tracing::info!(?users, by = ?caller.name, "users deleted");
    let changes: Vec<Change> = users.into_iter().map(|name| Change::DeleteUser { name }).collect();
    durable(&state, broker.change(&changes)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Permissions of one user in every virtual host.
pub async fn list_permissions(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<UserPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    existing(&state.node.broker, &path.user)?;
    query.list(permissions::views(state.node.broker.permissions.list_user(&path.user)))
}

/// The salted hash of a password, as definitions hold it.
pub async fn hash_password(
    _: Administrator,
    State(state): State<AppState>,
    Named(path): Named<PasswordPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let salt = state.node.broker.salt();
    query.one(&HashedPassword { ok: password::hash(path.password.as_bytes(), salt) })
}

fn existing(broker: &Broker, name: &str) -> Result<User, ApiError> {
    broker.users.get(name).map_err(|_| ApiError::object_not_found())
}

/// A user as a request or a document describes him.
pub fn described(broker: &Broker, name: &str, body: PutUser) -> Result<User, ApiError> {
    let tags = body.tags.unwrap_or_default().0;
    let hash = match (body.password, body.password_hash) {
        (Some(_), Some(_)) => {
            return Err(ApiError::bad_request("both_password_and_password_hash_are_provided"));
        }
        (Some(password), None) => {
            return Ok(User::with_password(name, password.as_bytes(), broker.salt(), tags));
        }
        (None, Some(hash)) if STANDARD.decode(&hash).is_err() => {
            return Err(ApiError::bad_request(vec!["not_base64".to_owned(), hash]));
        }
        (None, hash) => hash.unwrap_or_default(),
    };
    let algorithm = match body.hashing_algorithm {
        None => HashingAlgorithm::default(),
        Some(name) => HashingAlgorithm::from_name(&name)
            .ok_or_else(|| ApiError::bad_request(format!("unknown hashing algorithm '{name}'")))?,
    };
    Ok(User::with_hash(name, hash, algorithm, tags))
}

/// A user as the API shows him.
pub fn view(broker: &Broker, user: &User) -> View {
    View {
        name: user.name.clone(),
        password_hash: user.password_hash.clone(),
        hashing_algorithm: Some(user.hashing_algorithm.name().into()),
        tags: Tags(user.tags.clone()),
        limits: Arguments(broker.user_limits.get(&user.name).document()),
    }
}
