//! Runtime parameters: documents by component and name that operators set while the node runs (RabbitMQ, parameters).
//!
//! The components that have a meaning here are policies and limits, and their documents are kept as such; a component that
//! nobody would act upon is refused. Global parameters are of the whole cluster and belong to no component.

use std::collections::BTreeMap;

use parking_lot::RwLock;
use serde_json::Value;

use crate::policies;
use crate::topology::vhosts::VHost;
use warren_model::change::Change;
use warren_model::error::{Error, json_term};
use warren_model::limits::Limits;
use warren_model::policy::Layer;
use warren_model::validation;

/// The component of policies; they are shown by it, and set and cleared as policies.
pub const POLICY: &str = "policy";
/// The component of operator policies.
pub const OPERATOR_POLICY: &str = "operator_policy";
/// The component of a virtual host's limits.
pub const VHOST_LIMITS: &str = "vhost-limits";
/// The one name that a virtual host's limits have.
const LIMITS: &str = "limits";
/// The global parameter that names the cluster.
pub const CLUSTER_NAME: &str = "cluster_name";
/// The longest name of a global parameter, in octets.
const MAX_NAME: usize = 255;

/// A runtime parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its component.
    pub component: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

impl VHost {
    /// Parameters of this virtual host: of one component, or of all but `policy`.
    pub fn parameters(&self, component: Option<&str>) -> Vec<Parameter> {
        let wants = |own: &str| component.map_or(own != POLICY, |component| component == own);
        let of_policies = |component: &str, layer| {
            let policies = if wants(component) { self.policies(layer) } else { Vec::new() };
            let mut parameters: Vec<_> = policies
                .into_iter()
                .map(|policy| parameter(component, &policy.name, policy.document().into()))
                .collect();
            parameters.sort_by(|a, b| a.name.cmp(&b.name));
            parameters
        };
        let mut parameters = of_policies(OPERATOR_POLICY, Layer::Operator);
        parameters.extend(of_policies(POLICY, Layer::User));
        let limits = self.given_limits().filter(|_| wants(VHOST_LIMITS));
        parameters.extend(limits.map(|limits| parameter(VHOST_LIMITS, LIMITS, limits.document().into())));
        parameters
    }

    /// The change that clears a parameter.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for a policy.
    pub fn clear_parameter(&self, component: &str, name: &str) -> Result<Change, Error> {
        let (vhost, name) = (self.name.to_string(), name.to_owned());
        match component {
            POLICY => Err(Error::PreconditionFailed("policies may not be cleared using this method".into())),
            OPERATOR_POLICY => Ok(Change::DeleteOperatorPolicy { vhost, name }),
            _ => Ok(Change::DeleteVhostLimits { vhost }),
        }
    }
}

/// The change that sets a parameter.
///
/// # Errors
/// `PRECONDITION_FAILED` for an unknown component or a bad value, in RabbitMQ's words.
pub fn set(vhost: &str, component: &str, name: &str, value: &Value) -> Result<Change, Error> {
    let empty = serde_json::Map::new();
    let document = value.as_object().unwrap_or(&empty);
    match component {
        POLICY => Err(Error::PreconditionFailed("policies may not be set using this method".into())),
        OPERATOR_POLICY if !document.contains_key("priority") => {
            // A policy that is set as such has a default.
            let missing =
                ["definition", "pattern", "priority"].into_iter().filter(|key| !document.contains_key(*key));
            Err(Error::validation_failed(
                &missing.map(|key| validation::missing(key, name)).collect::<Vec<_>>(),
            ))
        }
        OPERATOR_POLICY => {
            policies::read(vhost, name, document, Layer::Operator).map(Change::PutOperatorPolicy)
        }
        VHOST_LIMITS if !value.is_object() => {
            Err(Error::validation_failed(&[format!("{name} not a list {}", json_term(value))]))
        }
        VHOST_LIMITS if name != LIMITS => {
            Err(Error::validation_failed(&[format!("limits of a vhost have the name '{LIMITS}'")]))
        }
        VHOST_LIMITS => {
            let limits = Limits::of_vhost(document)?;
            Ok(Change::PutVhostLimits { vhost: vhost.to_owned(), limits })
        }
        _ => Err(Error::validation_failed(&[format!("component {component} not found")])),
    }
}

fn parameter(component: &str, name: &str, value: Value) -> Parameter {
    Parameter { component: component.to_owned(), name: name.to_owned(), value }
}

/// The global parameters.
#[derive(Debug, Default)]
pub struct GlobalParameters(RwLock<BTreeMap<String, Value>>);

impl GlobalParameters {
    /// All of them, by name.
    pub fn list(&self) -> Vec<(String, Value)> {
        self.0.read().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The one of that name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.0.read().get(name).cloned()
    }

    /// Whether a parameter may have that name.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if it is empty or too long.
    pub fn check_name(name: &str) -> Result<(), Error> {
        if (1..=MAX_NAME).contains(&name.len()) {
            return Ok(());
        }
        Err(Error::invalid_name("the name of a global parameter", &format!("has 1 to {MAX_NAME} bytes")))
    }

    pub(crate) fn put(&self, name: &str, value: Value) {
        self.0.write().insert(name.to_owned(), value);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.0.write().remove(name);
    }

    pub(crate) fn clear(&self) {
        self.0.write().clear();
    }
}
