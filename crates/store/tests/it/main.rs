//! Tests of the store through its public face.

mod log;
mod owner;
mod simulation;
