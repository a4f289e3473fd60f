//! `perf`: a load on a broker, and what it makes of it.

mod figures;
mod load;
mod progress;
mod target;
mod words;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[Entry::of::<load::Perf>("perf", Heading::Measuring)];
