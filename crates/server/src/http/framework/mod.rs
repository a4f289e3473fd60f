//! What every endpoint has in common: who asks and may, what query and body say, how an answer is written. It knows no
//! endpoint.
//!
//! A request passes [`router`]: `negotiation` (content type), `authentication` (who asks), and `incoming`, which
//! reads it by the declaration of its endpoint: `access` (who may), query, `body`. What comes out is a [`Call`], for
//! [`Handle`].

mod access;
mod authentication;
mod body;
mod call;
mod caller;
mod column_filter;
mod columns;
mod durable;
mod error;
mod incoming;
mod json;
mod listing;
mod negotiation;
mod order;
mod pages;
mod query;
mod reply;
mod router;
mod state;

pub use access::{entered, listed};
pub use call::{Call, Handle, Outcome};
pub use caller::Caller;
pub use durable::{durable, durable_done, put_durable};
pub use error::ApiError;
pub use reply::Reply;
pub use router::{Routes, router};
pub use state::{AppState, Origin};
