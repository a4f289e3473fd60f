//! Path segments by their names in the route's template, percent-decoded.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The path's parameters as a struct with a field for each that the handler needs.
#[derive(Debug)]
pub struct Named<T>(pub T);

impl<T, S> FromRequestParts<S> for Named<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(names)) => Ok(Self(names)),
            Err(_) => Err(ApiError::bad_request("a path segment is not UTF-8 text")),
        }
    }
}

/// How the default exchange, whose name is empty, is written in a path.
pub fn exchange_name(segment: &str) -> &str {
    if segment == warren_api::bindings::DEFAULT_EXCHANGE { "" } else { segment }
}
