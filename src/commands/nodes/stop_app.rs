//! `stop_app`

use clap::Args;
use warren_api::warren;

use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Stops the app: clients are disconnected and refused, and the process stays
#[derive(Debug, Args)]
pub struct StopApp {}

impl Run for StopApp {
    fn check(&self, context: &Context) -> Result<()> {
        context.node_status().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Stopping rabbit application on node {} ...", context.node_label()))
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn run(&self, context: &Context) -> Result<Output> {
        context.client()?.call(warren::StopApp)?;
        Ok(Output::Done)
    }
}
