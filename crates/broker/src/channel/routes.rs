//! Routes that a channel found before, so that publishing to the same place again asks nobody.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::topology::Route;

/// Routes that one channel remembers; beyond it starts anew.
const REMEMBERED: usize = 4096;
/// So many are remembered as soon as they are found.
const AT_ONCE: usize = 64;
/// Of those found later, one in so many is: keys that never come again cost little, and those that do are known before long.
const LATER_ONE_IN: usize = 8;

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
    last: Option<Last>,
    by_key: HashMap<String, HashMap<Box<str>, Arc<Route>>>,
    /// Routes in `by_key`.
    count: usize,
    /// Routes that were found and offered, remembered or not.
    offered: usize,
}

/// The route found last.
#[derive(Debug)]
struct Last {
    exchange: String,
    key: String,
    route: Arc<Route>,
}

impl Routes {
    /// The remembered route, if it still holds.
    pub fn find(&mut self, epochs: Epochs, exchange: &str, key: &str) -> Option<Arc<Route>> {
        if self.epochs != epochs {
            *self = Self { epochs, ..Self::default() };
            return None;
        }
        if let Some(last) = &self.last
            && last.key == key
            && last.exchange == exchange
        {
            return Some(Arc::clone(&last.route));
        }
        Some(Arc::clone(self.by_key.get(exchange)?.get(key)?))
    }

    /// Remembers a route found under `epochs`.
    pub fn remember(&mut self, epochs: Epochs, exchange: &str, key: &str, route: &Arc<Route>) {
        if self.epochs != epochs || self.count >= REMEMBERED {
            *self = Self { epochs, ..Self::default() };
        }
        self.set_last(exchange, key, route);
        self.offered += 1;
        if self.count >= AT_ONCE && !self.offered.is_multiple_of(LATER_ONE_IN) {
            return;
        }
        let keys = self.by_key.entry_ref(exchange).or_default();
        if keys.insert(key.into(), Arc::clone(route)).is_none() {
            self.count += 1;
        }
    }

    fn set_last(&mut self, exchange: &str, key: &str, route: &Arc<Route>) {
        let Some(last) = &mut self.last else {
            let (exchange, key) = (exchange.to_owned(), key.to_owned());
            self.last = Some(Last { exchange, key, route: Arc::clone(route) });
            return;
        };
        last.exchange.clear();
        last.exchange.push_str(exchange);
        last.key.clear();
        last.key.push_str(key);
        last.route = Arc::clone(route);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the route of a key was known. If not, it is offered now.
    fn knows(routes: &mut Routes, epochs: Epochs, key: &str) -> bool {
        let known = routes.find(epochs, "x", key).is_some();
        if !known {
            routes.remember(epochs, "x", key, &Arc::default());
        }
        known
    }

    #[test]
    fn few_keys_are_known_at_once_and_for_one_pair_of_epochs() {
        let (mut routes, epochs) = (Routes::default(), Epochs { topology: 1, access: 1 });
        let keys: Vec<_> = (0..AT_ONCE).map(|key| key.to_string()).collect();
        assert!(!keys.iter().any(|key| knows(&mut routes, epochs, key)));
        assert!(keys.iter().all(|key| knows(&mut routes, epochs, key)));
        assert!(routes.find(epochs, "y", "1").is_none());
        for changed in [Epochs { topology: 2, ..epochs }, Epochs { access: 2, ..epochs }] {
            assert!(!knows(&mut routes, changed, "1"));
            assert!(!knows(&mut routes, epochs, "1"));
        }
    }

    #[test]
    fn many_keys_are_known_before_long() {
        let (mut routes, epochs) = (Routes::default(), Epochs::default());
        let mut known = 0;
        for _ in 0..32 {
            known = (0..1000).filter(|key| knows(&mut routes, epochs, &key.to_string())).count();
        }
        assert!(known > 950, "{known} of 1000");
    }

    #[test]
    fn keys_that_never_come_again_do_not_pile_up() {
        let (mut routes, epochs) = (Routes::default(), Epochs::default());
        for key in 0..20 * REMEMBERED {
            assert!(!knows(&mut routes, epochs, &key.to_string()));
            assert!(routes.count <= REMEMBERED);
            assert_eq!(routes.count, routes.by_key.values().map(HashMap::len).sum::<usize>());
        }
    }
}
