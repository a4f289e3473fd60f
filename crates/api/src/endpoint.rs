//! What an endpoint is: a method, a path template, and the types of its query, body and answer.

use std::fmt;
use std::marker::PhantomData;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

/// Everything but the unreserved characters of RFC 3986 is encoded, so that a name with a slash stays one segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The HTTP methods that the API uses. `HEAD` and `OPTIONS` come with every `GET` and are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces.
    Put,
    /// Acts, or creates with a server-made address.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One endpoint with `N` path parameters, query type `Q`, request body `B` and answer `R`; `()` where there is none.
///
/// The template marks parameters as `{name}`. That the number of marks is `N` is checked when the constant is compiled.
pub struct Endpoint<const N: usize, Q = (), B = (), R = ()> {
    method: Method,
    template: &'static str,
    types: PhantomData<fn(Q, B) -> R>,
}

impl<const N: usize, Q, B, R> Endpoint<N, Q, B, R> {
    const fn new(method: Method, template: &'static str) -> Self {
        assert!(count_parameters(template) == N, "the template's parameters are not N");
        Self { method, template, types: PhantomData }
    }

    /// An endpoint that is read with `GET`.
    pub const fn get(template: &'static str) -> Self {
        Self::new(Method::Get, template)
    }

    /// An endpoint that is written with `PUT`.
    pub const fn put(template: &'static str) -> Self {
        Self::new(Method::Put, template)
    }

    /// An endpoint that is called with `POST`.
    pub const fn post(template: &'static str) -> Self {
        Self::new(Method::Post, template)
    }

    /// An endpoint that is removed with `DELETE`.
    pub const fn delete(template: &'static str) -> Self {
        Self::new(Method::Delete, template)
    }

    /// The method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The path with `{name}` marks, as axum's router takes it.
    pub const fn template(&self) -> &'static str {
        self.template
    }

    /// Method and template without the types, for lists.
    pub const fn info(&self) -> EndpointInfo {
        EndpointInfo { method: self.method, template: self.template }
    }

    /// The path with its parameters filled in, each percent-encoded.
    pub fn path(&self, parameters: [&str; N]) -> String {
        let mut path = String::with_capacity(self.template.len() + 32);
        let mut rest = self.template;
        for parameter in parameters {
            let Some((before, after)) = rest.split_once('{') else { break };
            path.push_str(before);
            path.extend(utf8_percent_encode(parameter, SEGMENT));
            rest = after.split_once('}').map_or("", |(_, tail)| tail);
        }
        path.push_str(rest);
        path
    }
}

impl<const N: usize, Q: Serialize, B, R> Endpoint<N, Q, B, R> {
    /// The path with its parameters and, after `?`, every query key that has a value.
    pub fn path_with(&self, parameters: [&str; N], query: &Q) -> String {
        let mut path = self.path(parameters);
        let Ok(Value::Object(pairs)) = serde_json::to_value(query) else { return path };
        let mut separator = '?';
        for (key, value) in pairs {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            path.push(separator);
            path.extend(utf8_percent_encode(&key, SEGMENT));
            path.push('=');
            path.extend(utf8_percent_encode(&text, SEGMENT));
            separator = '&';
        }
        path
    }
}

/// An endpoint without its types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EndpointInfo {
    /// The method.
    pub method: Method,
    /// The path with `{name}` marks.
    pub template: &'static str,
}

/// A name as one path segment: everything but letters, digits and `-._~` is percent-encoded.
pub fn encode_segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

const fn count_parameters(template: &str) -> usize {
    let bytes = template.as_bytes();
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            count += 1;
        }
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ListQuery;

    const QUEUE: Endpoint<2, ListQuery> = Endpoint::get("/api/queues/{vhost}/{queue}/get");

    #[test]
    fn names_become_single_segments() {
        assert_eq!(QUEUE.path(["/", "a b/ü{x}"]), "/api/queues/%2F/a%20b%2F%C3%BC%7Bx%7D/get");
        assert_eq!(encode_segment("amq.gen-x_y~1"), "amq.gen-x_y~1");
    }

    #[test]
    fn query_keys_without_a_value_are_left_out() {
        let query = ListQuery { columns: Some("name,a&b".into()), page: Some(2), ..ListQuery::default() };
        assert_eq!(QUEUE.path_with(["/", "q"], &query), "/api/queues/%2F/q/get?columns=name%2Ca%26b&page=2");
        assert_eq!(QUEUE.path_with(["/", "q"], &ListQuery::default()), "/api/queues/%2F/q/get");
    }
}
