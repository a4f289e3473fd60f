//! `/api/queues`.

use warren_api::Arguments;
use warren_api::queues::{Delete, Get, List, ListVhost, Owner, Purge, Put, Queue as View};
use warren_broker::effects::Effects;
use warren_broker::log::Durable;
use warren_broker::queues::{Queue, QueueKind, QueueSettings};
use warren_broker::state::node::broker::Broker;

use super::consumers;
use crate::http::figures::stats::{self, rate};
use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply, durable, durable_done, entered};
use crate::http::translation::tables;
use crate::node::Node;

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhosts = entered(call.broker(), &call.caller);
        let shown = Statistics::of(call.query.disable_stats, call.query.enable_queue_totals);
        let queues = vhosts.iter().flat_map(|vhost| vhost.queues());
        call.list(queues.map(|queue| view(call.node(), &queue, shown)))
    }
}

impl Handle for ListVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let shown = Statistics::of(call.query.disable_stats, call.query.enable_queue_totals);
        call.list(call.vhost.queues().iter().map(|queue| view(call.node(), queue, shown)))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let queue = call.vhost.queue(&self.queue).map_err(|_| ApiError::object_not_found())?;
        let shown = Statistics::of(call.query.disable_stats, call.query.enable_queue_totals);
        let mut view = view(call.node(), &queue, shown);
        view.consumer_details = Some(consumers::of_queue(call.node(), &queue));
        call.one(&view)
    }
}

impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        if call.body.node.as_ref().is_some_and(|node| *node != call.node().name) {
            return Err(ApiError::bad_request("no such node in the cluster"));
        }
        let settings = QueueSettings {
            durable: call.body.durable,
            auto_delete: call.body.auto_delete,
            arguments: tables::from_json(&call.body.arguments)?,
            ..QueueSettings::default()
        };
        let declared = call.principal().declare_queue(&self.queue, settings);
        let (_, new) = durable(&call.state, declared).await?;
        Ok(Reply::put(new))
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.vhost.queue(&self.queue).map_err(|_| ApiError::object_not_found())?;
        let (if_unused, if_empty) = (call.query.if_unused, call.query.if_empty);
        durable_done(&call.state, call.principal().delete_queue(&self.queue, if_unused, if_empty)).await
    }
}

impl Handle for Purge {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.vhost.queue(&self.queue).map_err(|_| ApiError::object_not_found())?;
        let mut effects = Effects::new(call.broker().log_handle().clone());
        call.principal().purge_queue(&self.queue, &mut effects)?;
        let position = effects.append()?;
        effects.finish();
        durable_done(&call.state, Ok(Durable { value: (), position })).await
    }
}

/// What of a queue's numbers is shown.
#[derive(Debug, Clone, Copy)]
enum Statistics {
    All,
    /// Counts of messages only.
    Totals,
    None,
}

impl Statistics {
    fn of(disable_stats: bool, enable_queue_totals: bool) -> Self {
        match (disable_stats, enable_queue_totals) {
            (false, _) => Self::All,
            (true, true) => Self::Totals,
            (true, false) => Self::None,
        }
    }
}

/// A queue as the API shows it.
fn view(node: &Node, queue: &Queue, shown: Statistics) -> View {
    let policy = queue.policy().as_deref().cloned().unwrap_or_default();
    // What has replicas has one, here.
    let replica = (queue.kind != QueueKind::Classic).then(|| node.name.clone());
    let view = View {
        leader: replica.clone(),
        members: replica.clone().map(|node| vec![node]),
        online: replica.map(|node| vec![node]),
        name: queue.name.to_string(),
        vhost: queue.vhost.to_string(),
        kind: queue.kind.as_str().into(),
        durable: queue.settings.durable,
        auto_delete: queue.settings.auto_delete,
        exclusive: queue.settings.exclusive_owner.is_some(),
        owner_pid_details: owner(&node.broker, queue),
        arguments: tables::to_json(&queue.settings.arguments),
        node: node.name.clone(),
        state: "running".into(),
        policy: policy.policy,
        operator_policy: policy.operator_policy,
        effective_policy_definition: Arguments(policy.definition),
        ..View::default()
    };
    match shown {
        Statistics::All => with_stats(node, queue, view),
        Statistics::Totals => with_totals(queue, view),
        Statistics::None => view,
    }
}

fn with_totals(queue: &Queue, view: View) -> View {
    let counts = queue.counts();
    View {
        messages: Some(counts.ready + counts.unacknowledged),
        messages_ready: Some(counts.ready),
        messages_unacknowledged: Some(counts.unacknowledged),
        ..view
    }
}

fn with_stats(node: &Node, queue: &Queue, view: View) -> View {
    let counts = queue.counts();
    let rates = node.rates.of_queue(queue.id);
    let [messages, ready, unacknowledged, ..] = rates;
    let total = counts.ready + counts.unacknowledged;
    let bytes = counts.ready_bytes + counts.unacknowledged_bytes;
    View {
        exclusive_consumer_tag: queue.exclusive_consumer(),
        single_active_consumer_tag: queue.single_active_consumer(),
        consumers: u64::from(counts.consumers),
        memory: counts.memory,
        messages_details: rate(messages),
        messages_ready_details: rate(ready),
        messages_unacknowledged_details: rate(unacknowledged),
        messages_ram: Some(total),
        messages_ready_ram: Some(counts.ready),
        messages_unacknowledged_ram: Some(counts.unacknowledged),
        messages_paged_out: Some(0),
        message_bytes_paged_out: Some(0),
        message_bytes: Some(bytes),
        message_bytes_ready: Some(counts.ready_bytes),
        message_bytes_unacknowledged: Some(counts.unacknowledged_bytes),
        message_bytes_ram: Some(bytes),
        message_stats: stats::of_queue(&queue.stats(), &rates),
        ..with_totals(queue, view)
    }
}

/// The connection that an exclusive queue belongs to.
fn owner(broker: &Broker, queue: &Queue) -> Option<Owner> {
    let connection = broker.connections.by_id(queue.settings.exclusive_owner?)?;
    let peer = connection.peer;
    Some(Owner {
        name: connection.name.to_string(),
        peer_host: peer.ip().to_canonical().to_string(),
        peer_port: peer.port(),
    })
}
