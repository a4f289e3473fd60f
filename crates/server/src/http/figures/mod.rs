//! Numbers that several nouns show: counters with their rates, and sums over queues and connections.

pub mod churn;
pub mod stats;
pub mod totals;
