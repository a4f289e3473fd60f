//! Waiting until the log has what a request changed: what is answered with success is on disk.

use axum::http::StatusCode;
use warren_broker::error::Error;
use warren_broker::journal::Durable;

use super::error::ApiError;
use super::state::AppState;
use crate::durability;

/// The value of a change, once it is durable.
pub async fn durable<T>(state: &AppState, change: Result<Durable<T>, Error>) -> Result<T, ApiError> {
    let Durable { value, position } = change?;
    durability::durable(state.node.broker.journal(), position).await?;
    Ok(value)
}

/// The status of a `PUT` once it is durable: 201 for what is new, else 204.
pub async fn put_durable<T>(
    state: &AppState,
    new: bool,
    change: Result<Durable<T>, Error>,
) -> Result<StatusCode, ApiError> {
    durable(state, change).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}
