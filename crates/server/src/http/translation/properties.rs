//! Basic properties as a JSON object with their AMQP names, and back.

use serde_json::Value;
use warren_api::Arguments;
use warren_model::properties::BasicProperties;

use super::tables;
use crate::http::framework::ApiError;

/// Roughly what the properties and keys of one message take in an answer, in bytes.
pub const SIZE_HINT: usize = 512;
/// Length of a text property, in bytes: it is an AMQP short string.
const MAX_TEXT: usize = 255;

/// Reads an object of properties; keys that are none are passed over, as in RabbitMQ.
pub fn from_json(object: &Arguments) -> Result<BasicProperties, ApiError> {
    let mut properties = BasicProperties::default();
    for (key, value) in object.iter() {
        match key.as_str() {
            "headers" => properties.headers = Some(headers(value)?),
            "delivery_mode" => properties.delivery_mode = Some(octet(key, value)?),
            "priority" => properties.priority = Some(octet(key, value)?),
            "timestamp" => properties.timestamp = Some(integer(key, value)?),
            "expiration" => properties.expiration = Some(expiration(value)?),
            "content_type" => properties.content_type = Some(text(key, value)?),
            "content_encoding" => properties.content_encoding = Some(text(key, value)?),
            "correlation_id" => properties.correlation_id = Some(text(key, value)?),
            "reply_to" => properties.reply_to = Some(text(key, value)?),
            "message_id" => properties.message_id = Some(text(key, value)?),
            "type" => properties.type_ = Some(text(key, value)?),
            "user_id" => properties.user_id = Some(text(key, value)?),
            "app_id" => properties.app_id = Some(text(key, value)?),
            "cluster_id" => properties.cluster_id = Some(text(key, value)?),
            _ => {}
        }
    }
    Ok(properties)
}

/// Writes the properties that are set.
pub fn to_json(properties: &BasicProperties) -> Arguments {
    let text = |value: &Option<String>| value.clone().map(Value::from);
    let all = [
        ("type", text(&properties.type_)),
        ("user_id", text(&properties.user_id)),
        ("app_id", text(&properties.app_id)),
        ("cluster_id", text(&properties.cluster_id)),
        ("timestamp", properties.timestamp.map(Value::from)),
        ("message_id", text(&properties.message_id)),
        ("expiration", text(&properties.expiration)),
        ("reply_to", text(&properties.reply_to)),
        ("correlation_id", text(&properties.correlation_id)),
        ("priority", properties.priority.map(Value::from)),
        ("delivery_mode", properties.delivery_mode.map(Value::from)),
        ("headers", properties.headers.as_ref().map(|headers| Value::Object(tables::to_json(headers).0))),
        ("content_encoding", text(&properties.content_encoding)),
        ("content_type", text(&properties.content_type)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn headers(value: &Value) -> Result<warren_model::value::FieldTable, ApiError> {
    match value {
        Value::Object(object) => tables::from_json(object),
        _ => Err(ApiError::bad_request(vec!["not_object", "headers"])),
    }
}

fn integer(key: &str, value: &Value) -> Result<u64, ApiError> {
    value.as_u64().ok_or_else(|| ApiError::bad_request(vec!["not_int", key]))
}

fn octet(key: &str, value: &Value) -> Result<u8, ApiError> {
    integer(key, value)?
        .try_into()
        .map_err(|_| ApiError::bad_request(format!("'{key}' is no number from 0 to 255")))
}

fn text(key: &str, value: &Value) -> Result<String, ApiError> {
    match value {
        Value::String(text) if text.len() <= MAX_TEXT => Ok(text.clone()),
        Value::String(_) => Err(ApiError::bad_request(format!("'{key}' has more than {MAX_TEXT} bytes"))),
        _ => Err(ApiError::bad_request(vec!["not_string", key])),
    }
}

/// Milliseconds in digits (RabbitMQ, per-message TTL).
fn expiration(value: &Value) -> Result<String, ApiError> {
    let text = text("expiration", value)?;
    if text.is_empty() || text.len() > 15 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let reason = format!("406 PRECONDITION_FAILED - invalid expiration '{text}': no_integer");
        return Err(ApiError::bad_request(reason));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Arguments {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn all_properties_survive_the_way_there_and_back() {
        let all = object(json!({
            "type": "t", "user_id": "guest", "app_id": "a", "cluster_id": "c", "timestamp": 12345, "message_id": "m",
            "expiration": "60000", "reply_to": "r", "correlation_id": "c", "priority": 3, "delivery_mode": 2,
            "headers": {"a": 1}, "content_encoding": "gzip", "content_type": "x/y"
        }));
        let properties = from_json(&all).unwrap();
        assert_eq!(BasicProperties::decode(&properties.to_bytes()).unwrap(), properties);
        assert_eq!(to_json(&properties), all);
    }

    #[test]
    fn wrong_types_and_sizes_are_refused() {
        let cases = [
            json!({"priority": "x"}),
            json!({"priority": 256}),
            json!({"delivery_mode": -1}),
            json!({"timestamp": 1.5}),
            json!({"headers": []}),
            json!({"headers": {"a": null}}),
            json!({"type": 1}),
            json!({"expiration": "abc"}),
            json!({"expiration": ""}),
            json!({"expiration": "9999999999999999999"}),
            json!({"app_id": "x".repeat(256)}),
        ];
        for case in cases {
            assert!(from_json(&object(case.clone())).is_err(), "{case}");
        }
        assert_eq!(from_json(&object(json!({"zzz": 1}))).unwrap(), BasicProperties::default());
    }
}
