//! Commands about policies and operator policies.

mod apply_to;
mod clear;
mod clear_operator;
mod keys;
mod list;
mod list_operator;
mod set;
mod set_operator;

pub use clear::ClearPolicy;
pub use clear_operator::ClearOperatorPolicy;
pub use list::ListPolicies;
pub use list_operator::ListOperatorPolicies;
pub use set::SetPolicy;
pub use set_operator::SetOperatorPolicy;
