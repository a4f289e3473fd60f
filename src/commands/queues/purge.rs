//! `purge_queue`

use clap::Args;
use warren_api::queues;

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Drops all messages of a queue that wait for delivery
#[derive(Debug, Args)]
pub struct PurgeQueue {
    /// Name of the queue
    #[arg(value_name = "QUEUE")]
    name: String,
}

impl Run for PurgeQueue {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Purging queue '{}' in vhost '{}' ...", self.name, context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let vhost = context.vhost()?;
        match context.client()?.call(queues::Purge { vhost: &vhost, queue: &self.name }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(Failure::new(
                Kind::Server,
                format!("queue '{}' was not found in vhost '{vhost}'", self.name),
            )),
            Err(error) => Err(error.into()),
        }
    }
}
