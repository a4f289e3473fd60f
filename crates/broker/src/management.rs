//! What the management API asks for and nothing else does: everything of a kind, in a stable order.

use std::sync::Arc;

use crate::connections::{Connections, OpenConnection};
use crate::delivery::ChannelDeliveries;
use crate::queues::Queue;
use crate::topology::Topology;
use crate::topology::exchange::Exchange;
use crate::topology::vhosts::VHost;

impl Topology {
    /// All exchanges, in no order.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.values()
    }

    /// All queues, in no order.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<Queue>> {
        self.queues.values()
    }
}

impl VHost {
    /// All queues by name, as they are at this moment.
    pub fn queues(&self) -> Vec<Arc<Queue>> {
        let mut queues: Vec<_> = self.topology().queues().cloned().collect();
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        queues
    }
}

impl Connections {
    /// The one of that number.
    pub fn by_id(&self, id: u64) -> Option<Arc<OpenConnection>> {
        self.open.read().get(&id).cloned()
    }
}

impl ChannelDeliveries {
    /// How many consumers the channel has.
    pub fn consumers(&self) -> usize {
        self.slots.iter().flatten().filter(|slot| slot.consumer.is_some() && !slot.cancelled).count()
    }
}
