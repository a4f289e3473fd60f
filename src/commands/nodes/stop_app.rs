//! `stop_app`

use clap::Args;
use warren_api::warren;

use crate::commands::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Stops the app: clients are disconnected and refused, and the process stays
#[derive(Debug, Args)]
pub struct StopApp {}

impl Run for StopApp {
    fn banner(&self, context: &Context) -> Result<Option<String>> {
        Ok(Some(format!("Stopping rabbit application on node {} ...", context.node_status()?.node)))
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn run(&self, context: &Context) -> Result<Output> {
        context.client()?.call(warren::StopApp)?;
        Ok(Output::Done)
    }
}
