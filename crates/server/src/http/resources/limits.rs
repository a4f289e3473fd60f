//! `/api/vhost-limits` and `/api/user-limits`.

use serde_json::{Map, Value, json};
use warren_api::limits::{
    DeleteUser, DeleteVhost, ListUsers, ListVhosts, OfUser, OfVhost, PutLimit, PutUser, PutVhost,
    UserLimits as UserView, VHostLimits as VHostView,
};
use warren_broker::state::node::broker::Broker;
use warren_broker::topology::vhosts::VHost;
use warren_model::change::Change;
use warren_model::limits::Limits;

use crate::http::framework::{ApiError, Call, Handle, Outcome, durable_done, listed};

impl Handle for ListVhosts {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(listed(call.broker(), &call.caller).iter().filter_map(|vhost| of(vhost)))
    }
}

impl Handle for OfVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let mut vhosts = listed(call.broker(), &call.caller).into_iter();
        let vhost = vhosts.find(|vhost| *vhost.name == *self.vhost).ok_or_else(ApiError::object_not_found)?;
        call.list(of(&vhost))
    }
}

impl Handle for PutVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { vhost, limit: name } = self;
        let limit = Limits::of_vhost(&one(&name, &call.body))?;
        tracing::info!(?vhost, limit = ?name, by = ?call.caller.name, "vhost limit put");
        let make = |broker: &Broker| {
            let old = broker.vhost(&vhost).map(|vhost| vhost.limits()).unwrap_or_default();
            Ok(vec![Change::PutVhostLimits { vhost: vhost.clone(), limits: old.with(limit) }])
        };
        call.broker().vhost(&vhost).ok_or_else(ApiError::vhost_not_found)?;
        durable_done(&call.state, call.broker().change_with(make)).await
    }
}

impl Handle for DeleteVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { vhost, limit: name } = self;
        tracing::info!(?vhost, limit = ?name, by = ?call.caller.name, "vhost limit deleted");
        let make = |broker: &Broker| {
            let old = broker.vhost(&vhost).map(|vhost| vhost.limits()).unwrap_or_default();
            let (vhost, limits) = (vhost.clone(), old.without(&name));
            Ok(vec![if limits.is_empty() {
                Change::DeleteVhostLimits { vhost }
            } else {
                Change::PutVhostLimits { vhost, limits }
            }])
        };
        call.broker().vhost(&vhost).ok_or_else(ApiError::vhost_not_found)?;
        durable_done(&call.state, call.broker().change_with(make)).await
    }
}

impl Handle for ListUsers {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let limits = call.broker().user_limits.list().into_iter();
        call.list(limits.map(|(user, limits)| UserView { user, value: limits.document() }))
    }
}

impl Handle for OfUser {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        if call.caller.name != self.user && !call.caller.is_monitor() {
            return Err(ApiError::not_yours());
        }
        existing(call.broker(), &self.user)?;
        let limits = call.broker().user_limits.get(&self.user);
        call.list((!limits.is_empty()).then(|| UserView { user: self.user, value: limits.document() }))
    }
}

impl Handle for PutUser {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { user, limit: name } = self;
        if !call.broker().users.contains(&user) {
            return Err(ApiError::bad_request(json!(["no_such_user", user])));
        }
        let limit = Limits::of_user(&one(&name, &call.body))?;
        tracing::info!(?user, limit = ?name, by = ?call.caller.name, "user limit put");
        let make = |broker: &Broker| {
            let limits = broker.user_limits.get(&user).with(limit);
            Ok(vec![Change::PutUserLimits { user: user.clone(), limits }])
        };
        durable_done(&call.state, call.broker().change_with(make)).await
    }
}

impl Handle for DeleteUser {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { user, limit: name } = self;
        existing(call.broker(), &user)?;
        tracing::info!(?user, limit = ?name, by = ?call.caller.name, "user limit deleted");
        let make = |broker: &Broker| {
            let limits = broker.user_limits.get(&user).without(&name);
            Ok(vec![Change::PutUserLimits { user: user.clone(), limits }])
        };
        durable_done(&call.state, call.broker().change_with(make)).await
    }
}

/// A document of the limit that the path names, with the value that the body holds.
fn one(name: &str, body: &PutLimit) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), body.value.clone())])
}

fn existing(broker: &Broker, user: &str) -> Result<(), ApiError> {
    if broker.users.contains(user) { Ok(()) } else { Err(ApiError::object_not_found()) }
}

fn of(vhost: &VHost) -> Option<VHostView> {
    let limits = vhost.given_limits()?;
    Some(VHostView { vhost: vhost.name.to_string(), value: limits.document() })
}
