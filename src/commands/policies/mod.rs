//! Commands about policies and operator policies.

mod apply_to;
mod clear;
mod clear_operator;
mod keys;
mod list;
mod list_operator;
mod set;
mod set_operator;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<clear_operator::ClearOperatorPolicy>("clear_operator_policy", Heading::Policies),
    Entry::of::<clear::ClearPolicy>("clear_policy", Heading::Policies),
    Entry::of::<list_operator::ListOperatorPolicies>("list_operator_policies", Heading::Policies),
    Entry::of::<list::ListPolicies>("list_policies", Heading::Policies),
    Entry::of::<set_operator::SetOperatorPolicy>("set_operator_policy", Heading::Policies),
    Entry::of::<set::SetPolicy>("set_policy", Heading::Policies),
];
