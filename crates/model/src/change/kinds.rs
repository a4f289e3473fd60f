//! The changes.

use serde::{Deserialize, Serialize};

use super::definitions::{BindingDefinition, ExchangeDefinition, QueueDefinition, VHostDefinition, yes};
use crate::access::{PermissionEntry, TopicPermissionEntry, User};
use crate::limits::Limits;
use crate::policy::Policy;

/// One change of what the broker keeps. Applying it twice is the same as once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A user is there, as given.
    PutUser(User),
    /// A user is gone, with its permissions.
    DeleteUser {
        /// Name of the user.
        name: String,
    },
    /// A user has permissions in a virtual host, as given.
    PutPermission(PermissionEntry),
    /// A user has none.
    DeletePermission {
        /// Name of the user.
        user: String,
        /// Name of the virtual host.
        vhost: String,
    },
    /// A virtual host is there, as given.
    PutVhost(VHostDefinition),
    /// A virtual host is gone, with all that was in it.
    DeleteVhost {
        /// Name of the virtual host.
        name: String,
    },
    /// An exchange is there.
    PutExchange(ExchangeDefinition),
    /// An exchange is gone, with its bindings.
    DeleteExchange {
        /// Name of the virtual host.
        vhost: String,
        /// Name of the exchange.
        name: String,
        /// Number of the queue in which it kept messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        store: Option<u64>,
        /// It would have outlived the node.
        #[serde(skip, default = "yes")]
        durable: bool,
    },
    /// A queue is there.
    PutQueue(QueueDefinition),
    /// A queue is gone, with its bindings and messages.
    DeleteQueue {
        /// Name of the virtual host.
        vhost: String,
        /// Name of the queue.
        name: String,
        /// Its number.
        id: u64,
        /// It would have outlived the node.
        #[serde(skip, default = "yes")]
        durable: bool,
    },
    /// A binding is there.
    PutBinding(BindingDefinition),
    /// A binding is gone.
    DeleteBinding(BindingDefinition),
    /// A policy is there, as given.
    PutPolicy(Policy),
    /// A policy is gone.
    DeletePolicy {
        /// Name of the virtual host.
        vhost: String,
        /// Name of the policy.
        name: String,
    },
    /// An operator policy is there, as given.
    PutOperatorPolicy(Policy),
    /// An operator policy is gone.
    DeleteOperatorPolicy {
        /// Name of the virtual host.
        vhost: String,
        /// Name of the policy.
        name: String,
    },
    /// A virtual host has limits, as given.
    PutVhostLimits {
        /// Name of the virtual host.
        vhost: String,
        /// Its limits.
        limits: Limits,
    },
    /// A virtual host has no limits.
    DeleteVhostLimits {
        /// Name of the virtual host.
        vhost: String,
    },
    /// A user has limits, as given; without any it has none.
    PutUserLimits {
        /// Name of the user.
        user: String,
        /// Its limits.
        limits: Limits,
    },
    /// A user has topic permissions at an exchange, as given.
    PutTopicPermission(TopicPermissionEntry),
    /// A user has none: at that exchange, or in the virtual host at all.
    DeleteTopicPermission {
        /// Name of the user.
        user: String,
        /// Name of the virtual host.
        vhost: String,
        /// Name of the exchange.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exchange: Option<String>,
    },
    /// A global parameter is there, as given.
    PutGlobalParameter {
        /// Its name.
        name: String,
        /// Its value.
        value: serde_json::Value,
    },
    /// A global parameter is gone.
    DeleteGlobalParameter {
        /// Its name.
        name: String,
    },
    /// Everything is gone: the node is as new.
    Reset,
}

impl Change {
    /// The virtual host whose inside it changes, or which it ends.
    pub fn vhost(&self) -> Option<&str> {
        match self {
            Self::PutExchange(definition) => Some(&definition.vhost),
            Self::PutQueue(definition) => Some(&definition.vhost),
            Self::PutBinding(definition) | Self::DeleteBinding(definition) => Some(&definition.vhost),
            Self::PutPolicy(policy) | Self::PutOperatorPolicy(policy) => Some(&policy.vhost),
            Self::DeleteExchange { vhost, .. }
            | Self::DeleteQueue { vhost, .. }
            | Self::DeletePolicy { vhost, .. }
            | Self::DeleteOperatorPolicy { vhost, .. }
            | Self::PutVhostLimits { vhost, .. }
            | Self::DeleteVhostLimits { vhost } => Some(vhost),
            Self::DeleteVhost { name } => Some(name),
            _ => None,
        }
    }

    /// The virtual host whose policies it changes.
    pub fn policies_of(&self) -> Option<&str> {
        match self {
            Self::PutPolicy(policy) | Self::PutOperatorPolicy(policy) => Some(&policy.vhost),
            Self::DeletePolicy { vhost, .. } | Self::DeleteOperatorPolicy { vhost, .. } => Some(vhost),
            _ => None,
        }
    }

    /// Whether the log keeps it: what does not outlive the node is changed in memory alone.
    pub fn is_durable(&self) -> bool {
        match self {
            Self::PutExchange(definition) => definition.durable,
            Self::PutQueue(definition) => definition.durable && definition.exclusive_owner.is_none(),
            Self::PutBinding(definition) | Self::DeleteBinding(definition) => definition.durable,
            Self::DeleteExchange { durable, .. } | Self::DeleteQueue { durable, .. } => *durable,
            _ => true,
        }
    }
}
