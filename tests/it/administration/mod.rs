//! What operators set while the node runs: policies, limits, parameters, and what clients notice of it.

mod policies;
