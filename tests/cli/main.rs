//! Tests of the command line as a process: what it prints on which stream, with which exit code, against a real node.

mod alias;
mod amqp;
mod commands;
mod ctl;
mod errors;
mod fake;
mod generated;
mod lifecycle;
mod node;
mod transcript;
