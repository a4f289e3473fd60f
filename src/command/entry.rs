//! The line that a command has in the list of its noun.

use clap::{ArgMatches, Args, Command as ClapCommand, Error};

use super::{Heading, Run};

/// A command: its name, the heading under which help lists it, and the arguments that it reads.
#[derive(Debug)]
pub struct Entry {
    /// Its name, with underscores.
    pub name: &'static str,
    /// The heading under which it is listed.
    pub heading: Heading,
    augment: fn(ClapCommand) -> ClapCommand,
    read: fn(&ArgMatches) -> Result<Box<dyn Run>, Error>,
}

impl Entry {
    /// The command that `C` holds the arguments of.
    pub const fn of<C: Args + Run + 'static>(name: &'static str, heading: Heading) -> Self {
        Self { name, heading, augment: C::augment_args, read: read::<C> }
    }

    /// How clap is to read it.
    pub fn definition(&self) -> ClapCommand {
        (self.augment)(ClapCommand::new(self.name))
    }

    /// The command with the arguments that clap has read.
    pub fn read(&self, matches: &ArgMatches) -> Result<Box<dyn Run>, Error> {
        (self.read)(matches)
    }
}

fn read<C: Args + Run + 'static>(matches: &ArgMatches) -> Result<Box<dyn Run>, Error> {
    Ok(Box::new(C::from_arg_matches(matches)?))
}
