//! `/api/policies` and `/api/operator-policies`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warren_api::policies::Policy as View;
use warren_broker::definitions::Change;
use warren_broker::policies::{Layer, Policy};
use warren_broker::vhosts::VHost;

use crate::http::framework::access::{self, InVhost};
use crate::http::framework::caller::{Administrator, Caller, Management, Policymaker};
use crate::http::framework::durable::{durable, put_durable};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;

/// The policy in a path.
#[derive(Debug, Deserialize)]
pub struct PolicyPath {
    policy: String,
}

/// Policies of every virtual host that the caller may enter.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(of_caller(&state, &caller, Layer::User))
}

/// Policies of one virtual host.
pub async fn list_vhost(within: InVhost, query: Listing) -> Result<Response, ApiError> {
    query.list(of_vhost(&within.vhost, Layer::User))
}

/// One policy.
pub async fn get(
    _: Policymaker,
    within: InVhost,
    Named(path): Named<PolicyPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&view(existing(&within, &path, Layer::User)?))
}

/// Sets a policy.
pub async fn put(
    Policymaker(caller): Policymaker,
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<PolicyPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    set(&state, &caller, &within, &path, body, Layer::User).await
}

/// Clears a policy.
pub async fn delete(
    Policymaker(caller): Policymaker,
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<PolicyPath>,
) -> Result<StatusCode, ApiError> {
    clear(&state, &caller, &within, &path, Layer::User).await
}

/// Operator policies of every virtual host that the caller may enter.
pub async fn list_operator(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(of_caller(&state, &caller, Layer::Operator))
}

/// Operator policies of one virtual host.
pub async fn list_operator_vhost(within: InVhost, query: Listing) -> Result<Response, ApiError> {
    query.list(of_vhost(&within.vhost, Layer::Operator))
}

/// One operator policy.
pub async fn get_operator(
    _: Administrator,
    within: InVhost,
    Named(path): Named<PolicyPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&view(existing(&within, &path, Layer::Operator)?))
}

/// Sets an operator policy.
pub async fn put_operator(
    Administrator(caller): Administrator,
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<PolicyPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    set(&state, &caller, &within, &path, body, Layer::Operator).await
}

/// Clears an operator policy.
pub async fn delete_operator(
    Administrator(caller): Administrator,
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<PolicyPath>,
) -> Result<StatusCode, ApiError> {
    clear(&state, &caller, &within, &path, Layer::Operator).await
}

async fn set(
    state: &AppState,
    caller: &Caller,
    within: &InVhost,
    path: &PolicyPath,
    body: Object,
    layer: Layer,
) -> Result<StatusCode, ApiError> {
    let mut body = body.require(&["pattern", "definition"])?.0;
    // The management pages of RabbitMQ send more than is meant.
    body.retain(|key, _| Policy::KEYS.contains(&key.as_str()));
    let policy = Policy::read(&within.vhost.name, &path.policy, &body, layer)?;
    let new = within.vhost.policy(&path.policy, layer).is_none();
    tracing::info!(policy = ?path.policy, vhost = ?policy.vhost, by = ?caller.name, ?layer, "policy put");
    let change = match layer {
        Layer::User => Change::PutPolicy(policy),
        Layer::Operator => Change::PutOperatorPolicy(policy),
    };
    put_durable(state, new, state.node.broker.change(&[change])).await
}

async fn clear(
    state: &AppState,
    caller: &Caller,
    within: &InVhost,
    path: &PolicyPath,
    layer: Layer,
) -> Result<StatusCode, ApiError> {
    let Policy { vhost, name, .. } = existing(within, path, layer)?;
    tracing::info!(policy = ?name, ?vhost, by = ?caller.name, ?layer, "policy deleted");
    let change = match layer {
        Layer::User => Change::DeletePolicy { vhost, name },
        Layer::Operator => Change::DeleteOperatorPolicy { vhost, name },
    };
    durable(state, state.node.broker.change(&[change])).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn existing(within: &InVhost, path: &PolicyPath, layer: Layer) -> Result<Policy, ApiError> {
    within.vhost.policy(&path.policy, layer).ok_or_else(ApiError::object_not_found)
}

fn of_caller(state: &AppState, caller: &Caller, layer: Layer) -> Vec<View> {
    let vhosts = access::entered(&state.node.broker, caller);
    vhosts.iter().flat_map(|vhost| of_vhost(vhost, layer)).collect()
}

/// The policies of a virtual host as the API shows them.
pub fn of_vhost(vhost: &VHost, layer: Layer) -> Vec<View> {
    vhost.policies(layer).into_iter().map(view).collect()
}

fn view(policy: Policy) -> View {
    let Policy { vhost, name, pattern, apply_to, definition, priority } = policy;
    View { vhost: Some(vhost), name, pattern, apply_to: apply_to.as_str().into(), definition, priority }
}
