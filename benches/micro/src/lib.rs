//! The steps that every message takes, each by itself: decoding, routing, resting in a queue, delivery, the log.
//!
//! A [`Case`] is measured in two ways: `cargo bench -p warren-micro` takes its time, and the program `instructions` has
//! valgrind count its instructions, which hardly vary and can be held against a committed baseline.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "benchmarks: a failure must be loud"
)]

mod codec;
mod core;
mod log;
mod outbox;
mod queue;
mod route;

/// One thing that is measured.
pub struct Case {
    /// Its name, without blanks.
    pub name: &'static str,
    /// How many messages one round takes.
    pub messages: u64,
    /// Prepares it.
    pub prepare: fn() -> Box<dyn Work>,
}

/// A case that is prepared. Rounds and rests alternate; only rounds are measured.
pub trait Work {
    /// Does it once.
    fn round(&mut self);

    /// Undoes what a round left, so that the next one does the same work.
    fn rest(&mut self) {}
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [codec::CASES, route::CASES, queue::CASES, outbox::CASES, log::CASES]
        .into_iter()
        .flatten()
        .map(|(name, messages, prepare)| Case { name, messages: *messages, prepare: *prepare })
        .collect()
}

/// Cases of one file: name, messages of a round, preparation.
type Cases = &'static [(&'static str, u64, fn() -> Box<dyn Work>)];
