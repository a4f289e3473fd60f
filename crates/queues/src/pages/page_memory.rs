//! Memory for the pages of all queues, and the segments that pages go to when it runs short.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::log::LogHandle;
use crate::pages::page::{PAGE_SIZE, Page, Saved, page_size};

/// A page up to this size is not worth pooling (bytes).
const SMALL_PAGE: usize = 4 * 1024;
/// Full-size pages that the pool keeps: 4 MiB.
const POOLED_PAGES: usize = 16;
/// Memory that full pages may take before queues write them to segments (bytes).
const BUDGET: usize = 24 * 1024 * 1024;
/// Memory that large bodies may take besides, before queues write full pages to segments (bytes). A large body is in memory once,
/// however many queues have it, and to write and read it costs more than all else that a broker does with it.
const BODIES: usize = 96 * 1024 * 1024;
/// First size of the page of a queue that had none (bytes).
const FIRST_PAGE: usize = 1024;

/// See the module's description.
pub struct PageMemory {
    log_handle: LogHandle,
    /// Used buffers: touched memory is cheaper than fresh memory, and an idle queue must not keep any.
    free: Mutex<Vec<Vec<u8>>>,
    /// Memory of the full pages of all queues, without large bodies.
    resident: AtomicUsize,
    /// How much that may be before queues write pages to segments (bytes).
    budget: usize,
    /// Large bodies in the full pages of all queues (bytes).
    bodies: AtomicUsize,
    /// How much these may be (bytes).
    bodies_budget: usize,
    /// Segments that nothing needs any more but the last checkpoint.
    condemned: Mutex<Vec<(u64, u64)>>,
}

impl PageMemory {
    /// A memory whose segments are in the store of the log.
    pub fn new(log_handle: LogHandle) -> Self {
        Self { bodies_budget: BODIES, ..Self::with_budget(log_handle, BUDGET) }
    }

    /// As [`new`](Self::new), with another limit to the memory of full pages, and the same to that of large bodies (bytes).
    pub fn with_budget(log_handle: LogHandle, budget: usize) -> Self {
        Self {
            log_handle,
            free: Mutex::default(),
            resident: AtomicUsize::new(0),
            budget,
            bodies: AtomicUsize::new(0),
            bodies_budget: budget,
            condemned: Mutex::default(),
        }
    }

    /// Bytes of memory that full pages take, large bodies included.
    pub fn resident(&self) -> usize {
        self.resident.load(Relaxed) + self.bodies.load(Relaxed)
    }

    /// Whether full pages take more memory than they should.
    pub(crate) fn is_short(&self) -> bool {
        self.resident.load(Relaxed) > self.budget || self.bodies.load(Relaxed) > self.bodies_budget
    }

    /// A page for a record of `size` bytes in a queue that has so many `pages` already. `shared` says that its body is kept
    /// elsewhere, and those of the next ones probably too: little goes into the page itself.
    pub(crate) fn open_page(&self, size: usize, pages: usize, shared: bool) -> Page {
        let full = page_size(pages);
        let pooled = if size.max(full) <= PAGE_SIZE && !shared { self.free.lock().pop() } else { None };
        let bytes = pooled.unwrap_or_else(|| {
            let capacity = if pages > 0 && !shared { full } else { FIRST_PAGE };
            Vec::with_capacity(capacity.max(size))
        });
        Page::new(bytes, full)
    }

    /// Nothing more will be appended to `page`. Returns whether memory is short.
    pub(crate) fn seal(&self, page: &mut Page) -> bool {
        page.sealed = true;
        self.adopt(page);
        self.is_short()
    }

    /// All messages of a page are settled: its memory and its segment are given back.
    pub(crate) fn close_page(&self, queue: u64, segment: u64, page: &mut Page) {
        self.forget_memory(page);
        match std::mem::replace(&mut page.saved, Saved::No) {
            Saved::No => {}
            Saved::Written => self.delete(queue, segment),
            Saved::Referenced => self.condemned.lock().push((queue, segment)),
        }
    }

    /// Writes a page to its segment, unless it is there already. `false` if that is impossible now.
    pub(crate) fn save(&self, queue: u64, segment: u64, page: &mut Page) -> bool {
        if page.saved != Saved::No {
            return true;
        }
        let Some(segments) = self.log_handle.segments().filter(|_| page.is_resident()) else { return false };
        match segments.write(queue, segment, &page.content(), false) {
            Ok(()) => page.saved = Saved::Written,
            Err(error) => tracing::warn!(queue, segment, %error, "messages cannot be moved to disk"),
        }
        page.saved != Saved::No
    }

    /// Frees a full page's memory; its bytes go to a segment.
    pub(crate) fn evict(&self, queue: u64, segment: u64, page: &mut Page) {
        if page.is_resident() && page.sealed && self.save(queue, segment, page) {
            self.forget_memory(page);
        }
    }

    /// Brings a page back from its segment; the value is how many body bytes of it are not settled. `None` if it
    /// cannot be read, which is logged.
    pub(crate) fn load(&self, queue: u64, segment: u64, page: &mut Page) -> Option<u64> {
        let content = self.log_handle.segments()?.read(queue, segment);
        let content = content.map_err(|error| {
            tracing::error!(queue, segment, %error, "messages cannot be read back");
        });
        let live_bytes = page.load(content.ok()?);
        self.adopt(page);
        Some(live_bytes)
    }

    /// Counts the memory of a full page that was made elsewhere.
    pub(crate) fn adopt(&self, page: &Page) {
        let bodies = page.bodies();
        self.resident.fetch_add(page.memory() - bodies, Relaxed);
        self.bodies.fetch_add(bodies, Relaxed);
    }

    /// Segments that only the last checkpoint needs. After the next one they are deleted with
    /// [`delete`](Self::delete).
    pub fn take_condemned(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut *self.condemned.lock())
    }

    /// Takes segments back that [`take_condemned`](Self::take_condemned) gave: no checkpoint was made.
    pub fn condemn(&self, segments: Vec<(u64, u64)>) {
        self.condemned.lock().extend(segments);
    }

    /// Deletes a segment.
    pub fn delete(&self, queue: u64, segment: u64) {
        if let Some(segments) = self.log_handle.segments()
            && let Err(error) = segments.delete(queue, segment)
        {
            tracing::warn!(queue, segment, %error, "a segment cannot be deleted");
        }
    }

    fn forget_memory(&self, page: &mut Page) {
        if !page.is_resident() {
            return;
        }
        if page.sealed {
            let bodies = page.bodies();
            // Only what was added by `seal` and `load` is taken off.
            for (count, bytes) in [(&self.resident, page.memory() - bodies), (&self.bodies, bodies)] {
                let _ = count.fetch_update(Relaxed, Relaxed, |now| Some(now.saturating_sub(bytes)));
            }
        }
        let mut bytes = page.evict();
        if bytes.capacity() <= SMALL_PAGE || bytes.capacity() > PAGE_SIZE {
            return;
        }
        bytes.clear();
        let mut free = self.free.lock();
        if free.len() < POOLED_PAGES {
            free.push(bytes);
        }
    }
}

impl std::fmt::Debug for PageMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageMemory").field("resident", &self.resident()).finish_non_exhaustive()
    }
}

/// A memory without a store: nothing can leave memory.
impl Default for PageMemory {
    fn default() -> Self {
        Self::new(LogHandle::default())
    }
}
