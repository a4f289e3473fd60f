//! What becomes of messages beyond the specification: exchange types and headers that direct them, streams that keep them.

mod cc_bcc;
mod exchange_types;
mod stream_refusals;
mod stream_retention;
mod streams;
