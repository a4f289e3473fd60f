//! The body of every answer that is a failure.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `{"error": KIND, "reason": TEXT}`: what went wrong, for a program and for a person.
///
/// RabbitMQ's reason can also be a list or an object; it is kept as it is and [`ApiError::reason_text`] makes text of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiError {
    /// A short fixed word such as `not_found`, `bad_request`, `not_authorised`.
    pub error: String,
    /// The sentence for a person.
    pub reason: Value,
}

impl ApiError {
    /// An error with a sentence as its reason.
    pub fn new(error: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { error: error.into(), reason: Value::String(reason.into()) }
    }

    /// The reason as text, whatever its shape.
    pub fn reason_text(&self) -> String {
        match &self.reason {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => readable(other),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason_text();
        if reason.is_empty() { f.write_str(&self.error) } else { f.write_str(&reason) }
    }
}

/// RabbitMQ writes Erlang strings as lists of code points inside a reason; those become text again.
fn readable(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let text: Option<String> = items.iter().map(as_character).collect();
            match text {
                Some(text) if !text.is_empty() => text,
                _ => items.iter().map(readable).collect::<Vec<_>>().join(", "),
            }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn as_character(value: &Value) -> Option<char> {
    let code = u32::try_from(value.as_u64()?).ok()?;
    char::from_u32(code).filter(|character| *character >= ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_made_of_code_points_becomes_text() {
        let body = r#"{"error":"bad_request","reason":["invalid_regexp",[40],[[109,105,115,115,105,110,103,32,41],1]]}"#;
        let error: ApiError = serde_json::from_str(body).unwrap();
        assert_eq!(error.to_string(), "invalid_regexp, (, missing ), 1");
    }

    #[test]
    fn a_body_without_a_reason_shows_its_kind() {
        let error: ApiError = serde_json::from_str(r#"{"error":"not_found"}"#).unwrap();
        assert_eq!(error.to_string(), "not_found");
    }
}
