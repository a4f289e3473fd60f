//! `/api/warren/`: what RabbitMQ's API has no path for.

use axum::extract::State;
use axum::http::StatusCode;

use super::caller::Administrator;
use super::server::AppState;

/// Ends the whole node, after this answer has gone out.
pub async fn shutdown(Administrator(caller): Administrator, State(state): State<AppState>) -> StatusCode {
    tracing::info!(by = ?caller.name, "asked over HTTP to shut down");
    state.node.stop();
    StatusCode::NO_CONTENT
}
