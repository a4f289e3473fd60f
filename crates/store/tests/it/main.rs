//! Tests of the store through its public face.

mod damage;
mod disk;
mod faults;
mod format;
mod kill;
mod log;
mod memory;
mod owner;
mod simulation;
