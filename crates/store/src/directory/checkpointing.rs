//! Checkpoints of an open store: when one is due, and how it takes the place of the log before it.

use super::store::Store;
use crate::checkpoint;
use crate::error::StoreError;
use crate::log::{Batch, LogFile};
use crate::position::Position;

impl Store {
    /// Bytes of log since the last checkpoint.
    pub fn log_bytes_since_checkpoint(&self) -> u64 {
        self.log.growth.since_checkpoint()
    }

    /// Whether there is enough log since the last checkpoint for a new one.
    pub fn checkpoint_due(&self) -> bool {
        self.log.growth.is_due()
    }

    /// Makes a document durable that stands for every record up to `covers`, then gives the log files free that nothing else needs.
    ///
    /// Records after `covers` are replayed on top of the document; when it holds effects of some of them already, applying them again
    /// must do no harm.
    pub fn write_checkpoint(&self, document: &[u8], covers: Position) -> Result<(), StoreError> {
        let log = &*self.log;
        let mut last = self.checkpoint.lock();
        if covers < *last || covers > self.appended() {
            return Err(StoreError::Misuse(
                "a checkpoint covers less than the last one, or more than the log",
            ));
        }
        self.wait_durable(covers)?;
        if let Some(error) = self.poisoned() {
            return Err(error);
        }
        let newest = log.files.lock().back().map_or(0, |file| file.number);
        let write = || checkpoint::write(&*log.fs, &log.layout, covers.get(), log.epoch, newest, document);
        let mut written = write();
        while written.as_ref().is_err_and(StoreError::is_full) && log.pool.give_room() {
            written = write();
        }
        written.map_err(|error| log.judge(error))?;
        *last = covers;
        log.growth.cover(covers.get(), covers == self.appended());
        let mut mark = Batch::new();
        mark.push_checkpoint_mark(covers)?;
        // The mark is for whoever follows the log; the checkpoint stands without it.
        let _marked = self.append(&mut mark);
        match log.pool.retire(&self.unneeded(covers)) {
            Err(error) if error.leaves_doubt() => Err(log.poison(error)),
            Err(error) => {
                tracing::warn!(%error, "cannot free old log files");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Takes the log files out of the list whose records are all covered.
    fn unneeded(&self, covers: Position) -> Vec<LogFile> {
        let mut files = self.log.files.lock();
        let mut unneeded = Vec::new();
        while files.get(1).is_some_and(|next| next.first_sequence <= covers.get() + 1) {
            unneeded.extend(files.pop_front());
        }
        unneeded
    }
}
