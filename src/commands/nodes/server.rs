//! `server`

use clap::Args;
use warren_server::{ServerError, ServerOptions};

use super::server_options::NodeOptions;
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Runs a node in the foreground, for service managers and containers
#[derive(Debug, Args)]
pub struct Server {
    #[command(flatten)]
    options: NodeOptions,
    /// Leave the terminal's session, so that the node outlives it; what `start` sets
    #[arg(long, hide = true)]
    detach: bool,
}

impl Run for Server {
    fn run(&self, _: &Context) -> Result<Output> {
        if self.detach {
            // It fails only for the leader of a process group, which has no session to leave.
            let _ = rustix::process::setsid();
        }
        warren_server::run(options(self.options.clone())).map_err(failed)?;
        Ok(Output::Raw(String::new()))
    }
}

fn options(options: NodeOptions) -> ServerOptions {
    ServerOptions {
        data_dir: options.data_dir,
        config: options.config,
        amqp: options.amqp,
        http: options.http,
        socket: options.socket,
        ready_file: options.ready_file,
        salvage: options.salvage,
    }
}

fn failed(error: ServerError) -> Failure {
    let kind = match error {
        ServerError::Config(_) => Kind::Config,
        ServerError::BadAddress { .. } => Kind::Data,
        _ => Kind::CannotStart,
    };
    Failure::new(kind, error.to_string())
}
