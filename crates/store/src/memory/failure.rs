//! The failure that ends a log in memory, which its segments share.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::error::StoreError;

/// What stopped the log for good, once something did.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure(Arc<OnceLock<StoreError>>);

impl Failure {
    pub fn get(&self) -> Option<&StoreError> {
        self.0.get()
    }

    /// Fails if the log has failed.
    pub fn check(&self) -> Result<(), StoreError> {
        self.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// It fails now, if it has not before.
    pub fn strike(&self) -> StoreError {
        let struck = || StoreError::Io {
            action: "write",
            path: PathBuf::from("memory"),
            kind: std::io::ErrorKind::Other,
            message: "input/output error on write (simulated)".to_owned(),
        };
        self.0.get_or_init(|| struck().poisoned()).clone()
    }
}
