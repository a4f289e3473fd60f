//! Log files that wait for reuse: those whose records a checkpoint covers, and new ones that are zeroed in the background.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::{Access, AlignedBuffer, File, FileSystem};

/// So much is zeroed in one step, and so long is the pause after it: faster zeroing slows the commits down that happen meanwhile.
const STEP: usize = 256 << 10;
const PAUSE: Duration = Duration::from_millis(2);
/// After so many bytes of a new file a step also syncs it, so that no commit's sync has to wait for all of its zeros.
const SYNC_EVERY: u64 = 4 << 20;

/// A log file that is still needed, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub number: u64,
    pub first_sequence: u64,
    pub length: u64,
}

/// The pool of log files.
#[derive(Debug)]
pub(crate) struct Pool {
    fs: Arc<dyn FileSystem>,
    layout: Layout,
    settings: Settings,
    state: Mutex<State>,
    stopping: Condvar,
}

/// How the pool behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Size of every file in it, in bytes.
    pub file_size: u64,
    /// A file at least so long is worth keeping.
    pub worthwhile: u64,
    /// At most so many are kept.
    pub limit: usize,
    /// So many are prepared ahead.
    pub prepare: usize,
    /// Whether files are written past the page cache.
    pub direct: bool,
    /// Whether a thread prepares files, or [`Pool::step`]'s caller.
    pub threaded: bool,
}

#[derive(Debug, Default)]
struct State {
    free: Vec<u64>,
    next_id: u64,
    making: Option<Making>,
    wanted: bool,
    stop: bool,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Making {
    id: u64,
    path: PathBuf,
    file: Box<dyn File>,
    written: u64,
    /// What one step writes, kept for all of them: a buffer so long lies in a huge page, which takes its time to come.
    zeros: AlignedBuffer,
}

impl Pool {
    pub fn new(fs: Arc<dyn FileSystem>, layout: Layout, settings: Settings, free: Vec<u64>) -> Self {
        let next_id = free.iter().max().map_or(1, |highest| highest + 1);
        let state = Mutex::new(State { free, next_id, ..State::default() });
        Self { fs, layout, settings, state, stopping: Condvar::new() }
    }

    /// A file for reuse.
    pub fn take(&self) -> Option<u64> {
        self.state.lock().free.pop()
    }

    /// Returns a file that was taken and not used.
    pub fn give_back(&self, id: u64) {
        self.state.lock().free.push(id);
    }

    pub fn is_empty(&self) -> bool {
        self.state.lock().free.is_empty()
    }

    /// Removes a file of the pool to make room on a full device; says whether there was one.
    pub fn give_room(&self) -> bool {
        let Some(id) = self.take() else { return false };
        self.fs.remove_file(&self.layout.free_file(id)).is_ok()
    }

    /// Takes log files that nothing needs any more: keeps some for reuse, removes the others.
    pub fn retire(&self, files: &[LogFile]) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for file in files {
            let path = self.layout.log_file(file.number);
            let sizes = self.settings.worthwhile..=self.settings.file_size;
            let id = sizes.contains(&file.length).then(|| self.reserve(kept.len())).flatten();
            match id {
                Some(id) => {
                    let free = self.layout.free_file(id);
                    self.fs.rename(&path, &free).map_err(|e| StoreError::io("rename", &path, &e))?;
                    kept.push(id);
                }
                None => self.fs.remove_file(&path).map_err(|e| StoreError::io("remove", &path, &e))?,
            }
        }
        if !kept.is_empty() {
            // Only when its old name is gone for good may a file be written as another one.
            self.fs.sync_dir(self.layout.log()).map_err(|e| StoreError::sync(self.layout.log(), &e))?;
            self.state.lock().free.extend(kept);
        }
        Ok(())
    }

    /// A number for another file, if there is room besides `coming` ones.
    fn reserve(&self, coming: usize) -> Option<u64> {
        let mut state = self.state.lock();
        (state.free.len() + coming < self.settings.limit).then(|| state.take_id())
    }

