//! The inside of a virtual host as it would be.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use super::Verdict;
use crate::queues::{QueueKind, QueueSettings};
use crate::state::decide::command::TopologyCommand;
use crate::topology::exchange::ExchangeSettings;
use crate::topology::vhosts::{PREDECLARED, Shared, VHost, predeclared};
use crate::topology::{BindingId, Topology};
use warren_model::binding::{Binding, Destination};
use warren_model::change::{BindingDefinition, Change, VHostDefinition};
use warren_model::error::Error;
use warren_model::limits::Limits;

/// See the module's description.
pub(crate) struct VHostDraft<'s> {
    pub(super) vhost: &'s str,
    pub(super) shared: &'s Shared,
    /// `None` for one that is not there yet.
    pub(super) topology: Option<&'s Topology>,
    pub(super) limits: Limits,
    pub(super) default_queue_type: Option<QueueKind>,
    exchanges: HashMap<String, ExchangeSettings>,
    queues: HashMap<String, QueueSettings>,
    bindings: HashSet<BindingId>,
    pub(super) changes: Vec<Change>,
}

impl<'s> VHostDraft<'s> {
    /// That of a virtual host, whose topology must be held until the changes are made.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if it is being deleted.
    pub(crate) fn of(vhost: &'s VHost, topology: &'s Topology) -> Result<Self, Error> {
        if topology.closed {
            return Err(Error::vhost_not_found(&vhost.name));
        }
        let definition = vhost.definition();
        Ok(Self {
            topology: Some(topology),
            limits: vhost.limits(),
            ..Self::of_new(&vhost.name, &definition, &vhost.shared)
        })
    }

    /// Its limits are not those that it has, but these, which were decided with the rest.
    pub(crate) fn limited(self, limits: Option<Limits>) -> Self {
        Self { limits: limits.unwrap_or(self.limits), ..self }
    }

    /// That of a virtual host that is not there yet.
    pub(crate) fn of_new(vhost: &'s str, definition: &VHostDefinition, shared: &'s Shared) -> Self {
        let own = definition.default_queue_type.as_deref().and_then(QueueKind::from_name);
        Self {
            vhost,
            shared,
            topology: None,
            limits: Limits::default(),
            default_queue_type: own.or(shared.default_queue_type),
            exchanges: HashMap::new(),
            queues: HashMap::new(),
            bindings: HashSet::new(),
            changes: Vec::new(),
        }
    }

    /// Holds a command against it.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn decide(&mut self, command: &TopologyCommand) -> Result<Verdict, Error> {
        match command {
            TopologyCommand::DeclareExchange { name, settings } => self.declare_exchange(name, settings),
            TopologyCommand::DeleteExchange { name, if_unused } => self.delete_exchange(name, *if_unused),
            TopologyCommand::DeclareQueue { name, settings, server_named } => {
                self.declare_queue(name, settings, *server_named)
            }
            TopologyCommand::DeleteQueue { name, id, .. } => self.delete_queue(name, *id),
            TopologyCommand::Bind(binding) => self.bind(binding),
            TopologyCommand::Unbind(binding) => self.unbind(binding),
        }
    }

    /// What was decided.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// The exchange of that name.
    pub(super) fn exchange(&self, name: &str) -> Option<&ExchangeSettings> {
        let live = || Some(&self.topology?.exchanges.get(name)?.settings);
        self.exchanges.get(name).or_else(live).or_else(|| match self.topology {
            None => predeclared(name),
            Some(_) => None,
        })
    }

    /// The queue of that name.
    pub(super) fn queue(&self, name: &str) -> Option<&QueueSettings> {
        let live = || Some(&self.topology?.queues.get(name)?.settings);
        self.queues.get(name).or_else(live)
    }

    /// Whether a binding is there.
    pub(super) fn has_binding(&self, binding: &Binding) -> bool {
        let id = BindingId::from(binding);
        self.bindings.contains(&id) || self.topology.is_some_and(|topology| topology.has_binding(&id))
    }

    /// Queues in it, and in all virtual hosts.
    pub(super) fn count_queues(&self) -> (u64, u64) {
        let new = self.queues.len() as u64;
        let own = self.topology.map_or(0, |topology| topology.queues.len() as u64);
        (own + new, self.shared.counts.queues.load(Ordering::Relaxed) + new)
    }

    /// Exchanges in all virtual hosts.
    pub(super) fn count_exchanges(&self) -> u64 {
        let predeclared = if self.topology.is_none() { PREDECLARED.len() } else { 0 };
        self.shared.counts.exchanges.load(Ordering::Relaxed) + (self.exchanges.len() + predeclared) as u64
    }

    /// The next number of a queue.
    pub(super) fn next_queue_id(&self) -> u64 {
        self.shared.queue_ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn add_exchange(&mut self, name: &str, settings: &ExchangeSettings) {
        self.exchanges.insert(name.to_owned(), settings.clone());
    }

    pub(super) fn add_queue(&mut self, name: &str, settings: &QueueSettings) {
        self.queues.insert(name.to_owned(), settings.clone());
    }

    pub(super) fn add_binding(&mut self, binding: &Binding, durable: bool) {
        self.bindings.insert(BindingId::from(binding));
        let definition = self.binding_definition(binding, durable);
        self.changes.push(Change::PutBinding(definition));
    }

    /// A binding as changes have it.
    pub(super) fn binding_definition(&self, binding: &Binding, durable: bool) -> BindingDefinition {
        BindingDefinition::of(self.vhost, binding, durable)
    }

    /// Whether both ends of a binding are there, and whether both outlive the node.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for the default exchange, `NOT_FOUND` for an end that is missing.
    pub(super) fn ends_of(&self, binding: &Binding) -> Result<bool, Error> {
        let to_default = matches!(&binding.destination, Destination::Exchange(name) if name.is_empty());
        if binding.source.is_empty() || to_default {
            return Err(Error::default_exchange());
        }
        let exchange = |name: &str| {
            let found = self.exchange(name).ok_or_else(|| Error::exchange_not_found(name, self.vhost));
            found.map(|settings| settings.durable)
        };
        let source = exchange(&binding.source)?;
        let destination = match &binding.destination {
            Destination::Exchange(name) => exchange(name)?,
            Destination::Queue(name) => {
                let queue = self.queue(name).ok_or_else(|| Error::queue_not_found(name, self.vhost))?;
                queue.is_durable()
            }
        };
        Ok(source && destination)
    }
}
