//! Everything that the broker keeps besides messages, as changes that make it from nothing.

use super::describe;
use crate::state::node::broker::Broker;
use crate::topology::vhosts::{VHost, is_predeclared};
use warren_model::change::{BindingDefinition, Change, Definitions, VERSION};

impl Broker {
    /// Everything durable but messages.
    pub fn definitions(&self) -> Definitions {
        let _changing = self.changing.lock();
        let mut changes: Vec<_> =
            self.vhosts().iter().map(|vhost| Change::PutVhost(vhost.definition())).collect();
        changes.extend(self.users.list().into_iter().map(Change::PutUser));
        changes.extend(self.permissions.list().into_iter().map(Change::PutPermission));
        changes.extend(self.topic_permissions.list(|_| true).into_iter().map(Change::PutTopicPermission));
        let limits = self.user_limits.list().into_iter();
        changes.extend(limits.map(|(user, limits)| Change::PutUserLimits { user, limits }));
        let parameters = self.global_parameters.list().into_iter();
        changes.extend(parameters.map(|(name, value)| Change::PutGlobalParameter { name, value }));
        for vhost in self.vhosts() {
            vhost.definitions(&mut changes);
        }
        Definitions { version: VERSION, changes }
    }
}

impl VHost {
    /// Changes that make the virtual host's durable things from nothing.
    pub(crate) fn definitions(&self, changes: &mut Vec<Change>) {
        let topology = self.topology.read();
        let vhost = || self.name.to_string();
        topology.policy_changes(changes);
        let limits = self.given_limits();
        changes.extend(limits.map(|limits| Change::PutVhostLimits { vhost: vhost(), limits }));
        for exchange in topology.exchanges.values().filter(|exchange| exchange.settings.durable) {
            if !is_predeclared(&exchange.name) {
                let definition =
                    describe::exchange(&self.name, &exchange.name, &exchange.settings, exchange.store());
                changes.push(Change::PutExchange(definition));
            }
        }
        for queue in topology.queues.values().filter(|queue| queue.is_durable()) {
            changes.push(Change::PutQueue(describe::queue(
                &self.name,
                &queue.name,
                queue.id,
                &queue.settings,
            )));
        }
        for binding in topology.bindings() {
            if topology.ends_of(binding) == Some(true) {
                changes.push(Change::PutBinding(BindingDefinition::of(&self.name, binding, true)));
            }
        }
    }
}
