//! `clear_global_parameter`

use clap::Args;
use warren_api::parameters;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Clears a runtime parameter of the whole cluster
#[derive(Debug, Args)]
pub struct ClearGlobalParameter {
    /// Name of the parameter
    name: String,
}

impl Run for ClearGlobalParameter {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Clearing global runtime parameter \"{}\" ...", self.name))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        match context.client()?.call(parameters::DeleteGlobal { name: &self.name }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_parameter()),
            Err(error) => Err(error.into()),
        }
    }
}
