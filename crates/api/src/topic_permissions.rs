//! Permissions of users on routing keys of topic exchanges: `/api/topic-permissions`.

use serde::{Deserialize, Serialize};

use crate::{Endpoint, EndpointInfo, ListQuery};

/// All topic permissions. Administrator.
pub const LIST: Endpoint<0, ListQuery, (), Vec<TopicPermission>> = Endpoint::get("/api/topic-permissions");
/// Topic permissions in a vhost. Administrator.
pub const OF_VHOST: Endpoint<1, ListQuery, (), Vec<TopicPermission>> =
    Endpoint::get("/api/vhosts/{vhost}/topic-permissions");
/// Topic permissions of one user in every vhost. Administrator.
pub const OF_USER: Endpoint<1, ListQuery, (), Vec<TopicPermission>> =
    Endpoint::get("/api/users/{user}/topic-permissions");
/// Topic permissions of a user in a vhost; 404 if it has none. Administrator.
pub const GET: Endpoint<2, ListQuery, (), Vec<TopicPermission>> =
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
