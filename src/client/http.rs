//! One connection to one node, kept open for all requests of a command.

use std::future::Future;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method as HttpMethod, StatusCode, redirect};
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;
use warren_api::ApiError;
use warren_api::declaration::{Endpoint, Method};

use super::ClientError;
use crate::failure::{Failure, Result};
use crate::node::{Address, Node};

/// How long to wait for a connection before the address counts as dead.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Paths that only Warren has.
const OWN_PATHS: &str = "/api/warren/";

/// Calls endpoints of one node.
pub struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    node: Node,
    deadline: Option<(Instant, Duration)>,
}

type Answer<R> = std::result::Result<R, ClientError>;

impl Client {
    /// A client for a node; all its requests together may take `timeout`.
    pub fn new(node: Node, timeout: Option<Duration>) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .http1_only()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .user_agent(concat!("warrenctl/", env!("CARGO_PKG_VERSION")));
        if let Address::Unix(path) = &node.address {
            builder = builder.unix_socket(path.clone());
        }
        let http = builder.build().map_err(Failure::internal)?;
        let deadline = timeout.map(|limit| (Instant::now() + limit, limit));
        Ok(Self { runtime, http, node, deadline })
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Calls an endpoint that takes no body, without a query.
    pub fn call<E: Endpoint<Body = ()>>(&self, endpoint: E) -> Answer<E::Answer> {
        self.request(E::METHOD, &endpoint.path(), None)
    }

    /// Calls an endpoint with a query. The answer may be read as any type: lists are read as rows of JSON, because
    /// the columns that are asked for decide what they hold.
    pub fn call_with<E: Endpoint<Body = ()>, T: DeserializeOwned>(
        &self,
        endpoint: E,
        query: &E::Query,
    ) -> Answer<T> {
        self.request(E::METHOD, &endpoint.path_with(query), None)
    }

    /// Calls an endpoint with a body.
    pub fn send<E: Endpoint<Query = ()>>(&self, endpoint: E, body: &E::Body) -> Answer<E::Answer> {
        let body = serde_json::to_vec(body).unwrap_or_default();
        self.request(E::METHOD, &endpoint.path(), Some(body))
    }

    fn request<R: DeserializeOwned>(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Answer<R> {
        let method = match method {
            Method::Get => HttpMethod::GET,
            Method::Put => HttpMethod::PUT,
            Method::Post => HttpMethod::POST,
            Method::Delete => HttpMethod::DELETE,
        };
        let mut request = self.http.request(method, self.node.address.url(path));
        if let Some((user, password)) = &self.node.credentials {
            request = request.basic_auth(user, Some(password));
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body);
        }
        let (status, bytes) = self.within_deadline(async {
            let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
            let status = answer.status();
            let bytes = answer.bytes().await.map_err(|error| self.unreachable(&error))?;
            Ok((status, bytes))
        })?;
        self.read(path, status, &bytes)
    }

    fn read<R: DeserializeOwned>(&self, path: &str, status: StatusCode, bytes: &[u8]) -> Answer<R> {
        if status.is_success() {
            let bytes = if bytes.is_empty() { b"null" } else { bytes };
            return serde_json::from_slice(bytes).map_err(|error| self.unreadable(&error.to_string()));
        }
        if path.starts_with(OWN_PATHS) && matches!(status.as_u16(), 404 | 405) {
            return Err(ClientError::Unsupported {
                path: path.to_owned(),
                address: self.node.address.to_string(),
            });
        }
        if bytes.is_empty() {
            return Err(ClientError::Refused { status: status.as_u16(), error: empty_refusal(status) });
        }
        match serde_json::from_slice::<ApiError>(bytes) {
            Ok(error) => Err(ClientError::Refused { status: status.as_u16(), error }),
            Err(_) => Err(self.unreadable(&format!("it answered with HTTP status {status} and no JSON"))),
        }
    }

    fn within_deadline<T>(&self, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        let Some((deadline, limit)) = self.deadline else {
            return self.runtime.block_on(work);
        };
        let timed_out = ClientError::TimedOut { limit, address: self.node.address.to_string() };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out);
        }
        self.runtime.block_on(async { tokio::time::timeout(left, work).await.unwrap_or(Err(timed_out)) })
    }

    fn unreadable(&self, problem: &str) -> ClientError {
        ClientError::Unreadable { address: self.node.address.to_string(), problem: problem.to_owned() }
    }

    fn unreachable(&self, error: &reqwest::Error) -> ClientError {
        let reason = innermost(error);
        if reason.contains("http version") {
            return self
                .unreadable("it does not speak HTTP. AMQP ports do not; the management API has its own");
        }
        let tried = format!("{}: {reason}", self.node.address);
        let tried = match &self.node.tried {
            Some(before) => format!("{before}; {tried}"),
            None => tried,
        };
        ClientError::Unreachable { address: self.node.address.to_string(), tried }
    }
}

/// LavinMQ refuses without a body.
fn empty_refusal(status: StatusCode) -> ApiError {
    let reason = match status.as_u16() {
        401 => "Login failed",
        403 => "Access refused",
        _ => "",
    };
    ApiError::new(status.canonical_reason().unwrap_or_default(), reason)
}

/// The cause at the bottom of a chain says what the operating system said; those above it say that a request failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
