//! `purge_queue`

use clap::Args;
use warren_api::queues;

use crate::commands::Run;
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
    fn banner(&self, context: &Context) -> Result<Option<String>> {
        Ok(Some(format!("Purging queue '{}' in vhost '{}' ...", self.name, context.vhost()?)))
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
