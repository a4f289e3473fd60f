//! Opening the broker: what the store kept is brought back, and a new node gets its first user.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};
use warren_broker::log::LogHandle;
use warren_broker::state::checkpoint::restore::Restore;
use warren_broker::state::node::broker::{Broker, BrokerSettings, Entropy};
use warren_store::{CheckpointDue, LeftOut, Options, RealFs};

use super::{ServerError, cluster_name};
use crate::config::Settings;
use crate::node::time;

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
/// The log's writer waits awake for `busy_wait`. With `salvage`, damaged files are copied aside and what is in them is left out,
/// instead of refusing.
/// `checkpoint_due` is called whenever the log has grown so much that a checkpoint should be made.
pub fn open(
    directory: &Path,
    node: &str,
    settings: &Settings,
    salvage: bool,
    busy_wait: Duration,
    checkpoint_due: CheckpointDue,
) -> Result<Arc<Broker>, ServerError> {
    let log_handle = LogHandle::default();
    let broker = Broker::new(broker_settings(node, settings), log_handle.clone(), Box::new(SystemEntropy));
    time::tell(&broker);
    let mut restore = Restore::new(&broker);
    let mut options = Options::default();
    options.on_checkpoint_due = Some(Arc::clone(&checkpoint_due));
    options.durability = settings.durability;
    options.salvage = salvage;
    options.busy_wait = busy_wait;
    let (store, report) = warren_store::open(directory, Arc::new(RealFs), options, &mut restore)?;
    if store.checkpoint_due() {
        checkpoint_due();
    }
    let segments = Arc::clone(store.segments());
    log_handle.attach(Arc::new(store), &segments);
    restore.finish(salvage, &report.left_out)?;
    if !report.created {
        info!(records = report.records, "read the log back");
    }
    if salvage {
        salvaged(&broker, &report.left_out);
    }
    let done = broker.create_defaults().map_err(|error| ServerError::Defaults(error.to_string()))?;
    if let (Some(store), Some(position)) = (log_handle.store(), done.position) {
        store.wait_durable(position)?;
    }
    cluster_name::take_over(directory, &broker)?;
    Ok(Arc::new(broker))
}

/// Says what a salvage left out, and makes a checkpoint without it, so that the next start finds no damage.
fn salvaged(broker: &Broker, left_out: &[LeftOut]) {
    for LeftOut { path, offset, reason, records, copy, .. } in left_out {
        let records = records.map(|(first, last)| format!("{first} to {last}"));
        let copy = copy.as_ref().map(|copy| copy.display().to_string());
        let file = path.display().to_string();
        warn!(file, offset, reason, records, copy, "salvage left damaged data out");
    }
    info!(places = left_out.len(), "salvage is done");
    if let Err(error) = broker.checkpoint() {
        warn!(%error, "no checkpoint is made; the next start finds the damage again");
    }
}

/// Closes the broker: a checkpoint makes the next start quick.
pub fn close(broker: &Broker) -> Result<(), ServerError> {
    let Some(store) = broker.log_handle().store() else { return Ok(()) };
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
        limits: settings.limits.clone(),
        default_queue_type: settings.default_queue_type,
        vhost_defaults: settings.vhost_defaults.for_broker(),
        denied_features: settings.denied_features.iter().copied().collect(),
    }
}
