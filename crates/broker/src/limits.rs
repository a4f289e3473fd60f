//! Limits of virtual hosts, of users and of the node: how many connections, channels, queues and exchanges there may be
//! (RabbitMQ, virtual hosts: limits; users: limits).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::broker::Broker;
use crate::connections::{ChannelInfo, Connection};
use crate::queues::QueueKind;
use crate::validation::{self, Problems};
use warren_model::error::Error;

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

/// Limits of a node and, where it is alone, of its cluster; they stand in its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeLimits {
    /// Connections.
    pub connections: Option<u64>,
    /// Channels, on all connections.
    pub channels: Option<u64>,
    /// Virtual hosts.
    pub vhosts: Option<u64>,
    /// Queues, in all virtual hosts.
    pub queues: Option<u64>,
    /// Exchanges that clients declare, with those that are there from the beginning.
    pub exchanges: Option<u64>,
    /// Kinds of queues that may not be declared.
    pub disabled_kinds: Vec<QueueKind>,
}

/// The limits of users.
#[derive(Debug, Default)]
pub struct UserLimits {
    by_user: RwLock<BTreeMap<String, Limits>>,
    /// Some user may have a limit: as long as none has, nobody needs to look.
    any: AtomicBool,
}

impl UserLimits {
    /// The limits of a user; empty if it has none.
    pub fn get(&self, user: &str) -> Limits {
        if !self.any.load(Ordering::Acquire) {
            return Limits::default();
        }
        self.by_user.read().get(user).cloned().unwrap_or_default()
    }

    /// All users that have limits, by name.
    pub fn list(&self) -> Vec<(String, Limits)> {
        self.by_user.read().iter().map(|(user, limits)| (user.clone(), limits.clone())).collect()
    }

    /// Gives a user these limits instead of those that it had.
    pub(crate) fn put(&self, user: &str, limits: Limits) {
        let mut users = self.by_user.write();
        if limits.is_empty() {
            users.remove(user);
        } else {
            users.insert(user.to_owned(), limits);
        }
        self.any.store(!users.is_empty(), Ordering::Release);
    }

    /// Takes the limits of all users away.
    pub(crate) fn clear(&self) {
        self.by_user.write().clear();
        self.any.store(false, Ordering::Release);
    }
}

impl Broker {
    /// Lets a connection in that a client has opened, if the limits of node, virtual host and user permit it.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if one of them is reached.
    pub fn admit(&self, connection: Arc<Connection>) -> Result<(), Error> {
        let of_vhost = self.vhost(&connection.vhost).and_then(|vhost| vhost.limits().get(MAX_CONNECTIONS));
        let of_user = self.user_limits.get(&connection.user).get(MAX_CONNECTIONS);
        let of_node = self.settings.limits.connections;
        self.connections.register_if(connection, |new, open| {
            let count = |limit: u64, which: &dyn Fn(&Connection) -> bool| {
                open.values().filter(|connection| which(connection)).count() as u64 >= limit
            };
            if let Some(limit) = of_node.filter(|limit| open.len() as u64 >= *limit) {
                return Err(Error::node_connection_limit(limit));
            }
            if let Some(limit) = of_vhost.filter(|limit| count(*limit, &|c| c.vhost == new.vhost)) {
                return Err(Error::vhost_connection_limit(&new.vhost, &new.user, limit));
            }
            if let Some(limit) = of_user.filter(|limit| count(*limit, &|c| c.user == new.user)) {
                return Err(Error::user_connection_limit(&new.user, limit));
            }
            Ok(())
        })
    }

    /// Adds a channel to its connection, if the limits of node and user permit it.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if one of them is reached.
    pub fn admit_channel(&self, connection: &Connection, channel: Arc<ChannelInfo>) -> Result<(), Error> {
        let of_user = self.user_limits.get(&connection.user).get(MAX_CHANNELS);
        let of_node = self.settings.limits.channels;
        // Two channels that are opened at once shall not both be the last one.
        let _one_at_a_time = (of_user.is_some() || of_node.is_some()).then(|| self.connections.counting());
        let reached = |limit: u64, which: &dyn Fn(&Connection) -> bool| {
            let open = self.connections.list();
            let channels = open.iter().filter(|connection| which(connection));
            channels.map(|connection| connection.channels.lock().len() as u64).sum::<u64>() >= limit
        };
        if let Some(limit) = of_node.filter(|limit| reached(*limit, &|_| true)) {
            return Err(Error::node_channel_limit(&self.settings.node, limit));
        }
        if let Some(limit) = of_user.filter(|limit| reached(*limit, &|c| c.user == connection.user)) {
            return Err(Error::user_channel_limit(&connection.user, limit));
        }
        connection.channels.lock().insert(channel.number, channel);
        Ok(())
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

    #[test]
    fn users_without_limits_are_not_kept() {
        let users = UserLimits::default();
        users.put("u", Limits::of_user(&map(json!({"max-channels": 1}))).unwrap());
        assert_eq!((users.get("u").get(MAX_CHANNELS), users.get("other").get(MAX_CHANNELS)), (Some(1), None));
        assert_eq!(users.list().len(), 1);
        users.put("u", Limits::default());
        assert!(users.list().is_empty() && users.get("u").is_empty());
    }
}
