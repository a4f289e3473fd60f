//! Permissions of users on routing keys of topic exchanges: `/api/topic-permissions`.

use serde::{Deserialize, Serialize};

use crate::declaration::{Administrator, Body, ListQuery, endpoints};

endpoints! {
    /// [Topic permissions](users-and-permissions.md#topic-permissions) say which routing keys a user may use at a
    /// topic exchange.
    noun "Topic permissions";

    /// All of them.
    GET "/api/topic-permissions" => List,
        access: Administrator, query: ListQuery, answer: Vec<TopicPermission>;
    /// Those in a vhost.
    GET "/api/vhosts/{vhost}/topic-permissions" => OfVhost { vhost },
        access: Administrator, query: ListQuery, answer: Vec<TopicPermission>;
    /// Those of one user in every vhost.
    GET "/api/users/{user}/topic-permissions" => OfUser { user },
        access: Administrator, query: ListQuery, answer: Vec<TopicPermission>;
    /// Those of a user in a vhost; 404 if it has none.
    GET "/api/topic-permissions/{vhost}/{user}" => Get { vhost, user },
        access: Administrator, query: ListQuery, answer: Vec<TopicPermission>;
    /// Sets those at an exchange: 201 when new, 204 when replaced.
    PUT "/api/topic-permissions/{vhost}/{user}" => Put { vhost, user },
        access: Administrator, body: PutTopicPermission;
    /// Takes those at all exchanges away (204).
    DELETE "/api/topic-permissions/{vhost}/{user}" => Delete { vhost, user }, access: Administrator;
    /// Takes those at one exchange away (204).
    DELETE "/api/topic-permissions/{vhost}/{user}/{exchange}" => DeleteExchange { vhost, user, exchange },
        access: Administrator;
}

/// Which routing keys a user may use at a topic exchange. Each right is a regular expression; an empty one matches
/// nothing. See <https://www.rabbitmq.com/docs/access-control#topic-authorisation>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TopicPermission {
    /// The user.
    pub user: String,
    /// The vhost.
    pub vhost: String,
    /// The exchange.
    pub exchange: String,
    /// Keys it may publish with.
    pub write: String,
    /// Keys it may bind with.
    pub read: String,
}

/// What `PUT` takes; all three are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutTopicPermission {
    /// The exchange, which need not be there.
    pub exchange: String,
    /// Keys it may publish with.
    pub write: String,
    /// Keys it may bind with.
    pub read: String,
}

impl Body for PutTopicPermission {
    const REQUIRED: &'static [&'static str] = &["exchange", "write", "read"];
}
