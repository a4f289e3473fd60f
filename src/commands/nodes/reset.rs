//! `reset`

use clap::Args;
use warren_api::warren;

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Returns a node to its first state: all it holds is deleted; the app must be stopped
#[derive(Debug, Args)]
pub struct Reset {}

impl Run for Reset {
    fn check(&self, context: &Context) -> Result<()> {
        context.node_status().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Resetting node {} ...", context.node_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        match context.client()?.call(warren::Reset) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.status() == Some(409) => Err(Failure::new(
                Kind::AppRunning,
                "this command requires the 'rabbit' app to be stopped on the target node. Stop it with 'warrenctl stop_app'.",
            )),
            Err(error) => Err(error.into()),
        }
    }
}
