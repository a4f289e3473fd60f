//! The `warrenctl` binary: rabbitmqctl-style administration of a node over its management API, and the node itself.

mod app;
mod cli;
mod client;
mod command;
mod commands;
mod context;
mod failure;
mod node;
mod options;
mod output;
mod password;
mod usage;

use std::process::ExitCode;

fn main() -> ExitCode {
    app::main(std::env::args_os())
}
