//! `set_global_parameter`

use clap::Args;
use warren_api::parameters::{self, PutParameter};

use crate::command::{Run, document};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets a runtime parameter of the whole cluster
#[derive(Debug, Args)]
pub struct SetGlobalParameter {
    /// Name of the parameter
    name: String,
    /// Its value, as JSON
    value: String,
}

impl Run for SetGlobalParameter {
    fn banner(&self, _: &Context) -> Option<String> {
        let Self { name, value } = self;
        Some(format!("Setting global runtime parameter \"{name}\" to \"{value}\" ..."))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let body = PutParameter { value: document::parse(&self.value)? };
        context.client()?.send(parameters::PutGlobal { name: &self.name }, &body)?;
        Ok(Output::Done)
    }
}
