//! `/api/whoami`: the caller as the node sees him.

use axum::response::Response;
use serde_json::json;

use crate::http::framework::caller::Management;
use crate::http::framework::json;

/// Name and tags of the caller.
pub async fn get(Management(caller): Management) -> Response {
    json::ok(&json!({"name": caller.name, "tags": caller.tags, "is_internal_user": !caller.local}))
}
