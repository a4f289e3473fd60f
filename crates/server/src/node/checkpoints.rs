//! Making checkpoints while the node runs, so that the log stays short and a start after a crash stays quick.

use std::sync::Arc;

use tokio::sync::Notify;
use tracing::{debug, warn};
use warren_broker::state::node::broker::Broker;

/// Makes a checkpoint whenever one is due, as long as it is polled.
pub async fn run(broker: Arc<Broker>, due: Arc<Notify>) {
    loop {
        due.notified().await;
        let broker = Arc::clone(&broker);
        match tokio::task::spawn_blocking(move || broker.checkpoint()).await {
            Ok(Ok(())) => debug!("made a checkpoint"),
            Ok(Err(error)) => warn!(%error, "no checkpoint is made; the log keeps growing"),
            Err(error) => warn!(%error, "a checkpoint was broken off"),
        }
    }
}
