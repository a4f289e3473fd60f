//! `/api/users` and `/api/auth/hash_password`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use warren_api::users::{
    BulkDelete, Delete, Get, HashPassword, HashedPassword, List, Put, PutUser, User as View, UsersToDelete,
    WithoutPermissions,
};
use warren_api::{Arguments, Tags};
use warren_broker::state::node::broker::Broker;
use warren_model::access::User;
use warren_model::access::password::{self, HashingAlgorithm};
use warren_model::change::Change;

use crate::http::framework::{ApiError, Call, Handle, Outcome, durable_done, put_durable};

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(call.broker().users.list().iter().map(|user| view(call.broker(), user)))
    }
}

impl Handle for WithoutPermissions {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        let permissions = broker.permissions.list();
        let has_none = |user: &&User| permissions.iter().all(|entry| entry.user != user.name);
        call.list(broker.users.list().iter().filter(has_none).map(|user| view(broker, user)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&view(call.broker(), &existing(call.broker(), &self.user)?))
    }
}

/// A user without password and hash cannot log in with a password.
impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        if call.body.tags.is_none() {
            return Err(ApiError::bad_request("tags_not_present"));
        }
        let broker = &call.state.node.broker;
        let user = described(broker, &self.user, call.body)?;
        let new = !broker.users.contains(&self.user);
        tracing::info!(user = ?user.name, by = ?call.caller.name, new, "user put");
        put_durable(&call.state, new, broker.change(&[Change::PutUser(user)])).await
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        existing(call.broker(), &self.user)?;
        tracing::info!(user = ?self.user, by = ?call.caller.name, "user deleted");
        durable_done(&call.state, call.broker().change(&[Change::DeleteUser { name: self.user }])).await
    }
}

impl Handle for BulkDelete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = &call.state.node.broker;
        let UsersToDelete { users } = call.body;
        if let Some(unknown) = users.iter().find(|name| !broker.users.contains(name)) {
            return Err(ApiError::bad_request(vec!["no_such_user", unknown]));
        }
        tracing::info!(?users, by = ?call.caller.name, "users deleted");
        let changes: Vec<Change> = users.into_iter().map(|name| Change::DeleteUser { name }).collect();
        durable_done(&call.state, broker.change(&changes)).await
    }
}

impl Handle for HashPassword {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let salt = call.broker().salt();
        call.one(&HashedPassword { ok: password::hash(self.password.as_bytes(), salt) })
    }
}

fn existing(broker: &Broker, name: &str) -> Result<User, ApiError> {
    broker.users.get(name).map_err(|_| ApiError::object_not_found())
}

/// A user as a request or a document describes him.
pub fn described(broker: &Broker, name: &str, body: PutUser) -> Result<User, ApiError> {
    let tags = body.tags.unwrap_or_default().0;
    let hash = match (body.password, body.password_hash) {
        (Some(_), Some(_)) => {
            return Err(ApiError::bad_request("both_password_and_password_hash_are_provided"));
        }
        (Some(password), None) => {
            return Ok(User::with_password(name, password.as_bytes(), broker.salt(), tags));
        }
        (None, Some(hash)) if STANDARD.decode(&hash).is_err() => {
            return Err(ApiError::bad_request(vec!["not_base64".to_owned(), hash]));
        }
        (None, hash) => hash.unwrap_or_default(),
    };
    let algorithm = match body.hashing_algorithm {
        None => HashingAlgorithm::default(),
        Some(name) => HashingAlgorithm::from_name(&name)
            .ok_or_else(|| ApiError::bad_request(format!("unknown hashing algorithm '{name}'")))?,
    };
    Ok(User::with_hash(name, hash, algorithm, tags))
}

/// A user as the API shows him.
pub fn view(broker: &Broker, user: &User) -> View {
    View {
        name: user.name.clone(),
        password_hash: user.password_hash.clone(),
        hashing_algorithm: Some(user.hashing_algorithm.name().into()),
        tags: Tags(user.tags.clone()),
        limits: Arguments(broker.user_limits.get(&user.name).document()),
    }
}
