//! Everything durable in one document: definitions, and the messages of the queues.
//!
//! `WRNCHK` and a version of two bytes; the length of the definitions (4 bytes, little-endian) and they themselves
//! as JSON; then for each durable queue its number (8 bytes) and its messages as `queues/snapshot.rs` writes them.

use std::sync::Arc;

use crate::queues::{Input, Queue};
use crate::state::node::broker::Broker;
use warren_model::change::Definitions;
use warren_model::error::Error;

const MAGIC: &[u8; 6] = b"WRNCHK";
const VERSION: u16 = 2;
/// The oldest version that is read.
const OLDEST: u16 = 1;

impl Broker {
    /// Writes a checkpoint: the log before it is not needed any more, and the next start is quick. Several at a time
    /// wait for each other.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` with what the store says; the log is then kept, and nothing is lost.
    pub fn checkpoint(&self) -> Result<(), Error> {
        let (Some(store), Some(segments)) = (self.log_handle().store(), self.log_handle().segments()) else {
            return Ok(());
        };
        let _one_at_a_time = self.checkpointing.lock();
        // What is appended up to here was made in memory before, so the document has it. What comes later may be in
        // it as well: to apply a change twice is the same as once, and messages are told by their numbers.
        let covers = store.appended();
        let condemned = self.page_memory().take_condemned();
        let written = self.document().and_then(|document| {
            let written = segments.sync_all().and_then(|()| store.write_checkpoint(&document, covers));
            written.map_err(|error| error.to_string())
        });
        match written {
            Ok(()) => condemned.into_iter().for_each(|(queue, page)| self.page_memory().delete(queue, page)),
            // The last checkpoint, which needs them, stays.
            Err(_) => self.page_memory().condemn(condemned),
        }
        written.map_err(|why| Error::internal(&why))
    }

    fn document(&self) -> Result<Vec<u8>, String> {
        // The queues come first: one that is declared now has all its messages in the log after the checkpoint, and
        // messages of a queue that the definitions do not know could not be restored.
        let queues = self.durable_queues();
        let definitions = serde_json::to_vec(&self.definitions()).map_err(|error| error.to_string())?;
        let mut out = Vec::with_capacity(definitions.len() + 1024);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(definitions.len() as u32).to_le_bytes());
        out.extend_from_slice(&definitions);
        for queue in queues {
            queue.snapshot(&mut out)?;
        }
        Ok(out)
    }

    /// All durable queues of all virtual hosts, also those in which exchanges keep messages.
    pub(crate) fn durable_queues(&self) -> Vec<Arc<Queue>> {
        let of = |vhost: &Arc<crate::topology::vhosts::VHost>| {
            let mut queues: Vec<_> = vhost.topology().queues.values().cloned().collect();
            queues.extend(vhost.exchange_stores());
            queues.into_iter().filter(|queue| queue.is_durable())
        };
        self.vhosts().iter().flat_map(of).collect()
    }
}

/// The definitions of a document, what follows them, and its version.
///
/// # Errors
/// Why it is no document that this program reads.
pub(crate) fn read(document: &[u8]) -> Result<(Definitions, Input<'_>, u16), String> {
    let mut input = Input(document);
    if input.take(MAGIC.len()) != Some(MAGIC) {
        return Err("this is no checkpoint of a broker".into());
    }
    let version = input.take(2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes);
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(format!(
            "the checkpoint has version {version}, and this program reads {OLDEST} to {VERSION}"
        ));
    }
    let length = input.u32().and_then(|length| usize::try_from(length).ok());
    let json = length.and_then(|length| input.take(length)).ok_or("the checkpoint ends too early")?;
    let definitions =
        serde_json::from_slice(json).map_err(|error| format!("the definitions cannot be read: {error}"))?;
    Ok((definitions, input, version))
}
