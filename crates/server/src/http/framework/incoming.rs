//! From a request that the router has matched to the call that its endpoint declares.

use std::pin::Pin;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::response::Response;
use std::convert::Infallible;
use warren_api::declaration::Query;

use super::access::Admit;
use super::body;
use super::call::{Call, Handle};
use super::caller::Caller;
use super::error::ApiError;
use super::query::pairs;
use super::state::AppState;

/// An answer in the making.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response, ApiError>> + Send>>;

/// A request whose path belongs to an endpoint.
pub struct Incoming {
    parts: Parts,
    path: Result<RawPathParams, RawPathParamsRejection>,
    body: Body,
}

impl FromRequest<AppState> for Incoming {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Infallible> {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, state).await;
        Ok(Self { parts, path, body })
    }
}

/// Answers a request by the declaration of `E`: who may not call is refused before anything else of the request is
/// looked at, and the body is read last.
pub fn answer<E: Handle>(state: AppState, request: Incoming) -> Answering {
    Box::pin(async move {
        let Incoming { mut parts, path, body } = request;
        let caller = <E::Access as Admit>::admit(parts.extensions.remove::<Caller>())?;
        let path = path.map_err(|_| ApiError::bad_request("a path segment is not UTF-8 text"))?;
        let vhost = <E::Access as Admit>::enter(&state.node.broker, &caller, &path, E::METHOD)?;
        let mut segments = path.iter().map(|(_, segment)| segment.to_owned());
        let endpoint = E::from_path(&mut segments).ok_or_else(ApiError::object_not_found)?;
        let query = read_query::<E::Query>(parts.uri.query())?;
        let body = body::read::<E::Body>(body, &state).await?;
        let call = Call { state, caller, vhost, query, body, headers: parts.headers };
        Ok(endpoint.handle(call).await?.into_response())
    })
}

/// A query that has no keys is not looked at.
fn read_query<Q: Query>(text: Option<&str>) -> Result<Q, ApiError> {
    if Q::KEYS.is_empty() {
        return Ok(Q::default());
    }
    let pairs = pairs(text)?;
    Ok(Q::read(&|key| pairs.get(key)))
}
