//! Virtual hosts: each has exchanges, queues and bindings of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::{RwLock, RwLockReadGuard};

use crate::churn::Churn;
use crate::clock::Clock;
use crate::deprecated_features::DeprecatedFeature;
use crate::effects::Effects;
use crate::exchanges::Addressed;
use crate::log::LogHandle;
use crate::policies::Object;
use crate::queues::{PageMemory, Queue, QueueContext, QueueHost, QueueKind, QueueSettings};
use crate::randomness::Randomness;
use crate::timers::Timers;
use crate::topology::Counts;
use crate::topology::exchange::ExchangeSettings;
use crate::topology::limits::NodeLimits;
use crate::topology::{Route, Topology};
use warren_model::change::VHostDefinition;
use warren_model::error::Error;
use warren_model::limits::Limits;

/// What exists in every virtual host from its beginning.
pub(crate) static PREDECLARED: LazyLock<[(&str, ExchangeSettings); 7]> = LazyLock::new(|| {
    [
        ("", "direct"),
        ("amq.direct", "direct"),
        ("amq.fanout", "fanout"),
        ("amq.headers", "headers"),
        ("amq.match", "headers"),
        ("amq.rabbitmq.trace", "topic"),
        ("amq.topic", "topic"),
    ]
    .map(|(name, kind)| {
        let internal = name == "amq.rabbitmq.trace";
        let settings =
            ExchangeSettings { kind: kind.into(), durable: true, internal, ..ExchangeSettings::default() };
        (name, settings)
    })
});

/// The settings of an exchange that exists from the beginning.
pub(crate) fn predeclared(name: &str) -> Option<&'static ExchangeSettings> {
    PREDECLARED.iter().find(|(own, _)| *own == name).map(|(_, settings)| settings)
}

/// Whether an exchange of that name exists from the beginning.
pub(crate) fn is_predeclared(name: &str) -> bool {
    predeclared(name).is_some()
}

/// What a virtual host shares with its node.
#[derive(Clone)]
pub struct Shared {
    /// Name of the node.
    pub node: Arc<str>,
    /// Pages of all queues.
    pub page_memory: Arc<PageMemory>,
    /// Where changes are written.
    pub log_handle: LogHandle,
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
    /// How much there may be of what.
    pub(crate) limits: NodeLimits,
    /// How much there is in all virtual hosts.
    pub(crate) counts: Arc<Counts>,
    /// Deprecated features that are denied.
    pub(crate) denied: Vec<DeprecatedFeature>,
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
    pub(crate) recorded: AtomicU64,
    pub(crate) shared: Shared,
    /// What its queues share.
    pub(crate) context: Arc<QueueContext>,
    pub(crate) me: Weak<VHost>,
}

impl VHost {
    /// A virtual host with the predeclared exchanges.
    pub fn new(definition: VHostDefinition, shared: Shared) -> Arc<Self> {
        let mut topology = Topology::counted(Arc::clone(&shared.counts));
        for (name, settings) in &*PREDECLARED {
            // The types are built in, so this cannot be refused.
            let _ = topology.add_exchange((*name).into(), settings.clone(), None);
        }
        let name = Arc::from(definition.name.as_str());
        let (definition, topology) = (RwLock::new(definition), RwLock::new(topology));
        let (epoch, recorded) = (AtomicU64::new(1), AtomicU64::new(0));
        Arc::new_cyclic(|me: &Weak<Self>| {
            let host: Weak<dyn QueueHost> = me.clone();
            let context = Arc::new(QueueContext {
                memory: Arc::clone(&shared.page_memory),
                clock: Arc::clone(&shared.clock),
                timers: Arc::clone(&shared.timers),
                host: Some(host),
            });
            Self {
                name,
                definition,
                limits: RwLock::default(),
                topology,
                epoch,
                recorded,
                shared,
                context,
                me: me.clone(),
            }
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

    pub(crate) fn insert_queue(&self, topology: &mut Topology, id: u64, name: &str, settings: QueueSettings) {
        let context = Arc::clone(&self.context);
        let queue = Queue::new(id, Arc::clone(&self.name), name.into(), settings, context);
        if let Some(effective) = topology.policies.effective(&queue.name, Object::Queue(queue.kind)) {
            // There is nothing in it yet that the policy could have an effect on.
            queue.apply_policy(Some(Arc::new(effective)), &mut Effects::new(self.shared.log_handle.clone()));
        }
        topology.add_queue(&queue);
    }
}
