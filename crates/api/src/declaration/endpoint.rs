//! An endpoint with its types, and without them for whoever only lists what there is.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys::{Keys, keys_of};
use super::path::encode_segment;
use super::{Access, Body, Method, Query, QueryKey, Tag};

/// One endpoint. Its value is the path of a call: `queues::Get { vhost: "/", queue: "jobs" }`.
pub trait Endpoint {
    /// The method.
    const METHOD: Method;
    /// The path with a `{name}` for each part, as axum's router takes it.
    const PATH: &'static str;
    /// What it does.
    const DOC: &'static str;
    /// Who may call.
    type Access: Access;
    /// What stands behind the `?`.
    type Query: Query;
    /// The body of a request.
    type Body: Body;
    /// The body of an answer that is no failure.
    type Answer: Serialize + DeserializeOwned;

    /// The path of a call, each part percent-encoded.
    fn path(&self) -> String;

    /// The same with every key of the query that has a value.
    fn path_with(&self, query: &Self::Query) -> String {
        let mut path = self.path();
        let mut separator = '?';
        for (key, text) in query.write() {
            path.push(separator);
            path.push_str(&encode_segment(key));
            path.push('=');
            path.push_str(&encode_segment(&text));
            separator = '&';
        }
        path
    }
}

/// An endpoint whose call is read from the parts of a path.
pub trait FromPath: Endpoint + Sized + Send + 'static {
    /// From the decoded parts in the order of [`Endpoint::PATH`]; `None` when one is missing.
    fn from_path(parts: &mut dyn Iterator<Item = String>) -> Option<Self>;
}

/// Something that has to do with each endpoint. [`crate::visit_endpoints`] asks for an implementation for every one
/// that is declared, so that none is forgotten.
pub trait Visit<E> {
    /// Comes by the endpoint `E`.
    fn visit(&mut self);
}

/// The endpoints that are about one thing.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    /// What they are about, in the plural.
    pub title: &'static str,
    /// What is to be said about all of them; often nothing.
    pub doc: &'static str,
    /// The endpoints.
    pub endpoints: &'static [EndpointInfo],
}

/// An endpoint without its types.
#[derive(Clone, Copy, Debug)]
pub struct EndpointInfo {
    /// The method.
    pub method: Method,
    /// The path with `{name}` marks.
    pub path: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The tag that the caller needs; `None` lets anyone in.
    pub tag: Option<Tag>,
    /// Whether the caller must be allowed into the virtual host of the path.
    pub in_vhost: bool,
    /// Keys of the query.
    pub query: &'static [QueryKey],
    /// Keys of the body that must be there.
    pub required: &'static [&'static str],
    /// Finds out the keys of the body.
    pub body: fn() -> Option<Keys>,
    /// Finds out the keys of the answer, or of each item if it is a list.
    pub answer: fn() -> Option<Keys>,
}

impl EndpointInfo {
    /// What is said of an endpoint.
    pub const fn of<E: Endpoint>() -> Self {
        Self {
            method: E::METHOD,
            path: E::PATH,
            doc: E::DOC,
            tag: <E::Access as Access>::TAG,
            in_vhost: <E::Access as Access>::IN_VHOST,
            query: <E::Query as Query>::KEYS,
            required: <E::Body as Body>::REQUIRED,
            body: keys_of::<E::Body>,
            answer: keys_of::<E::Answer>,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::ListQuery;
    use crate::queues;

    #[test]
    fn query_keys_without_a_value_are_left_out() {
        let query =
            ListQuery { columns: Some("name,a&b".into()), page: Some(2.into()), ..ListQuery::default() };
        let list = queues::ListVhost { vhost: "/" };
        assert_eq!(list.path_with(&query), "/api/queues/%2F?columns=name%2Ca%26b&page=2");
        assert_eq!(list.path_with(&ListQuery::default()), "/api/queues/%2F");
    }

    #[test]
    fn a_path_is_read_by_its_order() {
        let mut parts = ["/".to_owned(), "jobs".to_owned()].into_iter();
        let call = queues::Get::from_path(&mut parts).unwrap();
        assert_eq!((call.vhost.as_str(), call.queue.as_str()), ("/", "jobs"));
        assert_eq!(call.path(), "/api/queues/%2F/jobs");
        assert!(queues::Get::from_path(&mut ["/".to_owned()].into_iter()).is_none());
    }
}
