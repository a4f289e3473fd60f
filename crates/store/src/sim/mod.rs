//! A simulated file system that fails on purpose, the same way for the same seed: crashes with torn, lost, reordered and destroyed
//! writes, full devices, failing writes and syncs.

mod contents;
mod disk;
mod faults;
mod file_system;
mod names;
mod random;

pub use faults::Crash;
pub use file_system::SimFs;
pub use random::Random;
