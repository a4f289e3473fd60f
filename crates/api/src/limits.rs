//! Limits of vhosts and of users: `/api/vhost-limits`, `/api/user-limits`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::declaration::{Administrator, Body, ListQuery, Management, endpoints};

endpoints! {
    /// [Limits](policies.md#limits) of vhosts are `max-connections` and `max-queues`, those of users
    /// `max-connections` and `max-channels`.
    noun "Limits";

    /// Limits of the vhosts that have any and that the caller may see.
    GET "/api/vhost-limits" => ListVhosts, access: Management, query: ListQuery, answer: Vec<VHostLimits>;
    /// Limits of a vhost: a list of one, or of none.
    GET "/api/vhost-limits/{vhost}" => OfVhost { vhost },
        access: Management, query: ListQuery, answer: Vec<VHostLimits>;
    /// Sets a limit of a vhost (204).
    PUT "/api/vhost-limits/{vhost}/{limit}" => PutVhost { vhost, limit },
        access: Administrator, body: PutLimit;
    /// Takes a limit of a vhost away (204).
    DELETE "/api/vhost-limits/{vhost}/{limit}" => DeleteVhost { vhost, limit }, access: Administrator;
    /// Limits of the users that have any.
    GET "/api/user-limits" => ListUsers, access: Administrator, query: ListQuery, answer: Vec<UserLimits>;
    /// Limits of a user: a list of one, or of none. The user itself, or monitoring.
    GET "/api/user-limits/{user}" => OfUser { user },
        access: Management, query: ListQuery, answer: Vec<UserLimits>;
    /// Sets a limit of a user (204).
    PUT "/api/user-limits/{user}/{limit}" => PutUser { user, limit }, access: Administrator, body: PutLimit;
    /// Takes a limit of a user away (204).
    DELETE "/api/user-limits/{user}/{limit}" => DeleteUser { user, limit }, access: Administrator;
}

/// The limits that a user can have.
pub const USER_LIMITS: [&str; 2] = ["max-channels", "max-connections"];

/// Limits of a vhost: `max-connections`, `max-queues`. A negative one is none, 0 permits nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VHostLimits {
    /// The vhost.
    pub vhost: String,
    /// Its limits.
    pub value: Map<String, Value>,
}

/// Limits of a user: `max-connections`, `max-channels`. A negative one is none, 0 permits nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserLimits {
    /// The user.
    pub user: String,
    /// Its limits.
    pub value: Map<String, Value>,
}

/// What `PUT` takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutLimit {
    /// The limit: a whole number.
    pub value: Value,
}

impl Body for PutLimit {
    const REQUIRED: &'static [&'static str] = &["value"];
}
