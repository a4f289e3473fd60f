//! Routes that a channel found before, so that publishing to the same place again asks nobody.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::topology::Route;

/// Routes that one channel remembers; beyond it starts anew.
const REMEMBERED: usize = 4096;

/// Epochs that a remembered route depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Epochs {
    /// Of the virtual host's topology.
    pub topology: u64,
    /// Of users and permissions.
    pub access: u64,
}

/// See the module's description. Everything in it holds for one pair of epochs.
#[derive(Debug, Default)]
pub struct Routes {
    epochs: Epochs,
    last: Option<(Box<str>, Box<str>, Arc<Route>)>,
    by_key: HashMap<String, HashMap<Box<str>, Arc<Route>>>,
    count: usize,
}

impl Routes {
    /// The remembered route, if it still holds.
    pub fn find(&mut self, epochs: Epochs, exchange: &str, key: &str) -> Option<Arc<Route>> {
        if self.epochs != epochs {
            *self = Self { epochs, ..Self::default() };
            return None;
        }
        if let Some((last_exchange, last_key, route)) = &self.last
            && **last_key == *key
            && **last_exchange == *exchange
        {
            return Some(Arc::clone(route));
        }
        Some(Arc::clone(self.by_key.get(exchange)?.get(key)?))
    }

    /// Remembers a route found under `epochs`.
    pub fn remember(&mut self, epochs: Epochs, exchange: &str, key: &str, route: &Arc<Route>) {
        if self.epochs != epochs || self.count >= REMEMBERED {
            *self = Self { epochs, ..Self::default() };
        }
        self.last = Some((exchange.into(), key.into(), Arc::clone(route)));
        let keys = self.by_key.entry_ref(exchange).or_default();
        if keys.insert(key.into(), Arc::clone(route)).is_none() {
            self.count += 1;
        }
    }
}
