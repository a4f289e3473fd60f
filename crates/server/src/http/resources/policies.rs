//! `/api/policies` and `/api/operator-policies`, which differ in their layer alone.

use warren_api::policies::{
    Delete, DeleteOperator, Get, GetOperator, List, ListOperator, ListOperatorVhost, ListVhost,
    Policy as View, Put, PutOperator, PutPolicy,
};
use warren_broker::policies::read as read_policy;
use warren_broker::topology::vhosts::VHost;
use warren_model::change::Change;
use warren_model::policy::{Layer, Policy};

use crate::http::framework::{
    ApiError, AppState, Call, Caller, Handle, Outcome, Reply, durable_done, entered, put_durable,
};

macro_rules! of_layer {
    ($layer:expr => $list:ident, $list_vhost:ident, $get:ident, $put:ident, $delete:ident) => {
        impl Handle for $list {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                let vhosts = entered(call.broker(), &call.caller);
                call.list(vhosts.iter().flat_map(|vhost| of_vhost(vhost, $layer)))
            }
        }

        impl Handle for $list_vhost {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                call.list(of_vhost(&call.vhost, $layer))
            }
        }

        impl Handle for $get {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                call.one(&view(existing(&call.vhost, &self.policy, $layer)?))
            }
        }

        impl Handle for $put {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                put(&call.state, &call.caller, &call.vhost, &self.policy, call.body, $layer).await
            }
        }

        impl Handle for $delete {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                delete(&call.state, &call.caller, &call.vhost, &self.policy, $layer).await
            }
        }
    };
}

of_layer!(Layer::User => List, ListVhost, Get, Put, Delete);
of_layer!(Layer::Operator => ListOperator, ListOperatorVhost, GetOperator, PutOperator, DeleteOperator);

async fn put(
    state: &AppState,
    caller: &Caller,
    vhost: &VHost,
    name: &str,
    body: PutPolicy,
    layer: Layer,
) -> Result<Reply<()>, ApiError> {
    let policy = read_policy(&vhost.name, name, &body.document(), layer)?;
    let new = vhost.policy(name, layer).is_none();
    tracing::info!(policy = ?name, vhost = ?policy.vhost, by = ?caller.name, ?layer, "policy put");
    let change = match layer {
        Layer::User => Change::PutPolicy(policy),
        Layer::Operator => Change::PutOperatorPolicy(policy),
    };
    put_durable(state, new, state.node.broker.change(&[change])).await
}

async fn delete(
    state: &AppState,
    caller: &Caller,
    vhost: &VHost,
    name: &str,
    layer: Layer,
) -> Result<Reply<()>, ApiError> {
    let Policy { vhost, name, .. } = existing(vhost, name, layer)?;
    tracing::info!(policy = ?name, ?vhost, by = ?caller.name, ?layer, "policy deleted");
    let change = match layer {
        Layer::User => Change::DeletePolicy { vhost, name },
        Layer::Operator => Change::DeleteOperatorPolicy { vhost, name },
    };
    durable_done(state, state.node.broker.change(&[change])).await
}

fn existing(vhost: &VHost, name: &str, layer: Layer) -> Result<Policy, ApiError> {
    vhost.policy(name, layer).ok_or_else(ApiError::object_not_found)
}

/// The policies of a virtual host as the API shows them.
pub fn of_vhost(vhost: &VHost, layer: Layer) -> Vec<View> {
    vhost.policies(layer).into_iter().map(view).collect()
}

fn view(policy: Policy) -> View {
    let Policy { vhost, name, pattern, apply_to, definition, priority } = policy;
    View { vhost: Some(vhost), name, pattern, apply_to: apply_to.as_str().into(), definition, priority }
}
