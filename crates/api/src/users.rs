//! Users: `/api/users`.

use serde::{Deserialize, Serialize};

use crate::declaration::{Administrator, Body, ListQuery, endpoints};
use crate::permissions::Permission;
use crate::{Arguments, Tags, tags};

endpoints! {
    noun "Users";

    /// All users.
    GET "/api/users" => List, access: Administrator, query: ListQuery, answer: Vec<User>;
    /// Users without a permission in any vhost.
    GET "/api/users/without-permissions" => WithoutPermissions,
        access: Administrator, query: ListQuery, answer: Vec<User>;
    /// Deletes several users at once (204), or none when one of them is unknown.
    POST "/api/users/bulk-delete" => BulkDelete, access: Administrator, body: UsersToDelete;
    /// One user.
    GET "/api/users/{user}" => Get { user }, access: Administrator, query: ListQuery, answer: User;
    /// Creates (201) or replaces (204) a user; `tags` must be there, and another key that is absent is reset.
    PUT "/api/users/{user}" => Put { user }, access: Administrator, body: PutUser;
    /// Deletes a user with its permissions (204).
    DELETE "/api/users/{user}" => Delete { user }, access: Administrator;
    /// Permissions of one user in every vhost.
    GET "/api/users/{user}/permissions" => Permissions { user },
        access: Administrator, query: ListQuery, answer: Vec<Permission>;
    /// Makes a salted hash of a password, for definitions.
    GET "/api/auth/hash_password/{password}" => HashPassword { password },
        access: Administrator, query: ListQuery, answer: HashedPassword;
}

/// Name of the password hash that Warren writes, and RabbitMQ's default.
pub const SHA256: &str = "rabbit_password_hashing_sha256";

/// A user as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The name.
    pub name: String,
    /// Base64 of a 4-byte salt and the hash of salt and password; empty when no password logs in.
    pub password_hash: String,
    /// `rabbit_password_hashing_sha256` or `_sha512` or `_md5`; absent on LavinMQ when there is no password.
    pub hashing_algorithm: Option<String>,
    /// `administrator`, `monitoring`, `policymaker`, `management`, or any other word.
    pub tags: Tags,
    /// `max-connections`, `max-channels`.
    pub limits: Arguments,
}

/// What `PUT` takes. Either a password, or a hash with its algorithm, or neither (then no password logs in).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PutUser {
    /// The password in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The salted hash in base64; an empty string removes the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// The algorithm of `password_hash`; SHA-256 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashing_algorithm: Option<String>,
    /// The tags. Required by RabbitMQ: `None` is answered with 400. Sent as a comma list, which every version reads.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "tags::as_comma_list")]
    pub tags: Option<Tags>,
}

impl Body for PutUser {}

/// The answer to [`HASH_PASSWORD`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedPassword {
    /// The hash in base64.
    pub ok: String,
}

/// Names for [`BULK_DELETE`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersToDelete {
    /// The users to delete.
    pub users: Vec<String>,
}

impl Body for UsersToDelete {
    const REQUIRED: &'static [&'static str] = &["users"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_rabbitmq_and_lavinmq_are_read() {
        let rabbit = r#"{"name":"guest","password_hash":"rZHw","hashing_algorithm":"rabbit_password_hashing_sha256",
            "tags":["administrator"],"limits":{},"new_key":1}"#;
        let user: User = serde_json::from_str(rabbit).unwrap();
        assert!(user.tags.contains("administrator"));
        let lavin = r#"{"name":"x","password_hash":"","hashing_algorithm":null,"tags":"a,b"}"#;
        let user: User = serde_json::from_str(lavin).unwrap();
        assert_eq!(user.tags.0, ["a", "b"]);
        assert_eq!(user.hashing_algorithm, None);
    }

    #[test]
    fn tags_are_written_as_every_version_reads_them() {
        let body = PutUser { tags: Some(["a", "b"].into_iter().collect()), ..PutUser::default() };
        assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"tags":"a,b"}"#);
    }
}
