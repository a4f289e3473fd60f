//! What is wrong with a document that an operator sends, in RabbitMQ's words: parameters, policies and limits are
//! checked by the same rules (RabbitMQ, runtime parameters).

use serde_json::{Map, Value};

use crate::error::{Error, json_term, json_terms};

/// What was found wrong.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds a problem, if there is one.
    pub fn add(&mut self, problem: Option<String>) {
        self.0.extend(problem);
    }

    /// As [`check`](Self::check), without the words that stand before problems of parameters.
    ///
    /// # Errors
    /// As `check`.
    pub fn check_plain(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::PreconditionFailed(self.0.join("\n"))) }
    }

    /// Nothing, or all of them as one refusal.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if there is any.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::validation_failed(&self.0)) }
    }
}

/// The problem of a key that should be a whole number.
pub fn integer(key: &str, value: &Value) -> Option<String> {
    value.as_i64().is_none().then(|| format!("{key} should be a number, actually was {}", json_term(value)))
}

/// The problem of a key that should be text.
pub fn text(key: &str, value: &Value) -> Option<String> {
    (!value.is_string()).then(|| format!("{key} should be a binary but was {}", json_term(value)))
}

/// The problem of a key that is not there; `name` is what it is missing in.
pub fn missing(key: &str, name: &str) -> String {
    format!("Key \"{key}\" not found in {name}")
}

/// The problem of keys that nobody knows.
pub fn unrecognised(object: &Map<String, Value>, known: &[&str], name: &str) -> Option<String> {
    let unknown: Map<String, Value> = object
        .iter()
        .filter(|(key, _)| !known.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    (!unknown.is_empty()).then(|| format!("Unrecognised terms {} in {name}", json_terms(&unknown)))
}
