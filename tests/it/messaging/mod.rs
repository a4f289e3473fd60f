//! What becomes of messages beyond the specification: exchange types and headers that direct them, streams that keep them.

mod alternate;
mod cc_bcc;
mod deduplication;
mod delayed;
mod exchange_types;
mod recent_history;
mod stream_refusals;
mod stream_retention;
mod streams;
