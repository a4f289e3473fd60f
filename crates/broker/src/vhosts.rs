//! Virtual hosts: each has exchanges, queues and bindings of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};
use warren_store::Position;

use crate::bindings::{Binding, Destination};
use crate::churn::Churn;
use crate::clock::Clock;
use crate::definitions::{Change, QueueDefinition, VHostDefinition};
use crate::effects::Effects;
use crate::exchange::ExchangeSettings;
use crate::exchanges::{self, Addressed};
use crate::journal::{Durable, Journal};
use crate::keepers::Keeper;
use crate::limits::{Limits, MAX_QUEUES};
use crate::policies::Object;
use crate::queues::{
    PageMemory, QUEUE_TYPE, Queue, QueueContext, QueueKind, QueueSettings, arguments, kind_of,
};
use crate::randomness::Randomness;
use crate::timers::Timers;
use crate::topology::{Route, Topology};
use warren_model::error::Error;

/// What exists in every virtual host from its beginning: names and types.
pub(crate) const PREDECLARED: [(&str, &str); 7] = [
    ("", "direct"),
    ("amq.direct", "direct"),
    ("amq.fanout", "fanout"),
    ("amq.headers", "headers"),
    ("amq.match", "headers"),
    ("amq.rabbitmq.trace", "topic"),
    ("amq.topic", "topic"),
];

/// What a virtual host shares with its node.
#[derive(Clone)]
pub struct Shared {
    /// Name of the node.
    pub node: Arc<str>,
    /// Pages of all queues.
    pub vault: Arc<PageMemory>,
    /// Where changes are written.
    pub journal: Journal,
    /// How often queues come and go.
    pub churn: Arc<Churn>,
    /// The time.
    pub clock: Arc<Clock>,
    /// What waits for a time.
    pub timers: Arc<Timers>,
    /// The last queue number given.
    pub queue_ids: Arc<AtomicU64>,
    /// Kind of queues that are declared without one, where a virtual host has no other default.
    pub default_queue_type: Option<QueueKind>,
    /// Kinds of queues that may not be declared.
    pub disabled_kinds: Vec<QueueKind>,
    /// What exchanges choose by.
    pub randomness: Arc<Randomness>,
}

/// A virtual host.
pub struct VHost {
    /// Its name.
    pub name: Arc<str>,
    definition: RwLock<VHostDefinition>,
    pub(crate) limits: RwLock<Option<Limits>>,
    pub(crate) topology: RwLock<Topology>,
    /// Moves with every change of the topology: a route found before may not hold after.
    pub(crate) epoch: AtomicU64,
    /// Position of the last recorded change of the topology. Whoever finds a thing that is there already waits for
    /// it: the record that made the thing may not be durable yet.
    recorded: AtomicU64,
    pub(crate) shared: Shared,
    /// What its queues share.
    pub(crate) home: Arc<QueueContext>,
}

impl VHost {
    /// A virtual host with the predeclared exchanges.
    pub fn new(definition: VHostDefinition, shared: Shared) -> Arc<Self> {
        let mut topology = Topology::default();
        for (name, kind) in PREDECLARED {
            let settings = ExchangeSettings {
                kind: kind.to_owned(),
                durable: true,
                internal: name == "amq.rabbitmq.trace",
                ..ExchangeSettings::default()
            };
            // The types are built in, so this cannot be refused.
            let _ = topology.add_exchange(name.into(), settings, None);
        }
        let name = Arc::from(definition.name.as_str());
        let (definition, topology) = (RwLock::new(definition), RwLock::new(topology));
        let (epoch, recorded) = (AtomicU64::new(1), AtomicU64::new(0));
        Arc::new_cyclic(|me| {
            let home = Arc::new(QueueContext {
                memory: Arc::clone(&shared.vault),
                clock: Arc::clone(&shared.clock),
                timers: Arc::clone(&shared.timers),
                vhost: me.clone(),
            });
            Self { name, definition, limits: RwLock::default(), topology, epoch, recorded, shared, home }
        })
    }

    /// Its limits; none at all if it was given none.
    pub fn limits(&self) -> Limits {
        self.given_limits().unwrap_or_default()
    }

    /// The limits that it was given, if it was.
    pub fn given_limits(&self) -> Option<Limits> {
        self.limits.read().clone()
    }

    /// Its definition.
    pub fn definition(&self) -> VHostDefinition {
        self.definition.read().clone()
    }

    /// Changes its definition.
    pub(crate) fn redefine(&self, definition: VHostDefinition) {
        *self.definition.write() = definition;
    }

