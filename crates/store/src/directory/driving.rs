//! The work of a store whose caller does it, and the end of a store.

use super::store::Store;
use crate::error::StoreError;
use crate::log::{Driven, Step};
use crate::options::Drive;

impl Store {
    /// Does one step of the store's work, for a store that was opened with [`Drive::Caller`].
    pub fn drive(&self) -> Result<Driven, StoreError> {
        let mut writer = self.writer.lock();
        let writer = writer.as_mut().ok_or(StoreError::Misuse("the store drives itself, or is closed"))?;
        match writer.step()? {
            Step::Committed => Ok(Driven::Worked),
            Step::Full => Ok(Driven::Stalled),
            Step::Idle => Ok(if self.log.pool.step() { Driven::Worked } else { Driven::Idle }),
        }
    }

    /// Writes what is pending, marks the end of the log and gives the lock back. Later calls get [`StoreError::Closed`].
    pub fn close(&self) -> Result<(), StoreError> {
        let closed = self.close_writer();
        self.log.pool.stop();
        *self.lock.lock() = None;
        closed
    }

    fn close_writer(&self) -> Result<(), StoreError> {
        self.log.pending.lock().closing = true;
        self.log.work.notify_all();
        self.log.room.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            return thread.join().unwrap_or(Err(StoreError::Misuse("the log's writer panicked")));
        }
        let Some(mut writer) = self.writer.lock().take() else { return Ok(()) };
        loop {
            match writer.step()? {
                Step::Committed => {}
                Step::Idle => return writer.finish(),
                Step::Full => {
                    let error = self.stalled().unwrap_or(StoreError::Closed);
                    self.log.waiters.fail(&error);
                    return Err(error);
                }
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // A store that its caller drives may be dropped to play a crash.
        if self.log.options.drive == Drive::Threads
            && let Err(error) = self.close()
        {
            tracing::warn!(%error, "the store was not closed in order");
        }
    }
}
