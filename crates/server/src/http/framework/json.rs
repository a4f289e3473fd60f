//! JSON in and out: request bodies with a limit in size and time, and answers.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::state::AppState;

/// How long a request body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// 200 with a JSON body.
pub fn ok<T: Serialize>(value: &T) -> Response {
    with_status(StatusCode::OK, value)
}

/// 200 with a JSON list, each of whose items is made when the one before it is written.
pub fn list<T: Serialize>(items: impl Iterator<Item = T>) -> Response {
    let mut bytes = Vec::new();
    let written = serde_json::Serializer::new(&mut bytes).collect_seq(items);
    written_with_status(StatusCode::OK, written.map(|()| bytes))
}

/// Any status with a JSON body.
pub fn with_status<T: Serialize>(status: StatusCode, value: &T) -> Response {
    written_with_status(status, serde_json::to_vec(value))
}

fn written_with_status(status: StatusCode, written: serde_json::Result<Vec<u8>>) -> Response {
    match written {
        Ok(bytes) => bytes_with_status(status, bytes),
        Err(cause) => {
            tracing::error!(%cause, "cannot write an answer as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn bytes_with_status(status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = (status, bytes).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A request body that is a JSON object. No body is an empty object, as in RabbitMQ.
#[derive(Debug)]
pub struct Object(pub Map<String, Value>);

impl Object {
    /// The body as the type that an endpoint takes.
    pub fn into<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        serde_json::from_value(Value::Object(self.0))
            .map_err(|error| ApiError::bad_request(error.to_string()))
    }

    /// Fails unless every key is there, and names the missing ones as RabbitMQ does.
    pub fn require(self, keys: &[&str]) -> Result<Self, ApiError> {
        let missing: Vec<String> = keys
            .iter()
            .filter(|key| !self.0.contains_key(**key))
            .map(|key| format!("{{key_missing,{key}}}"))
            .collect();
        if missing.is_empty() {
            Ok(self)
        } else {
            Err(ApiError::bad_request(format!("[{}]", missing.join(","))))
        }
    }

    /// Takes the texts `true` and `false` for booleans under these keys, as RabbitMQ does, and refuses the rest.
    pub fn flags(mut self, keys: &[&str]) -> Result<Self, ApiError> {
        for key in keys {
            let Some(value) = self.0.get_mut(*key) else { continue };
            *value = match value {
                Value::Bool(flag) => Value::Bool(*flag),
                Value::String(text) if text == "true" => Value::Bool(true),
                Value::String(text) if text == "false" => Value::Bool(false),
                other => return Err(ApiError::bad_request(vec!["not_boolean".into(), other.take()])),
            };
        }
        Ok(self)
    }
}

impl FromRequest<AppState> for Object {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let limit = usize::try_from(state.node.settings.http_max_body).unwrap_or(usize::MAX);
        let bytes = read(request.into_body(), limit).await?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            _ => Err(ApiError::bad_request("not_json")),
        }
    }
}

async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, ApiError> {
    let too_large = || ApiError::bad_request(format!("the request body has more than {limit} bytes"));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(ApiError::request_timeout()),
    }
}
