//! `/api/permissions`, and the permissions of a user and in a virtual host.

use warren_api::permissions::{Delete, Get, List, Permission as View, Put, PutPermission};
use warren_api::{users, vhosts};
use warren_broker::state::node::broker::Broker;
use warren_model::access::PermissionEntry;
use warren_model::change::Change;

use crate::http::framework::{ApiError, Call, Handle, Outcome, durable_done, put_durable};

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(views(call.broker().permissions.list()))
    }
}

impl Handle for users::Permissions {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        broker.users.get(&self.user).map_err(|_| ApiError::object_not_found())?;
        call.list(views(broker.permissions.list_user(&self.user)))
    }
}

impl Handle for vhosts::Permissions {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        broker.vhost(&self.vhost).ok_or_else(ApiError::object_not_found)?;
        call.list(views(broker.permissions.list_vhost(&self.vhost)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&existing(call.broker(), &self.vhost, &self.user)?)
    }
}

impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = &call.state.node.broker;
        let Self { vhost, user } = self;
        if broker.vhost(&vhost).is_none() || !broker.users.contains(&user) {
            return Err(ApiError::bad_request("vhost_or_user_not_found"));
        }
        let new = existing(broker, &vhost, &user).is_err();
        tracing::info!(?user, ?vhost, by = ?call.caller.name, "permission put");
        let PutPermission { configure, write, read } = call.body;
        let entry = PermissionEntry { user, vhost, configure, write, read };
        put_durable(&call.state, new, broker.change(&[Change::PutPermission(entry)])).await
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        let Self { vhost, user } = self;
        existing(broker, &vhost, &user)?;
        tracing::info!(?user, ?vhost, by = ?call.caller.name, "permission deleted");
        let change = Change::DeletePermission { user, vhost };
        durable_done(&call.state, broker.change(&[change])).await
    }
}

fn existing(broker: &Broker, vhost: &str, user: &str) -> Result<View, ApiError> {
    broker.permissions.get(user, vhost).map(view).ok_or_else(ApiError::object_not_found)
}

/// Permissions by virtual host and user.
pub fn views(entries: Vec<PermissionEntry>) -> Vec<View> {
    let mut views: Vec<View> = entries.into_iter().map(view).collect();
    views.sort_by(|a, b| (&a.vhost, &a.user).cmp(&(&b.vhost, &b.user)));
    views
}

fn view(entry: PermissionEntry) -> View {
    let PermissionEntry { user, vhost, configure, write, read } = entry;
    View { user, vhost, configure, write, read }
}
