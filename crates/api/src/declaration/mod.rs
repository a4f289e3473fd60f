//! What an endpoint is, and how one is declared: once, for the server that answers it, the client that calls it and the
//! page that documents it.
//!
//! Each noun declares its endpoints with `endpoints!`. A declaration becomes a type that holds the parts of its path
//! (`queues::Get { vhost, queue }`), and that type's [`Endpoint`] says the rest. Whoever has something for every
//! endpoint, such as a router with a handler for each, implements [`Visit`] and is handed to
//! [`crate::visit_endpoints`]. What there is to say of all of them is in [`crate::NOUNS`].

mod access;
mod body;
mod endpoint;
mod keys;
mod macros;
mod method;
mod path;
mod query;

pub use access::{
    Access, Administrator, Anyone, InVhost, Management, Monitoring, Policymaker, Tag, TagLevel,
};
pub use body::Body;
pub use endpoint::{Endpoint, EndpointInfo, FromPath, Noun, Visit};
pub use keys::{Keys, keys_of};
pub(crate) use macros::{endpoints, one_endpoint, or_unit, query};
pub use method::Method;
pub use path::encode_segment;
pub(crate) use path::{fill, has_part, has_parts};
pub use query::{ListQuery, Number, Query, QueryKey, QueryValue};
