//! Recovery: the newest sound checkpoint, then the log after it, handed to the owner of the data.

mod file_reader;
mod log_files;
mod owner;
mod recover;
mod recovered;
mod replay;
mod report;

pub use owner::Recovery;
pub(crate) use recover::recover;
pub(crate) use recovered::{Carried, Recovered};
pub use report::{RecoveryReport, TornTail};
