//! Segments in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::failure::Failure;
use crate::error::StoreError;
use crate::segments::{MAX_SEGMENT, SegmentInfo, SegmentStore};

/// The segments that go with a log in memory.
#[derive(Debug)]
pub(super) struct MemorySegments {
    /// By queue and number. A queue stays until it is deleted.
    queues: Mutex<BTreeMap<u64, BTreeMap<u64, Segment>>>,
    failure: Failure,
}

#[derive(Debug, Clone)]
struct Segment {
    content: Arc<[u8]>,
    durable: bool,
}

impl MemorySegments {
    /// None, in a log that fails when `failure` says so.
    pub fn new(failure: Failure) -> Self {
        Self { queues: Mutex::default(), failure }
    }

    /// What is left after a crash: the durable ones.
    pub fn survivors(&self, failure: Failure) -> Self {
        let mut queues = self.queues.lock().clone();
        queues.values_mut().for_each(|segments| segments.retain(|_, segment| segment.durable));
        Self { queues: Mutex::new(queues), failure }
    }

    fn content(&self, queue: u64, segment: u64) -> Result<Arc<[u8]>, StoreError> {
        let queues = self.queues.lock();
        let found = queues.get(&queue).and_then(|segments| segments.get(&segment));
        found.map(|found| Arc::clone(&found.content)).ok_or(StoreError::NoSegment { queue, segment })
    }
}

impl SegmentStore for MemorySegments {
    fn write(&self, queue: u64, segment: u64, content: &[u8], durable: bool) -> Result<(), StoreError> {
        if durable {
            self.failure.check()?;
        }
        let length = content.len() as u64;
        if content.len() > MAX_SEGMENT {
            return Err(StoreError::TooLarge { what: "segment", length, limit: MAX_SEGMENT as u64 });
        }
        let written = Segment { content: content.into(), durable };
        self.queues.lock().entry(queue).or_default().insert(segment, written);
        Ok(())
    }

    fn sync_all(&self) -> Result<(), StoreError> {
        self.failure.check()?;
        let mut queues = self.queues.lock();
        queues.values_mut().flat_map(BTreeMap::values_mut).for_each(|segment| segment.durable = true);
        Ok(())
    }

    fn read(&self, queue: u64, segment: u64) -> Result<Vec<u8>, StoreError> {
        Ok(self.content(queue, segment)?.to_vec())
    }

    fn read_range(
        &self,
        queue: u64,
        segment: u64,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let content = self.content(queue, segment)?;
        let rest = content.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest).to_vec())
    }

    fn length(&self, queue: u64, segment: u64) -> Result<u64, StoreError> {
        Ok(self.content(queue, segment)?.len() as u64)
    }

    fn path(&self, queue: u64, segment: u64) -> PathBuf {
        PathBuf::from(format!("memory/{queue:016x}/{segment:016x}"))
    }

    fn delete(&self, queue: u64, segment: u64) -> Result<(), StoreError> {
        if let Some(segments) = self.queues.lock().get_mut(&queue) {
            segments.remove(&segment);
        }
        Ok(())
    }

    fn list(&self, queue: u64) -> Result<Vec<SegmentInfo>, StoreError> {
        let queues = self.queues.lock();
        let segments = queues.get(&queue).into_iter().flatten();
        let info = |(segment, found): (&u64, &Segment)| SegmentInfo {
            segment: *segment,
            file_length: found.content.len() as u64,
        };
        Ok(segments.map(info).collect())
    }

    fn queues(&self) -> Result<Vec<u64>, StoreError> {
        Ok(self.queues.lock().keys().copied().collect())
    }

    fn delete_queue(&self, queue: u64) -> Result<(), StoreError> {
        self.queues.lock().remove(&queue);
        Ok(())
    }
}
