//! Handing the records to an owner, as opening a directory does.

use std::path::PathBuf;

use super::failure::Failure;
use super::log::MemoryLog;
use super::records::Records;
use crate::error::{RefusedBecause, StoreError};
use crate::position::Position;
use crate::recovery::{Recovery, RecoveryReport};

impl MemoryLog {
    /// Hands the log to `owner` as [`open`](crate::open()) does: the segments, the document of the newest checkpoint, then every record
    /// after it. What is not durable is handed out as well.
    ///
    /// An owner that makes use of the segments should have a log of its own: see [`MemoryLog::restarted`].
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the owner refuses something.
    pub fn replay(&self, owner: &mut dyn Recovery) -> Result<RecoveryReport, StoreError> {
        let records = self.state.lock().records.clone();
        owner.begin(&self.segments());
        let mut report = RecoveryReport::default();
        if let Some(checkpoint) = &records.checkpoint {
            report.checkpoint = Some(checkpoint.covers);
            owner.checkpoint(&checkpoint.document).map_err(|reason| refused("the checkpoint", &reason))?;
        }
        self.hand_out(&records, records.covers(), owner, report)
    }

    /// As [`MemoryLog::replay`], but without the checkpoint: every record from the first one on. What comes of it should be the same.
    ///
    /// # Errors
    /// As there.
    pub fn replay_whole(&self, owner: &mut dyn Recovery) -> Result<RecoveryReport, StoreError> {
        let records = self.state.lock().records.clone();
        owner.begin(&self.segments());
        self.hand_out(&records, Position::START, owner, RecoveryReport::default())
    }

    fn hand_out(
        &self,
        records: &Records,
        after: Position,
        owner: &mut dyn Recovery,
        mut report: RecoveryReport,
    ) -> Result<RecoveryReport, StoreError> {
        for append in records.appends.iter().filter(|append| append.last > after.get()) {
            report.log_bytes += append.length();
            append.visit(|position, record| {
                if position <= after {
                    return Ok(());
                }
                report.records += 1;
                owner
                    .apply(position, record)
                    .map_err(|reason| refused(&format!("record {position}"), &reason))
            })?;
        }
        report.last = records.last();
        report.created = records.appends.is_empty();
        Ok(report)
    }

    /// The log that the next start finds after a crash: what was durable and, of the rest, what was appended up to `last`. Segments are
    /// there if they were durable.
    ///
    /// [`Position::START`] is the worst that can happen. [`CommitLog::appended`](crate::CommitLog::appended) loses nothing: that is also the way
    /// to bring up a second owner while the first one goes on. Waiters, faults and the end of this log stay behind.
    #[must_use]
    pub fn restarted(&self, last: Position) -> Self {
        let records = self.state.lock().records.survivors(last);
        let failure = Failure::default();
        Self::with(records, self.segments.survivors(failure.clone()), failure, self.synced_by_hand)
    }
}

fn refused(what: &str, reason: &RefusedBecause) -> StoreError {
    StoreError::Refused {
        path: PathBuf::from("memory"),
        offset: 0,
        what: what.to_owned(),
        reason: reason.to_string(),
    }
}
