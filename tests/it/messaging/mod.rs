//! What becomes of messages that are not simply delivered: they expire, overflow, die, overtake each other, take other
//! routes. Codes, texts and headers are RabbitMQ's.

mod stream_refusals;
mod stream_retention;
mod streams;
