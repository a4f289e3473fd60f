//! What every endpoint has in common: who asks and may, what query and body say, how an answer is written. It knows no
//! endpoint.

pub mod access;
pub mod authentication;
pub mod caller;
mod column_filter;
mod columns;
pub mod durable;
pub mod error;
pub mod json;
pub mod listing;
pub mod negotiation;
mod order;
pub mod path;
pub mod query;
pub mod state;
