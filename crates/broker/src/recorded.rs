//! A virtual host's part in the log: changes that are read back, and the definitions that make it from nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bindings::{Binding, Destination};
use crate::definitions::{BindingDefinition, Change, ExchangeDefinition, QueueDefinition};
use crate::exchange::{Exchange, ExchangeSettings};
use crate::queues::QueueSettings;
use crate::topology::Topology;
use crate::vhosts::{PREDECLARED, VHost};

impl VHost {
    /// Applies a recorded change; what it refers to and is not there any more is passed over.
    pub(crate) fn apply(&self, change: &Change) {
        let mut topology = self.topology.write();
        match change {
            Change::PutExchange(definition) => {
                let settings = ExchangeSettings {
                    kind: definition.kind.clone(),
                    durable: true,
                    auto_delete: definition.auto_delete,
                    internal: definition.internal,
                    arguments: definition.arguments.clone(),
                };
                self.restore_exchange(&mut topology, &definition.name, settings, definition.store);
            }
            Change::DeleteExchange { name, store, .. } => {
                // A checkpoint may know a later exchange of that name already, with the messages that it keeps.
                match topology.exchanges.get(name.as_str()) {
                    Some(later) if later.store() > *store => topology.unbind_exchange(name),
                    _ => drop(topology.remove_exchange(name)),
                }
            }
            Change::PutQueue(definition) => {
                let settings = QueueSettings {
                    durable: true,
                    auto_delete: definition.auto_delete,
                    arguments: definition.arguments.clone(),
                    ..QueueSettings::default()
                };
                self.shared.queue_ids.fetch_max(definition.id, Ordering::Relaxed);
                // A checkpoint may know a later queue of that name already.
                if topology.queues.get(definition.name.as_str()).is_none_or(|queue| queue.id < definition.id)
                {
                    topology.remove_queue(&definition.name);
                    self.insert_queue(&mut topology, definition.id, &definition.name, settings);
                }
            }
            Change::DeleteQueue { name, id, .. } => match topology.queues.get(name.as_str()) {
                // A checkpoint may know a later queue of that name already; what led to the earlier one is gone.
                Some(later) if later.id != *id => {
                    topology.remove_bindings_to(&Destination::Queue(name.as_str().into()));
                }
                _ => drop(topology.remove_queue(name)),
            },
            Change::PutBinding(definition) => {
                let binding = binding_of(definition);
                if self.check_ends(&topology, &binding).is_ok()
                    && let Err(error) = topology.bind(binding)
                {
                    tracing::warn!(source = definition.source, %error, "cannot restore binding");
                }
            }
            Change::DeleteBinding(definition) => {
                if let Some(gone) = topology.unbind(&binding_of(definition)) {
                    tracing::trace!(source = %gone.source, "binding removed");
                }
            }
            Change::PutVhostLimits { limits, .. } => *self.limits.write() = Some(limits.clone()),
            Change::DeleteVhostLimits { .. } => *self.limits.write() = None,
            change => topology.change_policies(change),
        }
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Changes that make the virtual host's durable things from nothing.
    pub(crate) fn definitions(&self, changes: &mut Vec<Change>) {
        let topology = self.topology.read();
        let vhost = || self.name.to_string();
        topology.policy_changes(changes);
        let limits = self.given_limits();
        changes.extend(limits.map(|limits| Change::PutVhostLimits { vhost: vhost(), limits }));
        for exchange in topology.exchanges.values().filter(|exchange| exchange.settings.durable) {
            if PREDECLARED.iter().all(|(name, _)| **name != *exchange.name) {
                let definition =
                    self.exchange_definition(&exchange.name, &exchange.settings, exchange.store());
                changes.push(Change::PutExchange(definition));
            }
        }
        for queue in topology.queues.values().filter(|queue| queue.is_durable()) {
            changes.push(Change::PutQueue(QueueDefinition {
                vhost: vhost(),
                name: queue.name.to_string(),
                id: queue.id,
                auto_delete: queue.settings.auto_delete,
                arguments: queue.settings.arguments.clone(),
            }));
        }
        for binding in topology.bindings() {
            if self.check_ends(&topology, binding).unwrap_or(false) {
                changes.push(Change::PutBinding(self.binding_definition(binding)));
            }
        }
    }

    /// Adds an exchange that was recorded. One that is there already, because a checkpoint knows it, keeps its bindings
    /// and its messages.
    fn restore_exchange(
        &self,
        topology: &mut Topology,
        name: &str,
        settings: ExchangeSettings,
        store: Option<u64>,
    ) {
        self.shared.queue_ids.fetch_max(store.unwrap_or_default(), Ordering::Relaxed);
        let is_known = |exchange: &Exchange| {
            exchange.store() > store || (exchange.store() == store && exchange.settings == settings)
        };
        if topology.exchanges.get(name).is_some_and(is_known) {
            return;
        }
        topology.remove_exchange(name);
        let state = self.make_exchange_state(name, &settings, store);
        if let Err(error) = topology.add_exchange(name.into(), settings, state) {
            tracing::warn!(exchange = name, %error, "cannot restore exchange");
        }
    }

    pub(crate) fn exchange_definition(
        &self,
        name: &str,
        settings: &ExchangeSettings,
        store: Option<u64>,
    ) -> ExchangeDefinition {
        ExchangeDefinition {
            vhost: self.name.to_string(),
            name: name.to_owned(),
            kind: settings.kind.clone(),
            auto_delete: settings.auto_delete,
            internal: settings.internal,
            store,
            arguments: settings.arguments.clone(),
        }
    }

    pub(crate) fn binding_definition(&self, binding: &Binding) -> BindingDefinition {
        let (destination_type, destination) = match &binding.destination {
            Destination::Queue(name) => ("queue", name),
            Destination::Exchange(name) => ("exchange", name),
        };
        BindingDefinition {
            vhost: self.name.to_string(),
            source: binding.source.to_string(),
            destination: destination.to_string(),
            destination_type: destination_type.to_owned(),
            routing_key: binding.routing_key.to_string(),
            arguments: binding.arguments.clone(),
        }
    }
}

fn binding_of(definition: &BindingDefinition) -> Binding {
    let name = Arc::from(definition.destination.as_str());
    Binding {
        source: definition.source.as_str().into(),
        destination: match definition.destination_type.as_str() {
            "exchange" => Destination::Exchange(name),
            _ => Destination::Queue(name),
        },
        routing_key: definition.routing_key.as_str().into(),
        arguments: definition.arguments.clone(),
    }
}
