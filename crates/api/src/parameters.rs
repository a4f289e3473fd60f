//! Runtime parameters: `/api/parameters`, `/api/global-parameters`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Endpoint, EndpointInfo, ListQuery};

/// Parameters of the vhosts that the caller may see, without policies. Policymaker.
pub const LIST: Endpoint<0, ListQuery, (), Vec<Parameter>> = Endpoint::get("/api/parameters");
/// Parameters of a component. Policymaker.
pub const LIST_COMPONENT: Endpoint<1, ListQuery, (), Vec<Parameter>> =
    Endpoint::get("/api/parameters/{component}");
/// Parameters of a component in a vhost. Policymaker.
pub const LIST_VHOST: Endpoint<2, ListQuery, (), Vec<Parameter>> =
    Endpoint::get("/api/parameters/{component}/{vhost}");
/// One parameter. Policymaker.
pub const GET: Endpoint<3, (), (), Parameter> = Endpoint::get("/api/parameters/{component}/{vhost}/{name}");
/// Sets one: 201 when new, 204 when replaced. Policymaker.
pub const PUT: Endpoint<3, (), PutParameter> = Endpoint::put("/api/parameters/{component}/{vhost}/{name}");
/// Clears one (204). Policymaker.
pub const DELETE: Endpoint<3> = Endpoint::delete("/api/parameters/{component}/{vhost}/{name}");

/// Parameters of the whole cluster. Policymaker.
pub const LIST_GLOBAL: Endpoint<0, ListQuery, (), Vec<GlobalParameter>> =
    Endpoint::get("/api/global-parameters");
/// One parameter of the whole cluster. Policymaker.
pub const GET_GLOBAL: Endpoint<1, (), (), GlobalParameter> = Endpoint::get("/api/global-parameters/{name}");
/// Sets one: 201 when new, 204 when replaced. Policymaker.
pub const PUT_GLOBAL: Endpoint<1, (), PutParameter> = Endpoint::put("/api/global-parameters/{name}");
/// Clears one (204). Policymaker.
pub const DELETE_GLOBAL: Endpoint<1> = Endpoint::delete("/api/global-parameters/{name}");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[
    LIST.info(),
    LIST_COMPONENT.info(),
    LIST_VHOST.info(),
    GET.info(),
    PUT.info(),
    DELETE.info(),
    LIST_GLOBAL.info(),
    GET_GLOBAL.info(),
    PUT_GLOBAL.info(),
    DELETE_GLOBAL.info(),
];

/// A parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameter {
    /// The value.
    pub value: Value,
    /// The vhost; absent in definitions of one vhost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// The component that acts upon it: `vhost-limits`, `operator_policy`, `policy`.
    pub component: String,
    /// The name.
    pub name: String,
}

/// A parameter of the whole cluster, such as `cluster_name`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GlobalParameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// What `PUT` takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutParameter {
    /// The value.
    pub value: Value,
}