    /// Asks for files to be prepared; returns at once.
    pub fn prepare(self: &Arc<Self>) {
        let mut state = self.state.lock();
        if state.stop || state.wanted || state.free.len() >= self.settings.prepare {
            return;
        }
        state.wanted = true;
        if !self.settings.threaded {
            return;
        }
        let finished = state.thread.take();
        let pool = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name("warren-log-pool".to_owned())
            .stack_size(128 << 10)
            .spawn(move || pool.run());
        match spawned {
            Ok(thread) => state.thread = Some(thread),
            Err(error) => {
                // Without prepared files the log is slower, not wrong.
                tracing::warn!(%error, "cannot start the thread that prepares log files");
                state.wanted = false;
            }
        }
        drop(state);
        if let Some(thread) = finished {
            // It had cleared `wanted` as its last act.
            let _ended = thread.join();
        }
    }

    fn run(&self) {
        while self.step() {
            let mut state = self.state.lock();
            if !state.stop {
                self.stopping.wait_for(&mut state, PAUSE);
            }
        }
    }

    /// Does a little of the work; says whether there is more.
    pub fn step(&self) -> bool {
        let mut state = self.state.lock();
        if !state.wanted || state.stop || state.free.len() >= self.settings.prepare {
            state.wanted = false;
            return false;
        }
        let making = state.making.take().map_or_else(|| self.begin(state.take_id()), Ok);
        drop(state);
        let stepped = making.and_then(|making| self.zero(making));
        let mut state = self.state.lock();
        match stepped {
            Ok(Zeroed::More(making)) => state.making = Some(making),
            Ok(Zeroed::Done(id)) => state.free.push(id),
            Err(error) => {
                tracing::warn!(%error, "cannot prepare a log file");
                state.wanted = false;
            }
        }
        state.wanted
    }

    fn begin(&self, id: u64) -> Result<Making, StoreError> {
        let path = self.layout.zeroing_file(id);
        let access = Access::Create { direct: self.settings.direct };
        let file = self.fs.open(&path, access).map_err(|e| StoreError::io("create", &path, &e))?;
        let mut zeros = AlignedBuffer::default();
        zeros.extend_zeros(STEP);
        Ok(Making { id, path, file, written: 0, zeros })
    }

    fn zero(&self, mut making: Making) -> Result<Zeroed, StoreError> {
        let rest = self.settings.file_size.saturating_sub(making.written);
        let step = usize::try_from(rest).unwrap_or(STEP).min(STEP);
        let zeros = making.zeros.as_slice().get(..step).unwrap_or_default();
        let path = making.path.clone();
        let discard = |error| {
            let _left = self.fs.remove_file(&path);
            error
        };
        making
            .file
            .write_all_at(zeros, making.written)
            .map_err(|e| discard(StoreError::io("write", &path, &e)))?;
        making.written += step as u64;
        let done = making.written >= self.settings.file_size;
        if done || making.written.is_multiple_of(SYNC_EVERY) {
            making.file.sync_data().map_err(|e| discard(StoreError::sync(&path, &e)))?;
        }
        if !done {
            return Ok(Zeroed::More(making));
        }
        let free = self.layout.free_file(making.id);
        self.fs.rename(&path, &free).map_err(|e| discard(StoreError::io("rename", &path, &e)))?;
        Ok(Zeroed::Done(making.id))
    }

    /// Ends the background work and removes what it has not finished.
    pub fn stop(&self) {
        let (thread, making) = {
            let mut state = self.state.lock();
            state.stop = true;
            (state.thread.take(), state.making.take())
        };
        self.stopping.notify_all();
        if let Some(thread) = thread {
            let _ended = thread.join();
        }
        let left = self.state.lock().making.take();
        for making in making.into_iter().chain(left) {
            let _left = self.fs.remove_file(&making.path);
        }
    }
}

enum Zeroed {
    More(Making),
    Done(u64),
}

impl State {
    fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}
