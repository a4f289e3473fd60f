//! `/api/topic-permissions`, and the topic permissions of a user and of a virtual host.

use serde_json::json;
use warren_api::topic_permissions::{
    Delete, DeleteExchange, Get, List, OfUser, OfVhost, Put, PutTopicPermission, TopicPermission as View,
};
use warren_broker::access::topic_permissions::TopicPermissions;
use warren_broker::state::node::broker::Broker;
use warren_model::access::TopicPermissionEntry;
use warren_model::change::Change;

use crate::http::framework::{ApiError, Call, Handle, Outcome, durable_done, put_durable};

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(views(call.broker().topic_permissions.list(|_| true)))
    }
}

impl Handle for OfVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        broker.vhost(&self.vhost).ok_or_else(ApiError::object_not_found)?;
        call.list(views(broker.topic_permissions.list(|entry| entry.vhost == self.vhost)))
    }
}

impl Handle for OfUser {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        broker.users.get(&self.user).map_err(|_| ApiError::object_not_found())?;
        call.list(views(broker.topic_permissions.list(|entry| entry.user == self.user)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(views(existing(call.broker(), &self.vhost, &self.user, None)?))
    }
}

impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = &call.state.node.broker;
        let Self { vhost, user } = self;
        let of_vhost = broker.vhost(&vhost).filter(|_| broker.users.contains(&user));
        let of_vhost = of_vhost.ok_or_else(|| ApiError::bad_request("vhost_or_user_not_found"))?;
        let PutTopicPermission { exchange, write, read } = call.body;
        if of_vhost.topology().exchange(&exchange, &vhost).is_err() {
            return Err(ApiError::bad_request(json!(["no_such_exchange", exchange])));
        }
        let new = existing(broker, &vhost, &user, Some(&exchange)).is_err();
        let entry = TopicPermissionEntry { user, vhost, exchange, write, read };
        TopicPermissions::check(&entry)?;
        tracing::info!(
            user = ?entry.user, vhost = ?entry.vhost, exchange = ?entry.exchange, by = ?call.caller.name,
            "topic permission put"
        );
        put_durable(&call.state, new, broker.change(&[Change::PutTopicPermission(entry)])).await
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { vhost, user } = self;
        existing(call.broker(), &vhost, &user, None)?;
        tracing::info!(?user, ?vhost, by = ?call.caller.name, "topic permissions deleted");
        let change = Change::DeleteTopicPermission { user, vhost, exchange: None };
        durable_done(&call.state, call.broker().change(&[change])).await
    }
}

impl Handle for DeleteExchange {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let Self { vhost, user, exchange } = self;
        existing(call.broker(), &vhost, &user, Some(&exchange))?;
        tracing::info!(?user, ?vhost, ?exchange, by = ?call.caller.name, "topic permission deleted");
        let change = Change::DeleteTopicPermission { user, vhost, exchange: Some(exchange) };
        durable_done(&call.state, call.broker().change(&[change])).await
    }
}

/// Topic permissions as the API shows them.
pub fn views(entries: Vec<TopicPermissionEntry>) -> Vec<View> {
    let view = |TopicPermissionEntry { user, vhost, exchange, write, read }| View {
        user,
        vhost,
        exchange,
        write,
        read,
    };
    entries.into_iter().map(view).collect()
}

fn existing(
    broker: &Broker,
    vhost: &str,
    user: &str,
    exchange: Option<&str>,
) -> Result<Vec<TopicPermissionEntry>, ApiError> {
    let entries = broker.topic_permissions.list(|entry| {
        entry.vhost == vhost
            && entry.user == user
            && exchange.is_none_or(|exchange| entry.exchange == exchange)
    });
    if entries.is_empty() { Err(ApiError::object_not_found()) } else { Ok(entries) }
}
