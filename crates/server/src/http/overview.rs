//! `/api/overview` and `/api/version`.

use axum::response::Response;

use super::json;

/// The product's version, as a bare JSON string.
pub async fn version() -> Response {
    json::ok(&env!("CARGO_PKG_VERSION"))
}
