//! What the queues of a virtual host share.

use std::sync::{Arc, Weak};

use super::vault::Vault;
use crate::clock::Clock;
use crate::timers::Timers;
use crate::vhosts::VHost;

/// See the module's description.
#[derive(Default)]
pub struct Home {
    /// Where pages come from and go to.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<Clock>,
    /// Where queues wait for their times.
    pub timers: Arc<Timers>,
    /// The virtual host, through which dead letters go.
    pub vhost: Weak<VHost>,
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Home").field("vault", &self.vault).finish_non_exhaustive()
    }
}
