//! The time that the broker is told, and the timers that are fired when theirs has come.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use warren_broker::effects::Effects;
use warren_broker::state::node::broker::Broker;

/// When the program began, by the wall clock and by the clock that is never set back.
static BEGINNING: LazyLock<(Duration, Instant)> =
    LazyLock::new(|| (SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(), Instant::now()));

/// Milliseconds since 1970. Changes of the wall clock while the program runs do not matter: what lives a minute must
/// not be gone because the clock was set.
fn now() -> u64 {
    let (wall, instant) = &*BEGINNING;
    u64::try_from((*wall + instant.elapsed()).as_millis()).unwrap_or(u64::MAX)
}

/// Tells the broker the time. Call it ahead of each batch of work.
pub fn tell(broker: &Broker) -> u64 {
    let now = now();
    broker.clock().advance(now);
    now
}

/// Fires the broker's timers, as long as it is polled.
pub async fn run(broker: Arc<Broker>) {
    let earlier = Arc::new(Notify::new());
    let wake = Arc::clone(&earlier);
    broker.timers().on_earlier(move || wake.notify_one());
    loop {
        let now = tell(&broker);
        match broker.timers().next() {
            Some(at) if at <= now => {
                let mut effects = Effects::new(broker.log_handle().clone());
                broker.timers().fire(now, &mut effects);
                // What is wrong with the log is said elsewhere.
                let _ = effects.append();
                effects.finish();
                tokio::task::yield_now().await;
            }
            Some(at) => {
                let wait = Duration::from_millis(at - now);
                let _ = tokio::time::timeout(wait, earlier.notified()).await;
            }
            None => earlier.notified().await,
        }
    }
}

/// How often deliveries are looked at that wait for their acknowledgement.
const LOOK: Duration = Duration::from_secs(1);

/// Closes channels on which a delivery waits too long for its acknowledgement, as long as it is polled.
pub async fn watch_deliveries(broker: Arc<Broker>, timeout: Option<Duration>) {
    let timeout = timeout.and_then(|timeout| u64::try_from(timeout.as_millis()).ok());
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        broker.connections.close_overdue(tell(&broker), timeout);
    }
}
