//! Resource alarms: when memory or disk run short, publishers are held back until there is room again (RabbitMQ,
//! memory and disk alarms).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tracing::{info, warn};
use warren_broker::state::node::broker::Broker;

use crate::config::{AlarmSettings, Watermark};
use crate::metrics::process;

/// How often memory and disk are looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// While the disk is short, so many looks are from one checkpoint to the next.
const CHECKPOINT_EVERY: u32 = 6;

/// Which alarms are in effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InEffect {
    /// The process takes more memory than it should.
    pub memory: bool,
    /// The disk has less free space than it should, or the log cannot be written for want of it.
    pub disk: bool,
}

impl InEffect {
    /// Whether publishers must wait.
    pub fn any(self) -> bool {
        self.memory || self.disk
    }

    /// The resources that are short, as RabbitMQ names them.
    pub fn resources(self) -> Vec<&'static str> {
        [(self.memory, "memory"), (self.disk, "disk")]
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| name)
            .collect()
    }

    /// What `connection.blocked` says.
    pub fn reason(self) -> String {
        format!("low on {}", self.resources().join(" & "))
    }
}

/// The amount that a watermark means on this machine.
fn bytes(watermark: &Watermark) -> u64 {
    match watermark {
        Watermark::Absolute(bytes) => *bytes,
        Watermark::Relative { thousandths } => {
            let memory = process::total_memory_bytes().unwrap_or(u64::MAX);
            (memory / 1000).saturating_mul(u64::from(*thousandths))
        }
    }
}

/// Limits in bytes, and the alarms that they lead to.
pub struct Alarms {
    memory_limit: AtomicU64,
    disk_limit: AtomicU64,
    data_dir: PathBuf,
    in_effect: watch::Sender<InEffect>,
}

impl Alarms {
    /// No alarm is on yet. `data_dir` is on the disk that is watched.
    pub fn new(settings: &AlarmSettings, data_dir: PathBuf) -> Self {
        Self {
            memory_limit: bytes(&settings.memory).into(),
            disk_limit: bytes(&settings.disk).into(),
            data_dir,
            in_effect: watch::Sender::default(),
        }
    }

    /// Resident memory above which the memory alarm is on.
    pub fn memory_limit(&self) -> u64 {
        self.memory_limit.load(Ordering::Relaxed)
    }

    /// Free disk space below which the disk alarm is on.
    pub fn disk_limit(&self) -> u64 {
        self.disk_limit.load(Ordering::Relaxed)
    }

    /// Changes limits until the node ends, with effect at once.
    pub fn set_limits(&self, memory: Option<&Watermark>, disk: Option<&Watermark>, broker: &Broker) {
        for (place, watermark) in [(&self.memory_limit, memory), (&self.disk_limit, disk)] {
            if let Some(watermark) = watermark {
                place.store(bytes(watermark), Ordering::Relaxed);
            }
        }
        self.look(broker);
    }

    /// Which are on.
    pub fn in_effect(&self) -> InEffect {
        *self.in_effect.borrow()
    }

    /// Tells when that changes.
    pub fn subscribe(&self) -> watch::Receiver<InEffect> {
        self.in_effect.subscribe()
    }

    /// Looks at memory and disk as long as it is polled. While the disk is short, `checkpoint_due` is notified from
    /// time to time: what consumers have taken since then can be given back.
    pub async fn watch(self: Arc<Self>, broker: Arc<Broker>, checkpoint_due: Arc<Notify>) {
        let mut short_for = 0;
        loop {
            self.look(&broker);
            short_for = if self.in_effect().disk { short_for + 1 } else { 0 };
            if short_for % CHECKPOINT_EVERY == 1 {
                checkpoint_due.notify_one();
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn look(&self, broker: &Broker) {
        let stalled = broker.log_handle().store().is_some_and(|store| store.stalled().is_some());
        let short_of_disk =
            process::free_disk_bytes(&self.data_dir).is_some_and(|free| free < self.disk_limit());
        let over = || process::resident_bytes().is_some_and(|resident| resident > self.memory_limit());
        // What nobody uses any more is not what publishers have to wait for.
        let memory = over() && {
            process::release_memory();
            over()
        };
        self.set(InEffect { memory, disk: stalled || short_of_disk });
    }

    /// These are on now.
    pub(crate) fn set(&self, now: InEffect) {
        let before = self.in_effect.send_replace(now);
        if before == now {
            return;
        }
        if now.any() {
            warn!(resources = now.resources().join(", "), "resource alarm: publishers are held back");
        } else {
            info!("resource alarms are over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_what_is_short() {
        assert_eq!(InEffect { memory: true, disk: false }.reason(), "low on memory");
        assert_eq!(InEffect { memory: true, disk: true }.reason(), "low on memory & disk");
        assert!(!InEffect::default().any());
    }

    #[test]
    fn limits_are_bytes_or_parts_of_the_machines_memory() {
        let settings =
            AlarmSettings { memory: Watermark::Relative { thousandths: 500 }, disk: Watermark::Absolute(42) };
        let alarms = Alarms::new(&settings, "/".into());
        let memory = process::total_memory_bytes().unwrap();
        assert_eq!(alarms.disk_limit(), 42);
        assert!(alarms.memory_limit() <= memory / 2 && alarms.memory_limit() > memory / 3);
    }
}
