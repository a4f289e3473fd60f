//! Commands about runtime parameters and global parameters.

mod clear;
mod clear_global;
mod list;
mod list_global;
mod set;
mod set_global;

pub use clear::ClearParameter;
pub use clear_global::ClearGlobalParameter;
pub use list::ListParameters;
pub use list_global::ListGlobalParameters;
pub use set::SetParameter;
pub use set_global::SetGlobalParameter;
