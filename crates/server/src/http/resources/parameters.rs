//! `/api/parameters` and `/api/global-parameters`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use warren_api::parameters::{GlobalParameter, Parameter as View, PutParameter};
use warren_broker::definitions::Change;
use warren_broker::parameters::{self, GlobalParameters, Parameter};
use warren_broker::vhosts::VHost;

use super::import::CLUSTER_NAME;
use crate::http::framework::access::{self, InVhost};
use crate::http::framework::caller::{Caller, Policymaker};
use crate::http::framework::durable::{durable, put_durable};
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::Named;
use crate::http::framework::state::AppState;

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
    if name == CLUSTER_NAME {
        state.node.cluster.forget().map_err(ApiError::internal)?;
    } else {
        durable(&state, state.node.broker.change(&[Change::DeleteGlobalParameter { name }])).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Sets a parameter of the whole cluster. That of its name is kept where the name is.
pub async fn set_global(state: &AppState, name: &str, value: Value) -> Result<(), ApiError> {
    GlobalParameters::check_name(name)?;
    if name != CLUSTER_NAME {
        let change = Change::PutGlobalParameter { name: name.to_owned(), value };
        return durable(state, state.node.broker.change(&[change])).await;
    }
    let given = value.as_str().filter(|name| (1..=255).contains(&name.len()));
    let given = given.ok_or_else(|| ApiError::bad_request("the name of a cluster has 1 to 255 bytes"))?;
    state.node.cluster.set(given).map_err(ApiError::internal)
}

/// All parameters of the whole cluster, by name.
pub fn globals(state: &AppState) -> Vec<GlobalParameter> {
    let kept = state.node.broker.global_parameters.list().into_iter();
    let mut all: Vec<_> = kept.map(|(name, value)| GlobalParameter { name, value }).collect();
    let given = state.node.cluster.get();
    all.extend(given.map(|name| GlobalParameter { name: CLUSTER_NAME.into(), value: name.into() }));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
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
