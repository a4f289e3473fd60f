//! Permissions of users in vhosts: `/api/permissions`.

use serde::{Deserialize, Serialize};

use crate::declaration::{Administrator, Body, ListQuery, endpoints};

endpoints! {
    noun "Permissions";

    /// All permissions.
    GET "/api/permissions" => List, access: Administrator, query: ListQuery, answer: Vec<Permission>;
    /// Permission of a user in a vhost.
    GET "/api/permissions/{vhost}/{user}" => Get { vhost, user },
        access: Administrator, query: ListQuery, answer: Permission;
    /// Sets it: 201 when new, 204 when replaced.
    PUT "/api/permissions/{vhost}/{user}" => Put { vhost, user }, access: Administrator, body: PutPermission;
    /// Takes it away (204).
    DELETE "/api/permissions/{vhost}/{user}" => Delete { vhost, user }, access: Administrator;
}

/// What a user may do in a vhost. Each right is a regular expression over names; an empty one matches nothing.
/// See <https://www.rabbitmq.com/docs/access-control#authorisation>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permission {
    /// The user.
    pub user: String,
    /// The vhost.
    pub vhost: String,
    /// Names it may create and delete.
    pub configure: String,
    /// Names it may publish to and bind into.
    pub write: String,
    /// Names it may consume, get, purge and bind from.
    pub read: String,
}

/// What `PUT` takes; all three are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutPermission {
    /// Names it may create and delete.
    pub configure: String,
    /// Names it may publish to and bind into.
    pub write: String,
    /// Names it may consume, get, purge and bind from.
    pub read: String,
}

impl Body for PutPermission {
    const REQUIRED: &'static [&'static str] = &["configure", "write", "read"];
}
