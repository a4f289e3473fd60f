//! JSON documents as words of a command line, in and out.

use serde_json::Value;

use crate::failure::{Failure, Kind, Result};

/// The document that a word holds.
pub fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Failure::new(Kind::Server, format!("JSON decoding error. Reason: {error}")))
}

/// Writes what these columns hold as JSON text, as rabbitmqctl shows definitions and values.
pub fn as_text(items: &mut [Value], keys: &[&str]) {
    for item in items {
        for key in keys {
            if let Some(value) = item.get_mut(*key) {
                value.sort_all_objects();
                *value = Value::String(value.to_string());
            }
        }
    }
}
