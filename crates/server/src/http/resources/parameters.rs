//! `/api/parameters` and `/api/global-parameters`.

use warren_api::declaration::Tag;
use warren_api::parameters::{
    Delete, DeleteGlobal, Get, GetGlobal, GlobalParameter, List, ListComponent, ListGlobal, ListVhost,
    Parameter as View, Put, PutGlobal,
};
use warren_broker::state::node::broker::Broker;
use warren_broker::state::node::parameters::{self, Parameter};
use warren_broker::topology::vhosts::VHost;
use warren_model::change::Change;

use crate::http::framework::{ApiError, Call, Caller, Handle, Outcome, durable_done, entered, put_durable};

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
        call.list(globals(call.broker()))
    }
}

impl Handle for GetGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&existing_global(call.broker(), &self.name)?)
    }
}

impl Handle for PutGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { name } = self;
        let broker = &call.state.node.broker;
        let new = existing_global(broker, &name).is_err();
        tracing::info!(?name, by = ?call.caller.name, "global parameter put");
        let change = Change::PutGlobalParameter { name, value: call.body.value };
        put_durable(&call.state, new, broker.change(&[change])).await
    }
}

impl Handle for DeleteGlobal {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { name } = self;
        existing_global(call.broker(), &name)?;
        tracing::info!(?name, by = ?call.caller.name, "global parameter deleted");
        let change = Change::DeleteGlobalParameter { name };
        durable_done(&call.state, call.broker().change(&[change])).await
    }
}

/// All parameters of the whole cluster, by name.
pub fn globals(broker: &Broker) -> Vec<GlobalParameter> {
    let all = broker.global_parameters.list().into_iter();
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
        return Err(ApiError::lacks_tag(Tag::Administrator));
    }
    Ok(())
}

fn existing(vhost: &VHost, component: &str, name: &str) -> Result<View, ApiError> {
    let mut parameters = of_vhost(vhost, Some(component)).into_iter();
    parameters.find(|parameter| parameter.name == name).ok_or_else(ApiError::object_not_found)
}

fn existing_global(broker: &Broker, name: &str) -> Result<GlobalParameter, ApiError> {
    globals(broker)
        .into_iter()
        .find(|parameter| parameter.name == name)
        .ok_or_else(ApiError::object_not_found)
}
