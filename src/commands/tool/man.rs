//! `man`

use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Writes the manual pages, one for each command, into a directory
#[derive(Debug, Args)]
pub struct Man {
    /// The directory; it is created if need be
    directory: PathBuf,
}

impl Run for Man {
    fn run(&self, context: &Context) -> Result<Output> {
        let failed = |error: std::io::Error| {
            Failure::new(
                Kind::Data,
                format!("cannot write manual pages into {}: {error}", self.directory.display()),
            )
        };
        fs::create_dir_all(&self.directory).map_err(failed)?;
        clap_mangen::generate_to(context.definition(), &self.directory).map_err(failed)?;
        Ok(Output::Done)
    }
}
