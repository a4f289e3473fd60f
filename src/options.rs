//! The options that every command takes.

use clap::{ArgAction, Args};

use crate::output::Formatter;

/// Options that every command takes, before or after its name.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "General options")]
pub struct Options {
    /// The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file
    #[arg(short, long, global = true, env = "WARREN_NODE", hide_env_values = true, value_name = "NODE")]
    pub node: Option<String>,
    /// Print the result only: no banner and no closing words
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// As --quiet, and tables without their header
    #[arg(short, long, global = true)]
    pub silent: bool,
    /// Format of the result
    #[arg(long, global = true, value_enum, ignore_case = true, value_name = "FORMAT")]
    pub formatter: Option<Formatter>,
    /// Give up after this many seconds
    #[arg(short, long, global = true, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Virtual host, for commands that work in one [default: that of the node's alias, else /]
    #[arg(short = 'p', long, global = true, value_name = "VHOST")]
    pub vhost: Option<String>,
    /// Tables without their header
    #[arg(long, global = true)]
    pub no_table_headers: bool,
    /// Check the command line, say what would be done, and do nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print help
    #[arg(short = 'h', long, visible_short_alias = '?', global = true, action = ArgAction::Help)]
    pub help: Option<bool>,
}
