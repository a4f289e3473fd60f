//! Opening the broker: what the store kept is brought back, and a new node gets its first user.

use std::path::Path;
use std::sync::Arc;

use tracing::{info, warn};
use warren_broker::broker::{Broker, BrokerSettings, Entropy};
use warren_broker::journal::Journal;
use warren_broker::restore::Restore;
use warren_store::{CheckpointDue, Options, RealFs};

use crate::config::Settings;
use crate::error::ServerError;

/// Randomness of the operating system.
struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // It can only fail where the system has no random source at all; names then repeat and are refused as taken.
        if let Err(error) = getrandom::fill(bytes) {
            warn!(%error, "the system gives no random bytes");
        }
    }
}

/// Opens the broker whose data lies in `directory`.
///
/// `checkpoint_due` is called whenever the log has grown so much that a checkpoint should be made.
pub fn open(
    directory: &Path,
    node: &str,
    settings: &Settings,
    checkpoint_due: CheckpointDue,
) -> Result<Arc<Broker>, ServerError> {
    let journal = Journal::default();
    let broker = Broker::new(broker_settings(node, settings), journal.clone(), Box::new(SystemEntropy));
    let mut restore = Restore::new(&broker);
    let mut options = Options::default();
    options.on_checkpoint_due = Some(Arc::clone(&checkpoint_due));
    let (store, report) = warren_store::open(directory, Arc::new(RealFs), options, &mut restore)?;
    if store.checkpoint_due() {
        checkpoint_due();
    }
    journal.attach(Arc::new(store));
    restore.finish();
    if !report.created {
        info!(records = report.records, "read the log back");
    }
    let done = broker.create_defaults().map_err(|error| ServerError::Defaults(error.to_string()))?;
    if let (Some(store), Some(position)) = (journal.store(), done.position) {
        store.wait_durable(position)?;
    }
    Ok(Arc::new(broker))
}

/// Closes the broker: a checkpoint makes the next start quick.
pub fn close(broker: &Broker) -> Result<(), ServerError> {
    let Some(store) = broker.journal().store() else { return Ok(()) };
    if let Err(error) = broker.checkpoint() {
        warn!(%error, "no checkpoint is written; the next start reads the log");
    }
    Ok(store.close()?)
}

fn broker_settings(node: &str, settings: &Settings) -> BrokerSettings {
    let user = settings.default_user.clone();
    BrokerSettings {
        node: node.to_owned(),
        default_vhost: user.vhost,
        default_user: user.name,
        default_password: user.password.0,
        default_tags: user.tags.into_iter().collect(),
        default_permissions: [user.configure, user.write, user.read],
        loopback_users: settings.loopback_users.iter().cloned().collect(),
    }
}
