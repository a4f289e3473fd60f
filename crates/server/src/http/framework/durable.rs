//! Waiting until the log has what a request changed: what is answered with success is on disk.

use warren_broker::log::Durable;
use warren_model::error::Error;

use super::error::ApiError;
use super::reply::Reply;
use super::state::AppState;
use crate::node::durability;

/// The value of a change, once it is durable.
pub async fn durable<T>(state: &AppState, change: Result<Durable<T>, Error>) -> Result<T, ApiError> {
    let Durable { value, position } = change?;
    durability::durable(state.node.broker.log_handle(), position).await?;
    Ok(value)
}

/// The answer to a `PUT` once it is durable: 201 for what is new, else 204.
pub async fn put_durable<T>(
    state: &AppState,
    new: bool,
    change: Result<Durable<T>, Error>,
) -> Result<Reply<()>, ApiError> {
    durable(state, change).await?;
    Ok(Reply::put(new))
}

/// 204, once a change is durable.
pub async fn durable_done<T>(
    state: &AppState,
    change: Result<Durable<T>, Error>,
) -> Result<Reply<()>, ApiError> {
    durable(state, change).await?;
    Ok(Reply::done())
}
