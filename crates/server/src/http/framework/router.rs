//! The router: a route for every endpoint that is declared, each with its handler.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, options};
use warren_api::declaration::{self, Access, Visit};

use super::authentication::{self, Gate};
use super::call::Handle;
use super::error::ApiError;
use super::incoming::{self, Answering, Incoming};
use super::negotiation;
use super::state::AppState;
use crate::node::Node;

/// The management API of a node.
pub fn router(node: Arc<Node>) -> Router {
    let state = AppState { node };
    let routes = Routes::all();
    let gate = Arc::new(Gate { state: state.clone(), open: routes.open.clone() });
    routes
        .finish()
        .fallback(async || ApiError::object_not_found())
        .layer(from_fn_with_state(gate, authentication::authenticate))
        .layer(from_fn(negotiation::negotiate))
        .with_state(state)
}

/// Routes while they are being gathered.
#[derive(Debug, Default)]
pub struct Routes {
    paths: BTreeMap<&'static str, (Vec<Method>, MethodRouter<AppState>)>,
    /// Paths that need no credentials.
    open: Vec<&'static str>,
}

impl<E: Handle> Visit<E> for Routes {
    fn visit(&mut self) {
        if <E::Access as Access>::TAG.is_none() {
            self.open.push(E::PATH);
        }
        self.on(E::METHOD, E::PATH, incoming::answer::<E>);
    }
}

impl Routes {
    /// A route for every endpoint.
    pub fn all() -> Self {
        let mut routes = Self::default();
        warren_api::visit_endpoints(&mut routes);
        routes
    }

    /// A route. GET answers HEAD too.
    fn on(
        &mut self,
        method: declaration::Method,
        path: &'static str,
        answer: fn(AppState, Incoming) -> Answering,
    ) {
        let (method, filter) = match method {
            declaration::Method::Get => (Method::GET, MethodFilter::GET),
            declaration::Method::Put => (Method::PUT, MethodFilter::PUT),
            declaration::Method::Post => (Method::POST, MethodFilter::POST),
            declaration::Method::Delete => (Method::DELETE, MethodFilter::DELETE),
        };
        let handler =
            async move |State(state): State<AppState>, request: Incoming| answer(state, request).await;
        let (mut methods, router) = self.paths.remove(path).unwrap_or_default();
        methods.push(method);
        self.paths.insert(path, (methods, router.on(filter, handler)));
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
