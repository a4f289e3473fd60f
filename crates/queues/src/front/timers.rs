//! Timers: what has to happen at a certain time, in a timing wheel, so that arming and firing cost the same however many
//! there are, and what waits for nothing costs nothing.

use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use crate::front::effects::Effects;
use crate::time::wheel::Wheel;

/// Something that waits for a time.
pub trait Timed: Send + Sync {
    /// The time has come, or has passed. It may come too often: look whether there is anything to do. Whoever wants to
    /// be called again arms a timer again.
    fn due(self: Arc<Self>, now: u64, effects: &mut Effects);
}

/// See the module's description.
#[derive(Default)]
pub struct Timers {
    wheel: Mutex<Wheel<Weak<dyn Timed>>>,
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Timers {
    /// `wake` is called, with locks held, when a timer is armed that is due before all others: whoever sleeps until
    /// [`next`](Self::next) has to ask again. Only the first call counts.
    pub fn on_earlier(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.wake.set(Box::new(wake));
    }

    /// Arms a timer: `timed` is due at `at` (milliseconds since 1970).
    pub fn arm(&self, at: u64, timed: Weak<dyn Timed>) {
        let mut wheel = self.wheel.lock();
        let earlier = wheel.next().is_none_or(|next| at < next);
        wheel.insert(at, timed);
        drop(wheel);
        if earlier && let Some(wake) = self.wake.get() {
            wake();
        }
    }

    /// The time before which nothing is due; `None` if no timer is armed.
    pub fn next(&self) -> Option<u64> {
        self.wheel.lock().next()
    }

    /// Calls what is due at `now`. No lock may be held.
    pub fn fire(&self, now: u64, effects: &mut Effects) {
        let mut due = Vec::new();
        self.wheel.lock().advance(now, &mut due);
        for timed in due.into_iter().filter_map(|timed| timed.upgrade()) {
            timed.due(now, effects);
        }
    }
}

impl std::fmt::Debug for Timers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timers").field("next", &self.next()).finish_non_exhaustive()
    }
}
