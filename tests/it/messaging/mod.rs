//! What becomes of messages that are not simply delivered: they expire, overflow, die, overtake each other, take other
//! routes, stay in streams. Codes, texts and headers are RabbitMQ's.

mod alternate;
mod arguments;
mod cc_bcc;
mod clients;
mod consumers;
mod dead_letters;
mod deduplication;
mod delayed;
mod durable;
mod exchange_types;
mod expires;
mod fixtures;
mod flow;
mod length;
mod priority;
mod quorum;
mod recent_history;
mod routing;
mod stream_refusals;
mod stream_retention;
mod streams;
mod ttl;
