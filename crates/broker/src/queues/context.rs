//! What the queues of a virtual host share.

use std::sync::{Arc, Weak};

use super::page_memory::PageMemory;
use crate::clock::Clock;
use crate::timers::Timers;
use crate::topology::vhosts::VHost;

/// See the module's description.
#[derive(Default)]
pub struct QueueContext {
    /// Where pages come from and go to.
    pub memory: Arc<PageMemory>,
    /// The time.
    pub clock: Arc<Clock>,
    /// Where queues wait for their times.
    pub timers: Arc<Timers>,
    /// The virtual host, through which dead letters go.
    pub vhost: Weak<VHost>,
}

impl std::fmt::Debug for QueueContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueContext").field("memory", &self.memory).finish_non_exhaustive()
    }
}
