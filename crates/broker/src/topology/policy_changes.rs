//! Giving queues and exchanges the policies that apply to them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::effects::Effects;
use crate::policies::{Object, Seen};
use crate::queues::Queue;
use crate::queues::rules::Effective;
use crate::topology::Topology;
use crate::topology::vhosts::VHost;
use warren_model::change::Change;
use warren_model::policy::{Layer, Policy};

impl VHost {
    /// Gives every queue and exchange what applies to it now. What queues do about it is left in `effects`.
    pub(crate) fn refresh_policies(&self, effects: &mut Effects) {
        for (queue, effective) in self.changed_policies() {
            queue.apply_policy(effective, effects);
        }
    }

    /// The same while the log is read: messages that come after go by these policies, as they did when they came.
    pub(crate) fn restore_policies(&self) {
        for (queue, effective) in self.changed_policies() {
            queue.restore_policy(effective);
        }
    }

    /// Gives every exchange what applies to it now. The queues to which something else applies than before, with that.
    fn changed_policies(&self) -> Vec<(Arc<Queue>, Option<Arc<Effective>>)> {
        let mut seen = Seen::default();
        let mut guard = self.topology.write();
        let Topology { exchanges, queues, policies, .. } = &mut *guard;
        for exchange in exchanges.values_mut() {
            exchange.effective = policies.effective_among(&exchange.name, Object::Exchange, &mut seen);
        }
        let changed: Vec<_> = queues
            .values()
            .filter_map(|queue| {
                let object = Object::Queue(queue.kind);
                let effective = policies.effective_among(&queue.name, object, &mut seen);
                (queue.policy() != effective).then(|| (Arc::clone(queue), effective))
            })
            .collect();
        self.epoch.fetch_add(1, Ordering::Release);
        changed
    }

    /// A policy of this virtual host.
    pub fn policy(&self, name: &str, layer: Layer) -> Option<Policy> {
        self.topology().policies.get(name, layer).cloned()
    }

    /// All policies of this virtual host, those of the lowest priority first.
    pub fn policies(&self, layer: Layer) -> Vec<Policy> {
        self.topology().policies.list(layer).into_iter().cloned().collect()
    }
}

impl Topology {
    /// Applies a recorded change of policies. Which queues and exchanges it means is found out later, for all at once.
    pub(crate) fn change_policies(&mut self, change: &Change) {
        match change {
            Change::PutPolicy(policy) => self.policies.put(policy.clone(), Layer::User),
            Change::PutOperatorPolicy(policy) => self.policies.put(policy.clone(), Layer::Operator),
            Change::DeletePolicy { name, .. } => self.policies.remove(name, Layer::User),
            Change::DeleteOperatorPolicy { name, .. } => self.policies.remove(name, Layer::Operator),
            _ => {}
        }
    }

    /// The changes that set these policies anew.
    pub(crate) fn policy_changes(&self, changes: &mut Vec<Change>) {
        let list = |layer| self.policies.list(layer).into_iter().cloned();
        changes.extend(list(Layer::User).map(Change::PutPolicy));
        changes.extend(list(Layer::Operator).map(Change::PutOperatorPolicy));
    }
}
