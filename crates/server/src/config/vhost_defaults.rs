//! What new virtual hosts are given.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use warren_broker::state::vhost_defaults::{
    DefaultLimits, DefaultOperatorPolicy, DefaultUser, VHostDefaults as Defaults,
};
use warren_model::policy::ApplyTo;

use super::settings::Secret;

/// What new virtual hosts are given, as far as the file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VHostDefaults {
    pub(super) limits: BTreeMap<String, Limits>,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) users: BTreeMap<String, User>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) pattern: Option<String>,
    pub(super) limits: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) vhost_pattern: Option<String>,
    pub(super) queue_pattern: Option<String>,
    pub(super) apply_to: ApplyTo,
    pub(super) definition: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) vhost_pattern: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) tags: Vec<String>,
    pub(super) configure: Option<String>,
    pub(super) write: Option<String>,
    pub(super) read: Option<String>,
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
