//! Commands about queues.

use super::{VHostDraft, Verdict, names};
use crate::deprecated_features::DeprecatedFeature;
use crate::queues::{QUEUE_TYPE, QueueKind, QueueSettings, arguments, kind_of};
use crate::state::node::describe;
use warren_model::binding::Destination;
use warren_model::change::Change;
use warren_model::error::Error;
use warren_model::limits::MAX_QUEUES;

impl VHostDraft<'_> {
    /// AMQP 0-9-1, `queue.declare`. `server_named` says that the name is of the broker's making.
    ///
    /// # Errors
    /// `RESOURCE_LOCKED` where one is exclusive to another connection; `PRECONDITION_FAILED` where one exists with
    /// other settings, where an argument is bad, and where a limit is reached; `ACCESS_REFUSED` for reserved names.
    pub(super) fn declare_queue(
        &mut self,
        name: &str,
        settings: &QueueSettings,
        server_named: bool,
    ) -> Result<Verdict, Error> {
        let mut settings = settings.clone();
        self.add_default_type(&mut settings, server_named);
        arguments::check(name, self.vhost, &settings, server_named)?;
        if let Some(existing) = self.queue(name) {
            existing.assert_equivalent(&settings, name, self.vhost)?;
            return Ok(Verdict::Same { durable: existing.is_durable() });
        }
        names::check("a queue", name)?;
        if name.starts_with("amq.") && !server_named {
            return Err(Error::reserved_queue_name(name));
        }
        let kind = kind_of(&settings.arguments);
        if self.shared.limits.disabled_kinds.contains(&kind) {
            return Err(Error::queue_type_disabled(name, self.vhost, kind.as_str(), &self.shared.node));
        }
        let transient = DeprecatedFeature::TransientNonexclQueues;
        if !settings.durable && settings.exclusive_owner.is_none() && self.shared.denied.contains(&transient)
        {
            return Err(Error::feature_denied(transient.name()));
        }
        self.check_queue_limits(name)?;
        let id = self.next_queue_id();
        self.add_queue(name, &settings);
        self.changes.push(Change::PutQueue(describe::queue(self.vhost, name, id, &settings)));
        Ok(Verdict::Changes)
    }

    /// Names the kind of a queue that says nothing about it, if the virtual host or the node has a default. A queue that
    /// cannot be of that kind is a classic one (RabbitMQ, default queue type).
    fn add_default_type(&self, settings: &mut QueueSettings, server_named: bool) {
        if settings.arguments.get(QUEUE_TYPE).is_some() {
            return;
        }
        let Some(kind) = self.default_queue_type else { return };
        let (durable, exclusive) = (settings.durable, settings.exclusive_owner.is_some());
        let suits = kind.takes(durable, exclusive, settings.auto_delete || server_named);
        let kind = if suits { kind } else { QueueKind::Classic };
        settings.arguments.insert(QUEUE_TYPE, kind.as_str());
    }

    /// Whether there may be another queue, in the cluster and in the virtual host.
    fn check_queue_limits(&self, name: &str) -> Result<(), Error> {
        let (own, all) = self.count_queues();
        if let Some(limit) = self.shared.limits.queues.filter(|limit| all >= *limit) {
            return Err(Error::cluster_queue_limit(name, limit));
        }
        match self.limits.get(MAX_QUEUES) {
            Some(limit) if own >= limit => Err(Error::vhost_queue_limit(name, self.vhost, limit)),
            _ => Ok(()),
        }
    }

    /// AMQP 0-9-1, `queue.delete`. The conditions are looked at where the queue is held to them (`seal.rs`).
    ///
    /// # Errors
    /// `NOT_FOUND` if it is not there any more.
    pub(super) fn delete_queue(&mut self, name: &str, id: u64) -> Result<Verdict, Error> {
        let found = self.topology.and_then(|topology| Some((topology, topology.queues.get(name)?)));
        let Some((topology, queue)) = found.filter(|(_, queue)| queue.id == id) else {
            return Err(Error::queue_not_found(name, self.vhost));
        };
        self.changes.push(Change::DeleteQueue {
            vhost: self.vhost.to_owned(),
            name: name.to_owned(),
            id,
            durable: queue.is_durable(),
        });
        let destination = Destination::Queue(queue.name.clone());
        self.bindings_go(topology, topology.bindings_to(&destination).collect());
        Ok(Verdict::Changes)
    }
}
