//! What new virtual hosts are given.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use warren_broker::state::node::vhost_defaults::{
    DefaultLimits, DefaultOperatorPolicy, DefaultUser, VHostDefaults as Defaults,
};
use warren_model::policy::ApplyTo;

use super::node::Secret;

/// What new virtual hosts are given, as far as the file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VHostDefaults {
    pub(crate) limits: BTreeMap<String, Limits>,
    pub(crate) policies: BTreeMap<String, Policy>,
    pub(crate) users: BTreeMap<String, User>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) pattern: Option<String>,
    pub(crate) limits: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) vhost_pattern: Option<String>,
    pub(crate) queue_pattern: Option<String>,
    pub(crate) apply_to: ApplyTo,
    pub(crate) definition: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) vhost_pattern: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) tags: Vec<String>,
    pub(crate) configure: Option<String>,
    pub(crate) write: Option<String>,
    pub(crate) read: Option<String>,
}

/// What holds without a pattern: every name.
fn or_all(pattern: &Option<String>) -> String {
    pattern.clone().unwrap_or_else(|| ".*".into())
}

impl VHostDefaults {
    /// As the broker has them, those of each kind by name.
    pub fn for_broker(&self) -> Defaults {
        let limits = self.limits.values().map(|given| DefaultLimits {
            vhost_pattern: or_all(&given.pattern),
            limits: given.limits.clone(),
        });
        let policies = self.policies.iter().map(|(name, given)| DefaultOperatorPolicy {
            name: name.clone(),
            vhost_pattern: or_all(&given.vhost_pattern),
            queue_pattern: or_all(&given.queue_pattern),
            apply_to: given.apply_to,
            definition: given.definition.clone(),
        });
        let users = self.users.iter().map(|(name, given)| DefaultUser {
            name: name.clone(),
            vhost_pattern: or_all(&given.vhost_pattern),
            password: given.password.as_ref().map(|password| password.0.clone()),
            tags: given.tags.clone(),
            permissions: [&given.configure, &given.write, &given.read].map(or_all),
        });
        Defaults { limits: limits.collect(), operator_policies: policies.collect(), users: users.collect() }
    }
}
