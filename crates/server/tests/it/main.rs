//! The server as its users meet it: real sockets, a real data directory, a real broker.

mod boot;
mod support;
