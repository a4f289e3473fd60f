//! What the broker keeps besides messages, as documents: one for each change, and one of everything.
//!
//! Arguments are kept as AMQP encodes them (in base64), because JSON does not tell their types apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use warren_model::value::FieldTable;

use crate::bindings::{Binding, Destination};
use crate::exchange::ExchangeSettings;
use crate::limits::Limits;
use crate::permissions::PermissionEntry;
use crate::policies::Policy;
use crate::queues::QueueSettings;
use crate::topic_permissions::TopicPermissionEntry;
use crate::users::User;

/// Version of the documents; a higher one is refused.
pub const VERSION: u32 = 1;

/// A virtual host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VHostDefinition {
    /// Its name.
    pub name: String,
    /// What it is for, in the operator's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Tags that the operator gave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Queue type of queues declared without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_queue_type: Option<String>,
    /// Whether it cannot be deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

/// An exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeDefinition {
    /// Virtual host it is in.
    pub vhost: String,
    /// Its name.
    pub name: String,
    /// Name of its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Goes when its last binding goes.
    pub auto_delete: bool,
    /// Not for clients to publish to.
    pub internal: bool,
    /// Number of the queue in which it keeps messages, which those in the log refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<u64>,
    /// Arguments of its declaration.
    #[serde(default, with = "typed")]
    pub arguments: FieldTable,
    /// Outlives the node. What is in the log does.
    #[serde(skip, default = "yes")]
    pub durable: bool,
}

impl ExchangeDefinition {
    /// That of an exchange with these settings.
    pub fn of(vhost: &str, name: &str, settings: &ExchangeSettings, store: Option<u64>) -> Self {
        Self {
            vhost: vhost.to_owned(),
            name: name.to_owned(),
            kind: settings.kind.clone(),
            auto_delete: settings.auto_delete,
            internal: settings.internal,
            store,
            arguments: settings.arguments.clone(),
            durable: settings.durable,
        }
    }
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueDefinition {
    /// Virtual host it is in.
    pub vhost: String,
    /// Its name.
    pub name: String,
    /// Its number, which its messages in the log refer to.
    pub id: u64,
    /// Goes when its last consumer leaves.
    pub auto_delete: bool,
    /// Arguments of its declaration.
    #[serde(default, with = "typed")]
    pub arguments: FieldTable,
    /// Was declared to outlive the node. What is in the log was.
    #[serde(skip, default = "yes")]
    pub durable: bool,
    /// The connection that it goes with.
    #[serde(skip)]
    pub exclusive_owner: Option<u64>,
}

impl QueueDefinition {
    /// That of a queue with these settings.
    pub fn of(vhost: &str, name: &str, id: u64, settings: &QueueSettings) -> Self {
        Self {
            vhost: vhost.to_owned(),
            name: name.to_owned(),
            id,
            auto_delete: settings.auto_delete,
            arguments: settings.arguments.clone(),
            durable: settings.durable,
            exclusive_owner: settings.exclusive_owner,
        }
    }
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BindingDefinition {
    /// Virtual host it is in.
    pub vhost: String,
    /// Exchange that messages come from.
    pub source: String,
    /// Name of the queue or exchange that they go to.
    pub destination: String,
    /// `queue` or `exchange`.
    pub destination_type: String,
    /// Its key.
    pub routing_key: String,
    /// Its arguments.
    #[serde(default, with = "typed")]
    pub arguments: FieldTable,
    /// Both of its ends outlive the node. What is in the log does.
    #[serde(skip, default = "yes")]
    pub durable: bool,
}

impl BindingDefinition {
    /// That of a binding.
    pub fn of(vhost: &str, binding: &Binding, durable: bool) -> Self {
        let (destination_type, destination) = match &binding.destination {
            Destination::Queue(name) => ("queue", name),
            Destination::Exchange(name) => ("exchange", name),
        };
        Self {
            vhost: vhost.to_owned(),
            source: binding.source.to_string(),
            destination: destination.to_string(),
            destination_type: destination_type.to_owned(),
            routing_key: binding.routing_key.to_string(),
            arguments: binding.arguments.clone(),
            durable,
        }
    }
}

/// What the log has outlives the node.
fn yes() -> bool {
    true
}

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
    pub(crate) fn vhost(&self) -> Option<&str> {
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
    pub(crate) fn policies_of(&self) -> Option<&str> {
        match self {
            Self::PutPolicy(policy) | Self::PutOperatorPolicy(policy) => Some(&policy.vhost),
            Self::DeletePolicy { vhost, .. } | Self::DeleteOperatorPolicy { vhost, .. } => Some(vhost),
            _ => None,
        }
    }

    /// Whether the log keeps it: what does not outlive the node is changed in memory alone.
    pub(crate) fn is_durable(&self) -> bool {
        match self {
            Self::PutExchange(definition) => definition.durable,
            Self::PutQueue(definition) => definition.durable && definition.exclusive_owner.is_none(),
            Self::PutBinding(definition) | Self::DeleteBinding(definition) => definition.durable,
            Self::DeleteExchange { durable, .. } | Self::DeleteQueue { durable, .. } => *durable,
            _ => true,
        }
    }
}

/// Everything that the broker keeps besides messages: a sequence of changes that makes it from nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Definitions {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// The changes, in an order in which they can be applied.
    pub changes: Vec<Change>,
}

/// Field tables with their exact types.
mod typed {
    use super::*;

    pub(super) fn serialize<S: Serializer>(table: &FieldTable, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        table.encode(&mut bytes);
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FieldTable, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        FieldTable::decode(&bytes).map_err(D::Error::custom)
    }
}
