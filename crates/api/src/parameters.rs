//! Runtime parameters: `/api/parameters`, `/api/global-parameters`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::declaration::{Body, InVhost, ListQuery, Policymaker, endpoints};

endpoints! {
    /// Components are `vhost-limits` (its one parameter is `limits`) and `operator_policy`; `policy` is only shown.
    /// Other components are refused, because nothing would act upon them. Operator policies are set and cleared by
    /// administrators only.
    noun "Parameters";

    /// Parameters of all vhosts that the caller may see, without policies.
    GET "/api/parameters" => List, access: Policymaker, query: ListQuery, answer: Vec<Parameter>;
    /// Parameters of a component.
    GET "/api/parameters/{component}" => ListComponent { component },
        access: Policymaker, query: ListQuery, answer: Vec<Parameter>;
    /// Parameters of a component in a vhost.
    GET "/api/parameters/{component}/{vhost}" => ListVhost { component, vhost },
        access: InVhost<Policymaker>, query: ListQuery, answer: Vec<Parameter>;
    /// One parameter.
    GET "/api/parameters/{component}/{vhost}/{name}" => Get { component, vhost, name },
        access: InVhost<Policymaker>, query: ListQuery, answer: Parameter;
    /// Sets it: 201 when new, 204 when replaced.
    PUT "/api/parameters/{component}/{vhost}/{name}" => Put { component, vhost, name },
        access: InVhost<Policymaker>, body: PutParameter;
    /// Clears it (204).
    DELETE "/api/parameters/{component}/{vhost}/{name}" => Delete { component, vhost, name },
        access: InVhost<Policymaker>;
    /// Parameters of the whole cluster.
    GET "/api/global-parameters" => ListGlobal,
        access: Policymaker, query: ListQuery, answer: Vec<GlobalParameter>;
    /// One of them.
    GET "/api/global-parameters/{name}" => GetGlobal { name },
        access: Policymaker, query: ListQuery, answer: GlobalParameter;
    /// Sets it: 201 when new, 204 when replaced.
    PUT "/api/global-parameters/{name}" => PutGlobal { name }, access: Policymaker, body: PutParameter;
    /// Clears it (204).
    DELETE "/api/global-parameters/{name}" => DeleteGlobal { name }, access: Policymaker;
}

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

impl Body for PutParameter {
    const REQUIRED: &'static [&'static str] = &["value"];
}
