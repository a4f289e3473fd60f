//! The server as its users meet it: real sockets, a real data directory, a real broker.

mod amqp;
mod app;
mod authorization;
mod bindings;
mod boot;
mod clients;
mod definitions;
mod exchanges;
mod health;
mod keys;
mod messages;
mod permissions;
mod queues;
mod routes;
mod support;
mod users;
mod vhosts;
