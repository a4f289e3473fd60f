//! `ping`

use std::time::Duration;

use clap::Args;

use crate::client::ClientError;
use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Checks that the node's process is up and answers, whether its app runs or not
#[derive(Debug, Args)]
pub struct Ping {}

impl Run for Ping {
    fn check(&self, context: &Context) -> Result<()> {
        context.client().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let timeout = context.timeout().unwrap_or_default().as_millis();
        Some(format!(
            "Will ping {}. This only checks if the process is running and answers. Timeout: {timeout} ms.",
            context.address_label()
        ))
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn default_timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        match context.client()?.node_status() {
            // A refusal is an answer as well.
            Ok(_) | Err(ClientError::Refused { .. }) => Ok(Output::Message("Ping succeeded".into())),
            Err(error) => Err(error.into()),
        }
    }
}
