//! A simulated file system that fails on purpose, the same way for the same seed: crashes with torn, lost, reordered and destroyed
//! writes, full devices, failing writes and syncs.

mod disk;
mod files;
mod random;

pub use disk::{Crash, SimFs};
pub use random::Random;
