//! `await_startup`

use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use warren_api::warren::NodeStatus;

use crate::client::ClientError;
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// How often the node is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until the node answers and its app runs
#[derive(Debug, Args)]
pub struct AwaitStartup {}

impl Run for AwaitStartup {
    fn default_timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(300))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let end = Instant::now() + context.timeout().unwrap_or_default();
        loop {
            let failure = match context.fresh_client()?.node_status() {
                Ok(NodeStatus { app_running: true, .. }) => return Ok(Output::Done),
                Ok(_) => Failure::new(Kind::Server, "rabbit_is_not_running").with_hint(
                    "The node answers, and its app is stopped. Start it with 'warrenctl start_app'.",
                ),
                Err(error @ (ClientError::Unreachable { .. } | ClientError::TimedOut { .. })) => error.into(),
                Err(error) => return Err(error.into()),
            };
            if Instant::now() + PAUSE > end {
                return Err(failure);
            }
            sleep(PAUSE);
        }
    }
}
