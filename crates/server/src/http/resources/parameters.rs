//! `/api/parameters` and `/api/global-parameters`.

use serde_json::Value;
use warren_api::declaration::Tag;
use warren_api::parameters::{
    Delete, DeleteGlobal, Get, GetGlobal, GlobalParameter, List, ListComponent, ListGlobal, ListVhost,
    Parameter as View, Put, PutGlobal,
};
use warren_broker::definitions::Change;
use warren_broker::parameters::{self, GlobalParameters, Parameter};
use warren_broker::vhosts::VHost;

use crate::http::framework::{
    ApiError, AppState, Call, Caller, Handle, Outcome, Reply, durable, durable_done, entered, put_durable,
};

/// The one parameter of the cluster that has a meaning here.
pub const CLUSTER_NAME: &str = "cluster_name";

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhosts = entered(call.broker(), &call.caller);
        call.list(vhosts.iter().flat_map(|vhost| of_vhost(vhost, None)))
    }
}

impl Handle for ListComponent {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhosts = entered(call.broker(), &call.caller);
        call.list(vhosts.iter().flat_map(|vhost| of_vhost(vhost, Some(&self.component))))
    }
}

impl Handle for ListVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(of_vhost(&call.vhost, Some(&self.component)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&existing(&call.vhost, &self.component, &self.name)?)
    }
}

impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { component, name, .. } = &self;
        let new = existing(&call.vhost, component, name).is_err();
        let change = parameters::set(&call.vhost.name, component, name, &call.body.value)?;
        allow(&call.caller, &change)?;
        let vhost = &call.vhost.name;
        tracing::info!(?component, ?name, ?vhost, by = ?call.caller.name, "parameter put");
        put_durable(&call.state, new, call.broker().change(&[change])).await
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { component, name, .. } = &self;
        existing(&call.vhost, component, name)?;
        let change = call.vhost.clear_parameter(component, name)?;
        allow(&call.caller, &change)?;
        let vhost = &call.vhost.name;
        tracing::info!(?component, ?name, ?vhost, by = ?call.caller.name, "parameter deleted");
        durable_done(&call.state, call.broker().change(&[change])).await
    }
}

impl Handle for ListGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(globals(&call.state))
    }
}

impl Handle for GetGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&existing_global(&call.state, &self.name)?)
    }
}

impl Handle for PutGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let new = existing_global(&call.state, &self.name).is_err();
        tracing::info!(name = ?self.name, by = ?call.caller.name, "global parameter put");
        set_global(&call.state, &self.name, call.body.value).await?;
        Ok(Reply::put(new))
    }
}

impl Handle for DeleteGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { name } = self;
        existing_global(&call.state, &name)?;
        tracing::info!(?name, by = ?call.caller.name, "global parameter deleted");
        if name == CLUSTER_NAME {
            call.node().cluster.forget().map_err(ApiError::internal)?;
            return Ok(Reply::done());
        }
        let change = Change::DeleteGlobalParameter { name };
        durable_done(&call.state, call.broker().change(&[change])).await
    }
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
        return Err(ApiError::lacks_tag(Tag::Administrator));
    }
    Ok(())
}

fn existing(vhost: &VHost, component: &str, name: &str) -> Result<View, ApiError> {
    let mut parameters = of_vhost(vhost, Some(component)).into_iter();
    parameters.find(|parameter| parameter.name == name).ok_or_else(ApiError::object_not_found)
}

fn existing_global(state: &AppState, name: &str) -> Result<GlobalParameter, ApiError> {
    globals(state).into_iter().find(|parameter| parameter.name == name).ok_or_else(ApiError::object_not_found)
}
