//! What a queue goes by: what it was declared with, and the policies that apply to it, resolved.

pub mod arguments;
pub(crate) mod kind;
pub(crate) mod queue_rules;
pub(crate) mod settings;

use serde_json::{Map, Value};

/// What policies come to for one queue or exchange.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effective {
    /// Name of the policy that applies.
    pub policy: Option<String>,
    /// Name of the operator policy that applies.
    pub operator_policy: Option<String>,
    /// What both give together.
    pub definition: Map<String, Value>,
}
