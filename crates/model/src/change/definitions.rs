//! Virtual hosts, exchanges, queues and bindings as changes have them.
//!
//! Arguments are kept as AMQP encodes them (in base64), because JSON does not tell their types apart.

use crate::binding::{Binding, Destination};
use crate::value::FieldTable;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

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
        Self {
            vhost: vhost.to_owned(),
            source: binding.source.to_string(),
            destination: binding.destination.name().to_string(),
            destination_type: binding.destination.kind().to_owned(),
            routing_key: binding.routing_key.to_string(),
            arguments: binding.arguments.clone(),
            durable,
        }
    }

    /// The binding. What is no exchange is a queue.
    pub fn binding(&self) -> Binding {
        let name = self.destination.as_str().into();
        Binding {
            source: self.source.as_str().into(),
            destination: match self.destination_type.as_str() {
                "exchange" => Destination::Exchange(name),
                _ => Destination::Queue(name),
            },
            routing_key: self.routing_key.as_str().into(),
            arguments: self.arguments.clone(),
        }
    }
}

/// What the log has outlives the node.
pub(super) fn yes() -> bool {
    true
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
