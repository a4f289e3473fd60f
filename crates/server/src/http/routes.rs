//! The list of routes. Every one of them is here, and nothing else is.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, options};

use super::error::ApiError;
use super::server::AppState;
use super::{authentication, negotiation, overview, warren, whoami};
use crate::node::Node;

/// The management API of a node.
pub fn router(node: Arc<Node>) -> Router {
    let state = AppState { node };
    list()
        .finish()
        .fallback(async || ApiError::object_not_found())
        .layer(from_fn_with_state(state.clone(), authentication::authenticate))
        .layer(axum::middleware::from_fn(negotiation::negotiate))
        .with_state(state)
}

/// Every route of the API.
pub fn list() -> Routes {
    Routes::default()
        .get("/api/version", overview::version)
        .get("/api/whoami", whoami::get)
        .post("/api/warren/shutdown", warren::shutdown)
}

/// Routes while they are being listed.
#[derive(Debug, Default)]
pub struct Routes {
    paths: BTreeMap<&'static str, (Vec<Method>, MethodRouter<AppState>)>,
}

impl Routes {
    fn on<H, T>(mut self, method: Method, filter: MethodFilter, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let (methods, router) = self.paths.remove(path).unwrap_or_default();
        let methods = [methods, vec![method]].concat();
        self.paths.insert(path, (methods, router.on(filter, handler)));
        self
    }

    /// A GET route, which answers HEAD too.
    pub fn get<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.on(Method::GET, MethodFilter::GET, path, handler)
    }

    /// A PUT route.
    pub fn put<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.on(Method::PUT, MethodFilter::PUT, path, handler)
    }

    /// A POST route.
    pub fn post<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.on(Method::POST, MethodFilter::POST, path, handler)
    }

    /// A DELETE route.
    pub fn delete<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.on(Method::DELETE, MethodFilter::DELETE, path, handler)
    }

    /// Methods and paths, for whoever wants to know what exists.
    pub fn entries(&self) -> impl Iterator<Item = (&Method, &'static str)> {
        self.paths.iter().flat_map(|(path, (methods, _))| methods.iter().map(|method| (method, *path)))
    }

    /// The router, with OPTIONS on every path.
    fn finish(self) -> Router<AppState> {
        self.paths.into_iter().fold(Router::new(), |router, (path, (methods, routes))| {
            router.route(path, routes.merge(allow(&methods)))
        })
    }
}

/// The answer to OPTIONS: which methods a path has.
fn allow(methods: &[Method]) -> MethodRouter<AppState> {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.insert(0, "HEAD");
    }
    names.push("OPTIONS");
    let value = HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"));
    options(async move || (StatusCode::OK, [(header::ALLOW, value)]).into_response())
}
