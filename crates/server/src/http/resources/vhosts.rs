//! `/api/vhosts`.

use serde_json::{Map, Value};
use warren_api::stats::MessageStats;
use warren_api::vhosts::{Delete, Get, List, Protect, Put, PutVHost, Unprotect, VHost as View};
use warren_api::{Arguments, Tags};
use warren_broker::queues::QueueKind;
use warren_broker::state::decide::command::Command;
use warren_broker::topology::vhosts::VHost;
use warren_model::access::PermissionEntry;
use warren_model::change::{Change, VHostDefinition};

use crate::http::figures::stats::rate;
use crate::http::figures::totals::Totals;
use crate::http::framework::{
    ApiError, AppState, Call, Caller, Handle, Outcome, Reply, durable_done, listed, put_durable,
};
use crate::node::Node;

/// What stands for no default.
const UNDEFINED: &str = "undefined";

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhosts = listed(call.broker(), &call.caller);
        call.list(vhosts.iter().map(|vhost| view(call.node(), vhost, call.query.disable_stats)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhost = call.broker().vhost(&self.vhost).ok_or_else(ApiError::object_not_found)?;
        call.one(&view(call.node(), &vhost, call.query.disable_stats))
    }
}

impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let body = call.body;
        let broker = &call.state.node.broker;
        check(&body, &broker.settings.limits.disabled_kinds)?;
        let existing = broker.vhost(&self.vhost);
        let new = existing.is_none();
        let old = existing.map(|vhost| vhost.definition()).unwrap_or_default();
        let definition = VHostDefinition {
            name: self.vhost.clone(),
            description: body.description.unwrap_or(old.description),
            tags: body.tags.map_or(old.tags, |tags| tags.0),
            default_queue_type: body
                .default_queue_type
                .or(old.default_queue_type)
                .filter(|kind| kind != UNDEFINED),
            protected: body.protected_from_deletion.unwrap_or(old.protected),
        };
        tracing::info!(vhost = ?self.vhost, by = ?call.caller.name, new, "virtual host put");
        let mut commands = vec![Command::AddVHost(definition)];
        if new {
            commands.extend(creators_permission(&call.caller, self.vhost).map(Command::Make));
        }
        put_durable(&call.state, new, broker.execute_with(|_| Ok(commands))).await
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhost = call.broker().vhost(&self.vhost).ok_or_else(ApiError::object_not_found)?;
        if vhost.definition().protected {
            return Err(ApiError::precondition_failed(format!(
                "Refusing to delete virtual host '{}' because it is protected from deletion",
                self.vhost
            )));
        }
        tracing::info!(vhost = ?self.vhost, by = ?call.caller.name, "virtual host deleted");
        durable_done(&call.state, call.broker().change(&[Change::DeleteVhost { name: self.vhost }])).await
    }
}

impl Handle for Protect {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        set_protected(&call.state, &self.vhost, true).await
    }
}

impl Handle for Unprotect {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        set_protected(&call.state, &self.vhost, false).await
    }
}

async fn set_protected(state: &AppState, vhost: &str, protected: bool) -> Result<Reply<()>, ApiError> {
    let broker = &state.node.broker;
    let vhost = broker.vhost(vhost).ok_or_else(ApiError::object_not_found)?;
    let change = Change::PutVhost(VHostDefinition { protected, ..vhost.definition() });
    durable_done(state, broker.change(&[change])).await
}

fn check(body: &PutVHost, disabled: &[QueueKind]) -> Result<(), ApiError> {
    if body.tracing == Some(true) {
        return Err(ApiError::bad_request("tracing is not supported"));
    }
    let Some(name) = body.default_queue_type.as_deref().filter(|name| *name != UNDEFINED) else {
        return Ok(());
    };
    let refusal = match QueueKind::from_name(name) {
        Some(kind) if disabled.contains(&kind) => format!("queue type {name} is not enabled"),
        Some(_) => return Ok(()),
        None if name.is_empty() => "default_queue_type must not be an empty string".to_owned(),
        None => format!("{name} is not a valid queue type"),
    };
    Err(ApiError::bad_request(refusal))
}

fn creators_permission(caller: &Caller, vhost: String) -> Option<Change> {
    let all = || ".*".to_owned();
    let user = caller.name.clone();
    let entry = PermissionEntry { user, vhost, configure: all(), write: all(), read: all() };
    (!caller.is_admin_socket).then_some(Change::PutPermission(entry))
}

fn view(node: &Node, vhost: &VHost, disable_stats: bool) -> View {
    let definition = vhost.definition();
    let metadata = metadata(&definition);
    let VHostDefinition { name, description, tags, default_queue_type, protected } = definition;
    let default_queue_type = default_queue_type.unwrap_or_else(|| UNDEFINED.into());
    let shown = View {
        metadata,
        protected_from_deletion: protected,
        limits: Arguments(vhost.limits().document()),
        cluster_state: Map::from_iter([(node.name.clone(), Value::from("running"))]),
        name,
        description,
        tags: Tags(tags),
        default_queue_type: Some(default_queue_type),
        ..View::default()
    };
    if disable_stats { shown } else { with_stats(node, vhost, shown) }
}

/// Description, tags and default queue type once more, as RabbitMQ has them.
pub fn metadata(definition: &VHostDefinition) -> Map<String, Value> {
    let mut metadata = Map::from_iter([
        ("description".to_owned(), Value::from(definition.description.as_str())),
        ("tags".to_owned(), Value::from(definition.tags.clone())),
    ]);
    if let Some(kind) = &definition.default_queue_type {
        metadata.insert("default_queue_type".to_owned(), Value::from(kind.as_str()));
    }
    if definition.protected {
        metadata.insert("protected_from_deletion".to_owned(), Value::from(true));
    }
    metadata
}

fn with_stats(node: &Node, vhost: &VHost, shown: View) -> View {
    let totals = Totals::of_vhosts(node, [vhost]);
    let [messages, ready, unacknowledged] = totals.message_rates;
    let [received, sent] = totals.traffic_rates;
    View {
        messages: Some(totals.ready + totals.unacknowledged),
        messages_details: rate(messages),
        messages_ready: Some(totals.ready),
        messages_ready_details: rate(ready),
        messages_unacknowledged: Some(totals.unacknowledged),
        messages_unacknowledged_details: rate(unacknowledged),
        recv_oct: Some(totals.received_bytes),
        recv_oct_details: rate(received),
        send_oct: Some(totals.sent_bytes),
        send_oct_details: rate(sent),
        message_stats: Some(totals.stats).filter(|stats| *stats != MessageStats::default()),
        ..shown
    }
}
