//! `/api/parameters` and `/api/global-parameters`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use warren_api::parameters::{GlobalParameter, Parameter as View, PutParameter};
use warren_broker::definitions::Change;
use warren_broker::parameters::{self, Parameter};
use warren_broker::vhosts::VHost;

use super::access::{self, InVhost};
use super::caller::{Caller, Policymaker};
use super::durable::{durable, put_durable};
use super::error::ApiError;

use super::json::Object;
use super::listing::Listing;
use super::path::Named;
use super::server::AppState;

/// The component in a path.
#[derive(Debug, Deserialize)]
pub struct ComponentPath {
    component: String,
}

/// The component and the name in a path.
#[derive(Debug, Deserialize)]
pub struct ParameterPath {
    component: String,
    name: String,
}

/// The name in a path.
#[derive(Debug, Deserialize)]
pub struct GlobalPath {
    name: String,
}

/// Parameters of every virtual host that the caller may enter.
pub async fn list(
    Policymaker(caller): Policymaker,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(of_caller(&state, &caller, None))
}

/// Parameters of one component.
pub async fn list_component(
    Policymaker(caller): Policymaker,
    State(state): State<AppState>,
    Named(path): Named<ComponentPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(of_caller(&state, &caller, Some(&path.component)))
}

/// Parameters of one component in one virtual host.
pub async fn list_vhost(
    _: Policymaker,
    within: InVhost,
    Named(path): Named<ComponentPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(of_vhost(&within.vhost, Some(&path.component)))
}

/// One parameter.
pub async fn get(
    _: Policymaker,
    within: InVhost,
    Named(path): Named<ParameterPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&existing(&within, &path)?)
}

/// Sets a parameter.
pub async fn put(
    Policymaker(caller): Policymaker,
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<ParameterPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let PutParameter { value } = body.require(&["value"])?.into()?;
    let new = existing(&within, &path).is_err();
    let change = parameters::set(&within.vhost.name, &path.component, &path.name, &value)?;
    allow(&caller, &change)?;
    let vhost = &within.vhost.name;
    tracing::info!(component = ?path.component, name = ?path.name, ?vhost, by = ?caller.name, "parameter put");
    put_durable(&state, new, state.node.broker.change(&[change])).await
}

/// Clears a parameter.
pub async fn delete(
    Policymaker(caller): Policymaker,
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<ParameterPath>,
) -> Result<StatusCode, ApiError> {
    existing(&within, &path)?;
    let change = within.vhost.clear_parameter(&path.component, &path.name)?;
    allow(&caller, &change)?;
    let vhost = &within.vhost.name;
    tracing::info!(component = ?path.component, name = ?path.name, ?vhost, by = ?caller.name, "parameter deleted");
    durable(&state, state.node.broker.change(&[change])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Parameters of the whole cluster.
pub async fn list_global(
    _: Policymaker,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(globals(&state))
}

/// One parameter of the whole cluster.
pub async fn get_global(
    _: Policymaker,
    State(state): State<AppState>,
    Named(path): Named<GlobalPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&existing_global(&state, &path.name)?)
}

/// Sets a parameter of the whole cluster.
pub async fn put_global(
    Policymaker(caller): Policymaker,
    State(state): State<AppState>,
    Named(path): Named<GlobalPath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let PutParameter { value } = body.require(&["value"])?.into()?;
    let new = existing_global(&state, &path.name).is_err();
    tracing::info!(name = ?path.name, by = ?caller.name, "global parameter put");
    set_global(&state, &path.name, value).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

/// Clears a parameter of the whole cluster.
pub async fn delete_global(
    Policymaker(caller): Policymaker,
    State(state): State<AppState>,
    Named(GlobalPath { name }): Named<GlobalPath>,
) -> Result<StatusCode, ApiError> {
    existing_global(&state, &name)?;
    tracing::info!(?name, by = ?caller.name, "global parameter deleted");
    durable(&state, state.node.broker.change(&[Change::DeleteGlobalParameter { name }])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets a parameter of the whole cluster.
async fn set_global(state: &AppState, name: &str, value: Value) -> Result<(), ApiError> {
    let change = Change::PutGlobalParameter { name: name.to_owned(), value };
    durable(state, state.node.broker.change(&[change])).await
}

/// All parameters of the whole cluster, by name.
pub fn globals(state: &AppState) -> Vec<GlobalParameter> {
    let all = state.node.broker.global_parameters.list().into_iter();
    all.map(|(name, value)| GlobalParameter { name, value }).collect()
}

/// Parameters of a virtual host as the API shows them: of one component, or of all but `policy`.
pub fn of_vhost(vhost: &VHost, component: Option<&str>) -> Vec<View> {
    let view = |Parameter { component, name, value }| View {
        value,
        vhost: Some(vhost.name.to_string()),
        component,
        name,
    };
    vhost.parameters(component).into_iter().map(view).collect()
}

/// Operator policies are an administrator's, by whatever name they are set.
fn allow(caller: &Caller, change: &Change) -> Result<(), ApiError> {
    let operator = matches!(change, Change::PutOperatorPolicy(_) | Change::DeleteOperatorPolicy { .. });
    if operator && !caller.is_administrator() {
        return Err(ApiError::not_authorised("Not administrator user"));
    }
    Ok(())
}

fn of_caller(state: &AppState, caller: &Caller, component: Option<&str>) -> Vec<View> {
    let vhosts = access::entered(&state.node.broker, caller);
    vhosts.iter().flat_map(|vhost| of_vhost(vhost, component)).collect()
}

fn existing(within: &InVhost, path: &ParameterPath) -> Result<View, ApiError> {
    let parameters = of_vhost(&within.vhost, Some(&path.component));
    let found = parameters.into_iter().find(|parameter| parameter.name == path.name);
    found.ok_or_else(ApiError::object_not_found)
}

fn existing_global(state: &AppState, name: &str) -> Result<GlobalParameter, ApiError> {
    globals(state).into_iter().find(|parameter| parameter.name == name).ok_or_else(ApiError::object_not_found)
}
