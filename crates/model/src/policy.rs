//! Policies: arguments for queues and exchanges by their names (RabbitMQ, policies).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Of those who use the broker.
    User,
    /// Of those who run it: it limits what the others may give.
    Operator,
}

/// What a policy is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplyTo {
    /// Queues and exchanges.
    #[default]
    All,
    /// Exchanges.
    Exchanges,
    /// Queues of every kind.
    Queues,
    /// Classic queues.
    ClassicQueues,
    /// Quorum queues.
    QuorumQueues,
    /// Streams.
    Streams,
}

impl ApplyTo {
    /// What goes by that name.
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(Value::from(name)).ok()
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exchanges => "exchanges",
            Self::Queues => "queues",
            Self::ClassicQueues => "classic_queues",
            Self::QuorumQueues => "quorum_queues",
            Self::Streams => "streams",
        }
    }
}

/// A policy, in the shape that definitions have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Virtual host that it is for.
    pub vhost: String,
    /// Its name.
    pub name: String,
    /// Regular expression that is looked for in the names of queues and exchanges.
    pub pattern: String,
    /// What it is for.
    #[serde(rename = "apply-to", default)]
    pub apply_to: ApplyTo,
    /// The arguments that it gives.
    pub definition: Map<String, Value>,
    /// The highest one wins.
    #[serde(default)]
    pub priority: i64,
}

impl Policy {
    /// Keys of the document that an operator sends.
    pub const KEYS: &[&str] = &["pattern", "definition", "priority", "apply-to"];

    /// The policy as such a document, which is also its value as a runtime parameter.
    pub fn document(&self) -> Map<String, Value> {
        let values: [(&str, Value); 4] = [
            ("pattern", self.pattern.as_str().into()),
            ("definition", self.definition.clone().into()),
            ("priority", self.priority.into()),
            ("apply-to", self.apply_to.as_str().into()),
        ];
        values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}
