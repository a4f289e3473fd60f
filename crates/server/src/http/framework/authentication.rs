//! Who asks: HTTP Basic credentials over TCP, the right to open the file on the admin socket.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::caller::Caller;
use super::error::ApiError;
use super::state::{AppState, Origin};

/// Paths that answer while the app is stopped begin with this.
const NODE_ITSELF: &str = "/api/warren/";

/// What lets callers in.
#[derive(Debug)]
pub struct Gate {
    /// What knows the users.
    pub state: AppState,
    /// Paths that anyone may call, without credentials.
    pub open: Vec<&'static str>,
}

/// Puts the [`Caller`] into the request, or refuses it.
pub async fn authenticate(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS || gate.open.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let broker = &gate.state.node.broker;
    crate::node::time::tell(broker);
    match identify(&gate.state, &request) {
        Ok(caller) => {
            if !broker.is_running() && !request.uri().path().starts_with(NODE_ITSELF) {
                return ApiError::app_stopped().into_response();
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

fn identify(state: &AppState, request: &Request) -> Result<Caller, ApiError> {
    match request.extensions().get::<Origin>() {
        Some(Origin::AdminSocket) => Ok(Caller::admin_socket()),
        Some(Origin::Tcp(peer)) => log_in(state, request.headers(), *peer),
        None => Err(ApiError::internal("a request without an origin")),
    }
}

fn log_in(state: &AppState, headers: &HeaderMap, peer: SocketAddr) -> Result<Caller, ApiError> {
    let refused = || ApiError::unauthenticated("Login failed");
    let (name, password) = basic_credentials(headers).ok_or_else(refused)?;
    match state.node.broker.authenticate(&name, password.as_bytes(), peer.ip()) {
        Ok(user) => Ok(Caller { name: user.name, tags: user.tags, is_admin_socket: false }),
        Err(error) => {
            tracing::warn!(%peer, reason = ?error.reason(), "HTTP access denied");
            Err(refused())
        }
    }
}

/// User and password of an `Authorization: Basic` header (RFC 7617).
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &[u8]) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        basic_credentials(&headers)
    }

    #[test]
    fn reads_basic_credentials() {
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(read(b"Basic Z3Vlc3Q6Z3Vlc3Q="), pair("guest", "guest"));
        assert_eq!(read(b"basic Z3Vlc3Q6Z3Vlc3Q="), pair("guest", "guest"));
        let colons = format!("Basic {}", STANDARD.encode("a:b:c"));
        assert_eq!(read(colons.as_bytes()), pair("a", "b:c"));
    }

    #[test]
    fn refuses_the_rest() {
        for value in [
            &b"Basic"[..],
            b"Basic ",
            b"Basic !!",
            b"Bearer Z3Vlc3Q6Z3Vlc3Q=",
            b"Basic /w==",
            b"Basic Z3Vlc3Q=",
            b"\xff",
        ] {
            assert_eq!(read(value), None, "{value:?}");
        }
    }
}
