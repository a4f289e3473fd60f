//! What the queues of a virtual host share.

use std::sync::{Arc, Weak};

use super::dead_letter::QueueHost;
use crate::front::timers::Timers;
use crate::pages::page_memory::PageMemory;
use crate::time::clock::Clock;

/// See the module's description.
#[derive(Default)]
pub struct QueueContext {
    /// Where pages come from and go to.
    pub memory: Arc<PageMemory>,
    /// The time.
    pub clock: Arc<Clock>,
    /// Where queues wait for their times.
    pub timers: Arc<Timers>,
    /// Their virtual host, through which dead letters go; `None` for queues by themselves.
    pub host: Option<Weak<dyn QueueHost>>,
}

impl QueueContext {
    /// The virtual host, if it is there still.
    pub(crate) fn host(&self) -> Option<Arc<dyn QueueHost>> {
        self.host.as_ref()?.upgrade()
    }
}

impl std::fmt::Debug for QueueContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueContext").field("memory", &self.memory).finish_non_exhaustive()
    }
}
