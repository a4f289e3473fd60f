//! Request bodies: JSON objects with a limit in size and time, read into the types that endpoints declare.

use std::time::Duration;

use axum::body::{self as axum_body, HttpBody};
use bytes::Bytes;
use serde_json::{Map, Value};
use warren_api::declaration::Body;

use super::error::ApiError;
use super::state::AppState;

/// How long a request body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads the body that an endpoint declares. Where it declares none, what was sent is not looked at.
pub async fn read<B: Body>(body: axum_body::Body, state: &AppState) -> Result<B, ApiError> {
    let mut object = Map::new();
    if B::IS_TAKEN {
        let limit = usize::try_from(state.node.settings.http_max_body).unwrap_or(usize::MAX);
        object = self::object(&bytes(body, limit).await?)?;
        check(&mut object, B::REQUIRED, B::FLAGS, B::WHOLE_NUMBERS)?;
    }
    let value = if B::IS_TAKEN { Value::Object(object) } else { Value::Null };
    serde_json::from_value(value).map_err(|error| ApiError::bad_request(error.to_string()))
}

async fn bytes(body: axum_body::Body, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::bad_request(format!("the request body has more than {limit} bytes"));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(TIMEOUT, axum_body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(ApiError::request_timeout()),
    }
}

/// No body is an empty object, as in RabbitMQ.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(ApiError::bad_request("not_json")),
    }
}

/// What is refused in RabbitMQ's words: keys that are missing, and values that are no booleans and no whole numbers.
/// Booleans that came as texts become what they say.
fn check(
    object: &mut Map<String, Value>,
    required: &[&str],
    flags: &[&str],
    whole_numbers: &[&str],
) -> Result<(), ApiError> {
    let missing = required.iter().filter(|key| !object.contains_key(**key));
    let missing: Vec<String> = missing.map(|key| format!("{{key_missing,{key}}}")).collect();
    if !missing.is_empty() {
        return Err(ApiError::bad_request(format!("[{}]", missing.join(","))));
    }
    for key in flags {
        let Some(value) = object.get_mut(*key) else { continue };
        *value = match value {
            Value::Bool(flag) => Value::Bool(*flag),
            Value::String(text) if text == "true" => Value::Bool(true),
            Value::String(text) if text == "false" => Value::Bool(false),
            other => return Err(ApiError::bad_request(vec!["not_boolean".into(), other.take()])),
        };
    }
    for value in whole_numbers.iter().filter_map(|key| object.get(*key)) {
        if !value.is_u64() {
            return Err(ApiError::bad_request(vec!["not_integer".into(), value.clone()]));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(value: Value) -> Result<Value, String> {
        let Value::Object(mut object) = value else { panic!("{value} is no object") };
        match check(&mut object, &["a", "b"], &["flag"], &["count"]) {
            Ok(()) => Ok(Value::Object(object)),
            Err(error) => Err(error.reason_text()),
        }
    }

    #[test]
    fn bodies_are_refused_in_rabbitmqs_words() {
        assert_eq!(checked(json!({})), Err("[{key_missing,a},{key_missing,b}]".into()));
        assert_eq!(checked(json!({"a": 1, "b": null, "flag": 7})), Err(r#"["not_boolean",7]"#.into()));
        assert_eq!(checked(json!({"a": 1, "b": 2, "count": "x"})), Err(r#"["not_integer","x"]"#.into()));
        let read = checked(json!({"a": 1, "b": 2, "flag": "true", "count": 3})).unwrap();
        assert_eq!(read, json!({"a": 1, "b": 2, "flag": true, "count": 3}));
    }

    #[test]
    fn no_body_is_an_empty_object() {
        assert!(object(b"").unwrap().is_empty());
        assert!(object(b"[]").is_err() && object(b"{").is_err());
    }
}
