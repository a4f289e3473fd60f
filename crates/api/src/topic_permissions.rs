//! Permissions of users on routing keys of topic exchanges: `/api/topic-permissions`.

use serde::{Deserialize, Serialize};

use crate::declaration::{Administrator, Body, ListQuery, endpoints};
use crate::{Endpoint, EndpointInfo, ListQuery as FormerListQuery};

endpoints! {
    /// [Topic permissions](users-and-permissions.md#topic-permissions) say which routing keys a user may use at a topic exchange.
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

// FORMER
/// All topic permissions. Administrator.
pub const LIST: Endpoint<0, FormerListQuery, (), Vec<TopicPermission>> =
    Endpoint::get("/api/topic-permissions");
/// Topic permissions in a vhost. Administrator.
pub const OF_VHOST: Endpoint<1, FormerListQuery, (), Vec<TopicPermission>> =
    Endpoint::get("/api/vhosts/{vhost}/topic-permissions");
/// Topic permissions of one user in every vhost. Administrator.
pub const OF_USER: Endpoint<1, FormerListQuery, (), Vec<TopicPermission>> =
    Endpoint::get("/api/users/{user}/topic-permissions");
/// Topic permissions of a user in a vhost; 404 if it has none. Administrator.
pub const GET: Endpoint<2, FormerListQuery, (), Vec<TopicPermission>> =
    Endpoint::get("/api/topic-permissions/{vhost}/{user}");
/// Sets them at an exchange: 201 when new, 204 when replaced. Administrator.
pub const PUT: Endpoint<2, (), PutTopicPermission> = Endpoint::put("/api/topic-permissions/{vhost}/{user}");
/// Takes those at all exchanges away (204). Administrator.
pub const DELETE: Endpoint<2> = Endpoint::delete("/api/topic-permissions/{vhost}/{user}");
/// Takes those at one exchange away (204). Administrator.
pub const DELETE_EXCHANGE: Endpoint<3> = Endpoint::delete("/api/topic-permissions/{vhost}/{user}/{exchange}");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[
    LIST.info(),
    OF_VHOST.info(),
    OF_USER.info(),
    GET.info(),
    PUT.info(),
    DELETE.info(),
    DELETE_EXCHANGE.info(),
];

// END FORMER

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
