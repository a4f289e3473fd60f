//! Making a change in memory. It was checked when it was decided, so that it cannot fail; a start makes those that it reads
//! from the log in the same way.
//!
//! A checkpoint may know of later changes than those that are read after it. So what refers to something that is not there any more is
//! passed over, and what a later thing has replaced does not come back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Aftermath;
use crate::state::node::broker::Broker;
use crate::state::node::describe;
use crate::topology::Topology;
use crate::topology::exchange::Exchange;
use crate::topology::vhosts::VHost;
use warren_model::binding::Destination;
use warren_model::change::{BindingDefinition, Change, ExchangeDefinition, QueueDefinition, VHostDefinition};
use warren_model::error::Error;
use warren_model::limits::Limits;

impl Broker {
    /// Makes one change.
    pub(crate) fn apply(&self, change: &Change, aftermath: &mut Aftermath) {
        match change {
            Change::PutUser(user) => self.users.put(user.clone()),
            Change::DeleteUser { name } => self.remove_user(name),
            Change::PutPermission(entry) => self.permissions.put(entry.clone()),
            Change::DeletePermission { user, vhost } => drop(self.permissions.remove(user, vhost)),
            Change::PutVhost(definition) => self.put_vhost(definition),
            Change::DeleteVhost { name } => {
                if let Some(vhost) = self.vhost(name) {
                    vhost.close(&mut vhost.topology.write(), aftermath);
                }
                self.forget_vhost(name);
            }
            Change::PutUserLimits { user, limits } => self.user_limits.put(user, limits.clone()),
            Change::PutTopicPermission(entry) => self.topic_permissions.put(entry.clone()),
            Change::DeleteTopicPermission { user, vhost, exchange } => {
                self.topic_permissions.remove(user, vhost, exchange.as_deref());
            }
            Change::PutGlobalParameter { name, value } => self.global_parameters.put(name, value.clone()),
            Change::DeleteGlobalParameter { name } => self.global_parameters.remove(name),
            Change::Reset => self.clear(aftermath),
            inside => self.apply_inside(inside, aftermath),
        }
    }

    fn apply_inside(&self, change: &Change, aftermath: &mut Aftermath) {
        let Some(name) = change.vhost() else { return };
        match self.vhost(name) {
            Some(vhost) => vhost.apply(&mut vhost.topology.write(), change, aftermath),
            None => tracing::warn!(vhost = name, "a change belongs to a virtual host that is not there"),
        }
    }

    fn put_vhost(&self, definition: &VHostDefinition) {
        let mut vhosts = self.vhosts.write();
        match vhosts.get(definition.name.as_str()) {
            Some(vhost) => vhost.redefine(definition.clone()),
            None => {
                let vhost = VHost::new(definition.clone(), self.shared.clone());
                vhosts.insert(Arc::clone(&vhost.name), vhost);
            }
        }
    }

    /// Connections end with their user, or its consumers would go on taking messages.
    fn remove_user(&self, name: &str) {
        self.users.remove(name);
        self.permissions.remove_user(name);
        self.topic_permissions.remove_user(name);
        self.user_limits.put(name, Limits::default());
        let reason = Error::ConnectionForced(format!("user '{name}' was deleted"));
        self.connections.close_where(&reason, |connection| *connection.user == *name);
    }

    /// Forgets a virtual host that is closed, and all that refers to it.
    pub(crate) fn forget_vhost(&self, name: &str) {
        let removed = self.vhosts.write().remove(name);
        self.permissions.remove_vhost(name);
        self.topic_permissions.remove_vhost(name);
        if removed.is_some() {
            let reason = Error::ConnectionForced(format!("vhost '{name}' is deleted"));
            self.connections.close_where(&reason, |connection| *connection.vhost == *name);
        }
    }

    fn clear(&self, aftermath: &mut Aftermath) {
        for vhost in std::mem::take(&mut *self.vhosts.write()).into_values() {
            vhost.close(&mut vhost.topology.write(), aftermath);
        }
        self.users.clear();
        self.permissions.clear();
        self.topic_permissions.clear();
        self.user_limits.clear();
        self.global_parameters.clear();
    }
}

impl VHost {
    /// Makes one change inside.
    pub(crate) fn apply(&self, topology: &mut Topology, change: &Change, aftermath: &mut Aftermath) {
        match change {
            Change::PutExchange(definition) => self.put_exchange(topology, definition),
            Change::DeleteExchange { name, store, .. } => {
                match topology.exchanges.get(name.as_str()) {
                    // A later one, with the messages that it keeps.
                    Some(later) if later.store() > *store => topology.unbind_exchange(name),
                    _ => drop(topology.remove_exchange(name)),
                }
            }
            Change::PutQueue(definition) => self.put_queue(topology, definition),
            Change::DeleteQueue { name, id, .. } => match topology.queues.get(name.as_str()) {
                // A later one; what led to the earlier one is gone.
                Some(later) if later.id != *id => {
                    topology.remove_bindings_to(&Destination::Queue(name.as_str().into()));
                }
                _ => {
                    if let Some((queue, _)) = topology.remove_queue(name) {
                        aftermath.queue_deleted(queue.delete());
                    }
                }
            },
            Change::PutBinding(definition) => self.put_binding(topology, definition),
            Change::DeleteBinding(definition) => drop(topology.unbind(&definition.binding())),
            Change::PutVhostLimits { limits, .. } => *self.limits.write() = Some(limits.clone()),
            Change::DeleteVhostLimits { .. } => *self.limits.write() = None,
            change => topology.change_policies(change),
        }
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Ends it: nothing can be declared any more, and its queues go.
    pub(crate) fn close(&self, topology: &mut Topology, aftermath: &mut Aftermath) {
        aftermath.closed.extend(topology.close());
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Adds an exchange. One that is there already, because a checkpoint knows it, keeps its bindings and its messages.
    fn put_exchange(&self, topology: &mut Topology, definition: &ExchangeDefinition) {
        let ExchangeDefinition { name, store, .. } = definition;
        let settings = describe::exchange_settings(definition);
        self.shared.queue_ids.fetch_max(store.unwrap_or_default(), Ordering::Relaxed);
        let is_known = |exchange: &Exchange| {
            exchange.store() > *store || (exchange.store() == *store && exchange.settings == settings)
        };
        if topology.exchanges.get(name.as_str()).is_some_and(is_known) {
            return;
        }
        topology.remove_exchange(name);
        let state = self.make_exchange_state(name, &settings, *store);
        if let Err(error) = topology.add_exchange(name.as_str().into(), settings, state) {
            tracing::error!(exchange = name, %error, "an exchange is left out");
        }
    }

    fn put_queue(&self, topology: &mut Topology, definition: &QueueDefinition) {
        self.shared.queue_ids.fetch_max(definition.id, Ordering::Relaxed);
        let name = definition.name.as_str();
        if topology.queues.get(name).is_some_and(|queue| queue.id >= definition.id) {
            return;
        }
        let settings = describe::queue_settings(definition);
        topology.remove_queue(name);
        self.insert_queue(topology, definition.id, name, settings);
    }

    fn put_binding(&self, topology: &mut Topology, definition: &BindingDefinition) {
        let binding = definition.binding();
        if topology.ends_of(&binding).is_none() {
            return;
        }
        if let Err(error) = topology.bind(binding) {
            tracing::error!(source = definition.source, %error, "a binding is left out");
        }
    }
}
