//! Warren's management API, defined once: every endpoint with its method, path, query, body and answer, and the
//! JSON types that travel. The server answers by these declarations, the command line calls by them, and
//! `docs/http-api.md` is made from them, so that the three cannot drift apart.
//!
//! Paths, keys and status codes are RabbitMQ's. Types are tolerant when they read (a key that is missing or unknown
//! is no error: RabbitMQ 3.x and 4.x and LavinMQ answer in slightly different shapes) and complete when they write.
//!
//! One file a noun: its endpoints (see [`declaration`]), and the types that they take and answer.

pub mod aliveness;
pub mod arguments;
pub mod bindings;
pub mod channels;
pub mod connections;
pub mod consumers;
pub mod declaration;
pub mod definitions;
pub mod deprecated_features;
mod error;
pub mod exchanges;
pub mod health;
pub mod limits;
pub mod messages;
pub mod nodes;
pub mod overview;
mod page;
pub mod parameters;
pub mod permissions;
pub mod policies;
pub mod queues;
pub mod reference;
pub mod stats;
pub mod tags;
pub mod topic_permissions;
pub mod users;
pub mod vhosts;
pub mod warren;
pub mod whoami;

pub use arguments::Arguments;
pub use declaration::encode_segment;
pub use error::ApiError;
pub use page::Page;
pub use tags::Tags;

/// Lists the nouns, in the order in which the page of the API has them.
macro_rules! nouns {
    ($($noun:ident),+ $(,)?) => {
        /// The nouns with their endpoints.
        pub const NOUNS: &[declaration::Noun] = &[$($noun::NOUN),+];

        /// Comes by every endpoint of the API. It asks for something for each: an endpoint for which there is nothing
        /// does not compile.
        pub fn visit_endpoints<V: $($noun::Visitor +)+>(visitor: &mut V) {
            $($noun::visit(visitor);)+
        }
    };
}

nouns! {
    overview,
    nodes,
    whoami,
    users,
    permissions,
    vhosts,
    policies,
    parameters,
    limits,
    topic_permissions,
    deprecated_features,
    exchanges,
    queues,
    bindings,
    messages,
    definitions,
    connections,
    channels,
    consumers,
    aliveness,
    health,
    warren,
}

/// Every endpoint of the API, noun by noun.
pub fn endpoints() -> impl Iterator<Item = &'static declaration::EndpointInfo> {
    NOUNS.iter().flat_map(|noun| noun.endpoints)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn every_method_and_path_is_defined_once() {
        let mut seen = HashSet::new();
        for endpoint in super::endpoints() {
            assert!(seen.insert((endpoint.method, endpoint.path)), "defined twice: {endpoint:?}");
            assert!(endpoint.path.starts_with("/api/"), "{endpoint:?}");
        }
        assert!(seen.len() > 50);
    }
}