    /// Its exchanges, queues and bindings, for reading.
    pub fn topology(&self) -> RwLockReadGuard<'_, Topology> {
        self.topology.read()
    }

    /// Moves with every change of the topology.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// The queues that a message goes to from `exchange` under `keys`: the one that it was published with, and more that
    /// it may have. `properties` are its own, as on the wire.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such exchange.
    pub fn route(&self, exchange: &str, keys: &[&str], properties: &[u8]) -> Result<Route, Error> {
        let topology = self.topology.read();
        let exchange = topology.exchange(exchange, &self.name)?;
        let random = self.shared.randomness.draw();
        Ok(topology.route(exchange, &Addressed { keys, properties, random }))
    }

    /// The queue of that name.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is none.
    pub fn queue(&self, name: &str) -> Result<Arc<Queue>, Error> {
        let topology = self.topology.read();
        topology.queues.get(name).cloned().ok_or_else(|| Error::queue_not_found(name, &self.name))
    }

    /// The queue of that name, for the use of connection `user`.
    ///
    /// # Errors
    /// `NOT_FOUND`, or `RESOURCE_LOCKED` if it is exclusive to another connection.
    pub fn queue_for(&self, name: &str, user: u64) -> Result<Arc<Queue>, Error> {
        let queue = self.queue(name)?;
        match queue.settings.exclusive_owner {
            Some(owner) if owner != user => Err(Error::resource_locked(name, &self.name)),
            _ => Ok(queue),
        }
    }

    /// Declares an exchange (AMQP 0-9-1, `exchange.declare`). The value tells whether it is new.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for reserved names, `PRECONDITION_FAILED` where one exists with other settings, for an unknown
    /// type and for arguments that the type does not understand.
    pub fn declare_exchange(&self, name: &str, settings: ExchangeSettings) -> Result<Durable<bool>, Error> {
        exchanges::check_type(&settings.kind)?;
        let mut topology = self.topology.write();
        if let Some(exchange) = topology.exchanges.get(name) {
            exchange.assert_equivalent(&settings, &self.name)?;
            return self.unchanged(settings.durable, false);
        }
        if name.starts_with("amq.") {
            return Err(Error::reserved_exchange_name(name));
        }
        settings.check_arguments(name, &self.name)?;
        let store =
            Keeper::is_needed(&settings).then(|| self.shared.queue_ids.fetch_add(1, Ordering::Relaxed) + 1);
        let change = Change::PutExchange(self.exchange_definition(name, &settings, store));
        let changes = if settings.durable { std::slice::from_ref(&change) } else { &[] };
        self.check_journal(changes)?;
        let keeper = self.keeper(name, &settings, store);
        topology.add_exchange(name.into(), settings, keeper)?;
        self.changed(changes, true).inspect_err(|_| drop(topology.remove_exchange(name)))
    }

    /// Deletes an exchange (AMQP 0-9-1, `exchange.delete`); that there is none is no error. The value tells whether
    /// there was one.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for predeclared ones, `PRECONDITION_FAILED` with `if_unused` where it has bindings.
    pub fn delete_exchange(&self, name: &str, if_unused: bool) -> Result<Durable<bool>, Error> {
        let mut topology = self.topology.write();
        if name.is_empty() {
            return Err(Error::default_exchange());
        }
        if PREDECLARED.iter().any(|(reserved, _)| *reserved == name) {
            return Err(Error::system_exchange(name, &self.name));
        }
        let Some(exchange) = topology.exchanges.get(name) else { return Ok(Durable::now(false)) };
        if if_unused && topology.has_bindings_from(&exchange.name) {
            return Err(Error::exchange_in_use(name, &self.name));
        }
        let mut changes = Vec::new();
        self.drop_exchange(&mut topology, name, &mut changes);
        self.changed(&changes, true)
    }

    /// Declares a queue (AMQP 0-9-1, `queue.declare`). The value is the queue and whether it is new.
    ///
    /// # Errors
    /// `RESOURCE_LOCKED` where one is exclusive to another connection, `PRECONDITION_FAILED` where one exists with
    /// other settings or an argument is bad, `ACCESS_REFUSED` for reserved names. `server_named` says that the broker made the name.
    pub fn declare_queue(
        &self,
        name: &str,
        mut settings: QueueSettings,
        server_named: bool,
    ) -> Result<Durable<(Arc<Queue>, bool)>, Error> {
        self.add_default_type(&mut settings, server_named);
        arguments::check(name, &self.name, &settings, server_named)?;
        let mut topology = self.topology.write();
        if let Some(queue) = topology.queues.get(name) {
            queue.assert_equivalent(&settings)?;
            queue.touch();
            self.shared.churn.queue_declared.add();
            return self.unchanged(queue.is_durable(), (Arc::clone(queue), false));
        }
        if name.starts_with("amq.") && !server_named {
            return Err(Error::reserved_queue_name(name));
        }
        let kind = kind_of(&settings.arguments);
        if self.shared.disabled_kinds.contains(&kind) {
            return Err(Error::queue_type_disabled(name, &self.name, kind.as_str(), &self.shared.node));
        }
        self.check_queue_limit(&topology, name)?;
        let id = self.shared.queue_ids.fetch_add(1, Ordering::Relaxed) + 1;
        let durable = settings.durable && settings.exclusive_owner.is_none();
        let changes: Vec<_> = durable
            .then(|| {
                Change::PutQueue(QueueDefinition {
                    vhost: self.name.to_string(),
                    name: name.to_owned(),
                    id,
                    auto_delete: settings.auto_delete,
                    arguments: settings.arguments.clone(),
                })
            })
            .into_iter()
            .collect();
        self.check_journal(&changes)?;
        let queue = self.insert_queue(&mut topology, id, name, settings);
        let declared =
            self.changed(&changes, (queue, true)).inspect_err(|_| drop(topology.remove_queue(name)))?;
        self.shared.churn.queue_declared.add();
        self.shared.churn.queue_created.add();
        Ok(declared)
    }

    /// Names the kind of a queue that says nothing about it, if the virtual host or the node has a default. A queue that
    /// cannot be of that kind is a classic one (RabbitMQ, default queue type).
    fn add_default_type(&self, settings: &mut QueueSettings, server_named: bool) {
        if settings.arguments.get(QUEUE_TYPE).is_some() {
            return;
        }
        let own = self.definition.read().default_queue_type.as_deref().and_then(QueueKind::from_name);
        let Some(kind) = own.or(self.shared.default_queue_type) else { return };
        let (durable, exclusive) = (settings.durable, settings.exclusive_owner.is_some());
        let suits = kind.takes(durable, exclusive, settings.auto_delete || server_named);
        let kind = if suits { kind } else { QueueKind::Classic };
        settings.arguments.insert(QUEUE_TYPE, kind.as_str());
    }

    fn check_queue_limit(&self, topology: &Topology, name: &str) -> Result<(), Error> {
        match self.limits().get(MAX_QUEUES) {
            Some(limit) if topology.queues.len() as u64 >= limit => {
                Err(Error::vhost_queue_limit(name, &self.name, limit))
            }
            _ => Ok(()),
        }
    }

    /// Deletes a queue (AMQP 0-9-1, `queue.delete`). The value is the number of messages that went with it. Its
    /// consumers are told.
    ///
    /// # Errors
    /// `NOT_FOUND`; `PRECONDITION_FAILED` if a condition does not hold.
    pub fn delete_queue(
        &self,
        queue: &Queue,
        if_unused: bool,
        if_empty: bool,
    ) -> Result<Durable<u64>, Error> {
        let mut topology = self.topology.write();
        if topology.queues.get(&queue.name).is_none_or(|found| found.id != queue.id) {
            return Err(Error::queue_not_found(&queue.name, &self.name));
        }
        if queue.is_durable() {
            self.shared.journal.check()?;
        }
        let (count, consumers) = queue.delete(if_unused, if_empty)?;
        self.shared.churn.queue_deleted.add();
        let mut changes = Vec::new();
        if let Some((queue, gone)) = topology.remove_queue(&queue.name) {
            if queue.is_durable() {
                let (vhost, name) = (self.name.to_string(), queue.name.to_string());
                changes.push(Change::DeleteQueue { vhost, name, id: queue.id });
            }
            self.drop_unused_sources(&mut topology, &gone, &mut changes);
        }
        let durable = self.changed(&changes, count);
        drop(topology);
        consumers.iter().for_each(|consumer| consumer.tell_cancelled(&self.shared.journal));
        durable
    }

    /// Binds (AMQP 0-9-1, `queue.bind`; RabbitMQ, `exchange.bind`). The value tells whether the binding is new.
    ///
    /// # Errors
    /// `NOT_FOUND` where source or destination is missing, `ACCESS_REFUSED` for the default exchange, what the
    /// source's type refuses.
    pub fn bind(&self, binding: Binding) -> Result<Durable<bool>, Error> {
        let mut topology = self.topology.write();
        let durable = self.check_ends(&topology, &binding)?;
        let change = Change::PutBinding(self.binding_definition(&binding));
        let changes = if durable { std::slice::from_ref(&change) } else { &[] };
        self.check_journal(changes)?;
        if !topology.bind(binding.clone())? {
            return self.unchanged(durable, false);
        }
        self.changed(changes, true).inspect_err(|_| drop(topology.unbind(&binding)))
    }

    /// Takes a binding back (AMQP 0-9-1, `queue.unbind`); that there is none, or nothing to bind, is no error. The
    /// value tells whether there was one.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for the default exchange.
    pub fn unbind(&self, binding: &Binding) -> Result<Durable<bool>, Error> {
        let mut topology = self.topology.write();
        let durable = match self.check_ends(&topology, binding) {
            Err(Error::NotFound(_)) => return Ok(Durable::now(false)),
            durable => durable?,
        };
        let Some(gone) = topology.unbind(binding) else { return Ok(Durable::now(false)) };
        let mut changes = Vec::new();
        if durable {
            changes.push(Change::DeleteBinding(self.binding_definition(binding)));
        }
        self.drop_unused_sources(&mut topology, &[gone], &mut changes);
        self.changed(&changes, true)
    }

    /// Ends all queues: the virtual host is deleted.
    pub(crate) fn close(&self) {
        let mut queues: Vec<_> = self.topology.write().queues.drain().map(|(_, queue)| queue).collect();
        queues.extend(self.keeping_queues());
        self.epoch.fetch_add(1, Ordering::Release);
        for queue in queues {
            if let Ok((_, consumers)) = queue.delete(false, false) {
                consumers.iter().for_each(|consumer| consumer.tell_cancelled(&self.shared.journal));
            }
        }
    }

    pub(crate) fn insert_queue(
        &self,
        topology: &mut Topology,
        id: u64,
        name: &str,
        settings: QueueSettings,
    ) -> Arc<Queue> {
        let name: Arc<str> = name.into();
        let home = Arc::clone(&self.home);
        let queue = Queue::new(id, Arc::clone(&self.name), Arc::clone(&name), settings, home);
        if let Some(effective) = topology.policies.effective(&queue.name, Object::Queue(queue.kind)) {
            // There is nothing in it yet that the policy could have an effect on.
            queue.apply_policy(Some(Arc::new(effective)), &mut Effects::new(self.shared.journal.clone()));
        }
        topology.queues.insert(name, Arc::clone(&queue));
        queue
    }

    /// Whether both ends are there, and whether both are durable.
    pub(crate) fn check_ends(&self, topology: &Topology, binding: &Binding) -> Result<bool, Error> {
        let source_is_default = binding.source.is_empty();
        let destination_is_default =
            matches!(&binding.destination, Destination::Exchange(name) if name.is_empty());
        if source_is_default || destination_is_default {
            return Err(Error::default_exchange());
        }
        let source = topology.exchange(&binding.source, &self.name)?;
        let durable = match &binding.destination {
            Destination::Exchange(name) => topology.exchange(name, &self.name)?.settings.durable,
            Destination::Queue(name) => {
                let queue = topology.queues.get(name);
                queue.ok_or_else(|| Error::queue_not_found(name, &self.name))?.is_durable()
            }
        };
        Ok(durable && source.settings.durable)
    }

    fn drop_exchange(&self, topology: &mut Topology, name: &str, changes: &mut Vec<Change>) {
        let Some(exchange) = topology.exchanges.get(name) else { return };
        if exchange.settings.durable {
            let (vhost, name) = (self.name.to_string(), name.to_owned());
            changes.push(Change::DeleteExchange { vhost, name, store: exchange.store() });
        }
        let gone = topology.remove_exchange(name);
        self.drop_unused_sources(topology, &gone, changes);
    }

    /// Auto-delete exchanges go with their last binding (AMQP 0-9-1, `exchange.declare.auto-delete`).
    fn drop_unused_sources(&self, topology: &mut Topology, gone: &[Arc<Binding>], changes: &mut Vec<Change>) {
        for binding in gone {
            let auto_delete =
                topology.exchanges.get(&binding.source).is_some_and(|source| source.settings.auto_delete);
            if auto_delete && !topology.has_bindings_from(&binding.source) {
                self.drop_exchange(topology, &binding.source, changes);
            }
        }
    }

    /// Ends a change: caches must look again, and the log gets it. Called with the topology's lock held.
    fn changed<T>(&self, changes: &[Change], value: T) -> Result<Durable<T>, Error> {
        self.epoch.fetch_add(1, Ordering::Release);
        let recorded = self.shared.journal.record(changes)?.map(|()| value);
        if let Some(position) = recorded.position {
            self.recorded.fetch_max(position.get(), Ordering::Relaxed);
        }
        Ok(recorded)
    }

    /// Ends what changed nothing, because it was so before. Called with the topology's lock held.
    fn unchanged<T>(&self, durable: bool, value: T) -> Result<Durable<T>, Error> {
        if !durable {
            return Ok(Durable::now(value));
        }
        self.shared.journal.check()?;
        let recorded = self.recorded.load(Ordering::Relaxed);
        Ok(Durable { value, position: (recorded > 0).then(|| Position::new(recorded)) })
    }

    fn check_journal(&self, changes: &[Change]) -> Result<(), Error> {
        if changes.is_empty() { Ok(()) } else { self.shared.journal.check() }
    }
}
