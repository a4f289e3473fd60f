//! Limits of virtual hosts and of users: how many connections, channels and queues there may be (RabbitMQ, virtual hosts: limits;
//! users: limits).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::validation::{self, Problems};

/// Connections to a virtual host, or of a user.
pub const MAX_CONNECTIONS: &str = "max-connections";
/// Queues of a virtual host.
pub const MAX_QUEUES: &str = "max-queues";
/// Channels of a user, on all its connections.
pub const MAX_CHANNELS: &str = "max-channels";

/// Limits by name. A negative one is none; 0 permits nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits(BTreeMap<String, i64>);

impl Limits {
    /// Reads limits of a virtual host.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` with all that is wrong, in RabbitMQ's words.
    pub fn of_vhost(document: &Map<String, Value>) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let limits = Self::read(document, &[MAX_CONNECTIONS, MAX_QUEUES], "limits", &mut problems);
        problems.check().map(|()| limits)
    }

    /// Reads limits of a user.
    ///
    /// # Errors
    /// As [`of_vhost`](Self::of_vhost).
    pub fn of_user(document: &Map<String, Value>) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let limits = Self::read(document, &[MAX_CHANNELS, MAX_CONNECTIONS], "user-limits", &mut problems);
        problems.check_plain().map(|()| limits)
    }

    fn read(document: &Map<String, Value>, known: &[&str], name: &str, problems: &mut Problems) -> Self {
        let mut limits = BTreeMap::new();
        for (key, value) in document.iter().filter(|(key, _)| known.contains(&key.as_str())) {
            problems.add(validation::integer(key, value));
            limits.extend(value.as_i64().map(|limit| (key.clone(), limit)));
        }
        problems.add(validation::unrecognised(document, known, name));
        Self(limits)
    }

    /// The limit of that name; `None` if there is none.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(|limit| u64::try_from(*limit).ok())
    }

    /// These limits with another one added, or put in the place of the one of its name.
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// These limits without that one.
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JSON.
    pub fn document(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, limit)| (name.clone(), Value::from(*limit))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_negative_limit_is_none_and_zero_is_one() {
        let limits = Limits::of_vhost(&map(json!({"max-connections": -1, "max-queues": 0}))).unwrap();
        assert_eq!((limits.get(MAX_CONNECTIONS), limits.get(MAX_QUEUES)), (None, Some(0)));
        assert_eq!(Value::Object(limits.document()), json!({"max-connections": -1, "max-queues": 0}));
        let limits =
            limits.without(MAX_QUEUES).with(Limits::of_vhost(&map(json!({"max-connections": 5}))).unwrap());
        assert_eq!(Value::Object(limits.document()), json!({"max-connections": 5}));
        assert!(limits.without(MAX_CONNECTIONS).is_empty());
    }

    #[test]
    fn bad_limits_are_refused_in_rabbitmqs_words() {
        let said = |result: Result<Limits, Error>| result.unwrap_err().reason().to_owned();
        assert_eq!(
            said(Limits::of_vhost(&map(json!({"bogus": 5})))),
            "Validation failed\n\nUnrecognised terms [{<<\"bogus\">>,5}] in limits\n"
        );
        assert_eq!(
            said(Limits::of_vhost(&map(json!({"max-queues": "x"})))),
            "Validation failed\n\nmax-queues should be a number, actually was <<\"x\">>\n"
        );
        assert_eq!(
            said(Limits::of_user(&map(json!({"bogus": 10})))),
            "Unrecognised terms [{<<\"bogus\">>,10}] in user-limits"
        );
        assert_eq!(
            said(Limits::of_user(&map(json!({"max-connections": "x"})))),
            "max-connections should be a number, actually was <<\"x\">>"
        );
        assert!(Limits::of_user(&map(json!({"max-queues": 1}))).is_err());
        assert!(Limits::of_vhost(&map(json!({"max-channels": 1}))).is_err());
    }
}
