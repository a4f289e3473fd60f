//! Recovery: the newest sound checkpoint, then the log after it, handed to the owner of the data.

mod file_reader;
mod log_files;
mod recover;
mod replay;

pub(crate) use recover::{Carried, Recovered, recover};
pub use recover::{Recovery, RecoveryReport, TornTail};
