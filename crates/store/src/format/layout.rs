//! Names and places of the store's files below its directory.

use std::path::{Path, PathBuf};

/// The directory of a store.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
    log: PathBuf,
    checkpoints: PathBuf,
    segments: PathBuf,
}

/// What a name in the log directory means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogName {
    /// A file of the log.
    Log(u64),
    /// A file that waits for reuse.
    Free(u64),
    /// A file that was being prepared.
    Unfinished,
}

impl Layout {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            log: root.join("log"),
            checkpoints: root.join("checkpoints"),
            segments: root.join("segments"),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn checkpoints(&self) -> &Path {
        &self.checkpoints
    }

    pub fn segments(&self) -> &Path {
        &self.segments
    }

    pub fn lock_file(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub fn format_file(&self) -> PathBuf {
        self.root.join("format")
    }

    pub fn log_file(&self, number: u64) -> PathBuf {
        self.log.join(format!("{number:016x}.log"))
    }

    pub fn free_file(&self, id: u64) -> PathBuf {
        self.log.join(format!("{id:016x}.free"))
    }

    /// A file of the pool while it is zeroed.
    pub fn zeroing_file(&self, id: u64) -> PathBuf {
        self.log.join(format!("{id:016x}.zero"))
    }

    /// A log file before it has its header.
    pub fn new_file(&self, number: u64) -> PathBuf {
        self.log.join(format!("{number:016x}.new"))
    }

    pub fn checkpoint_file(&self, covers: u64) -> PathBuf {
        self.checkpoints.join(format!("{covers:016x}.checkpoint"))
    }

    pub fn unfinished_checkpoint(&self) -> PathBuf {
        self.checkpoints.join("next.tmp")
    }

    pub fn queue_dir(&self, queue: u64) -> PathBuf {
        self.segments.join(format!("{queue:016x}"))
    }

    pub fn segment_file(&self, queue: u64, segment: u64) -> PathBuf {
        self.queue_dir(queue).join(format!("{segment:016x}.segment"))
    }

    pub fn unfinished_segment(&self, queue: u64, segment: u64) -> PathBuf {
        self.queue_dir(queue).join(format!("{segment:016x}.tmp"))
    }

    pub fn salvage_dir(&self, number: u32) -> PathBuf {
        self.root.join(format!("salvage-{number}"))
    }
}

fn numbered(name: &str, suffix: &str) -> Option<u64> {
    let digits = name.strip_suffix(suffix)?;
    let plain = digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

pub(crate) fn log_name(name: &str) -> Option<LogName> {
    numbered(name, ".log")
        .map(LogName::Log)
        .or_else(|| numbered(name, ".free").map(LogName::Free))
        .or_else(|| numbered(name, ".zero").or(numbered(name, ".new")).map(|_| LogName::Unfinished))
}

pub(crate) fn checkpoint_name(name: &str) -> Option<u64> {
    numbered(name, ".checkpoint")
}

pub(crate) fn queue_name(name: &str) -> Option<u64> {
    numbered(name, "")
}

pub(crate) fn segment_name(name: &str) -> Option<u64> {
    numbered(name, ".segment")
}
