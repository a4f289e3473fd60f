//! Writing answers as JSON.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

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
