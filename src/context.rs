//! What a command works with: the options, the node, and a place for what is to be said before the result.

use std::cell::{OnceCell, RefCell};
use std::io::{self, Write};
use std::time::Duration;

use clap::Command as ClapCommand;
use serde_json::Value;
use warren_api::declaration::{Endpoint, ListQuery};
use warren_api::warren::NodeStatus;

use crate::client::Client;
use crate::failure::Result;
use crate::node;
use crate::options::Options;
use crate::output::{Formatter, Style, visible};

/// What a command works with.
pub struct Context {
    options: Options,
    definition: fn() -> ClapCommand,
    timeout: Option<Duration>,
    client: OnceCell<Client>,
    status: OnceCell<NodeStatus>,
    banner: RefCell<Option<String>>,
    warnings: RefCell<Vec<String>>,
}

impl Context {
    /// A context for these options. `definition` makes that of the whole command line; `default_timeout` is the command's own.
    pub fn new(options: Options, definition: fn() -> ClapCommand, default_timeout: Option<Duration>) -> Self {
        let timeout = options.timeout.map(Duration::from_secs).or(default_timeout);
        Self {
            options,
            definition,
            timeout,
            client: OnceCell::new(),
            status: OnceCell::new(),
            banner: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// How the result is to be printed.
    pub fn style(&self) -> Style {
        Style {
            formatter: self.options.formatter.unwrap_or(Formatter::Table),
            quiet: self.options.quiet,
            silent: self.options.silent,
            no_table_headers: self.options.no_table_headers,
        }
    }

    /// The definition of the whole command line, for commands about commands.
    pub fn definition(&self) -> ClapCommand {
        (self.definition)()
    }

    /// How long the command may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// What `--node` or its environment variable says.
    pub fn named_node(&self) -> Option<&str> {
        self.options.node.as_deref()
    }

    /// What `--vhost` says.
    pub fn named_vhost(&self) -> Option<&str> {
        self.options.vhost.as_deref()
    }

    /// The client for the node.
    pub fn client(&self) -> Result<&Client> {
        if self.client.get().is_none() {
            let client = Client::new(node::resolve(self.named_node())?, self.timeout)?;
            let _ = self.client.set(client);
        }
        Ok(self.client.get().expect("it was set above"))
    }

    /// A client with a connection of its own, for looking whether a node is there. The node is found anew each time,
    /// because a node that starts creates the admin socket that was not there before.
    pub fn fresh_client(&self) -> Result<Client> {
        Client::new(node::resolve(self.named_node())?, self.timeout)
    }

    /// The vhost: `--vhost`, else that of the node's alias, else `/`.
    pub fn vhost(&self) -> Result<String> {
        if let Some(vhost) = &self.options.vhost {
            return Ok(vhost.clone());
        }
        Ok(self.client()?.node().vhost.clone().unwrap_or_else(|| "/".to_owned()))
    }

    /// The vhost for a banner, whose command has checked that it can be told.
    pub fn vhost_label(&self) -> String {
        self.vhost().unwrap_or_default()
    }

    /// The items of a list in the vhost. A vhost that does not exist has none, and a warning says so.
    pub fn list_in_vhost<E: Endpoint<Query = ListQuery, Body = ()>>(
        &self,
        endpoint: impl FnOnce(String) -> E,
        query: &ListQuery,
    ) -> Result<Vec<Value>> {
        let vhost = self.vhost()?;
        match self.client()?.call_with(endpoint(vhost.clone()), query) {
            Err(error) if error.is_not_found() => {
                self.warn(format!("virtual host '{vhost}' does not exist"));
                Ok(Vec::new())
            }
            answer => Ok(answer?),
        }
    }

    /// State of the node, asked once.
    pub fn node_status(&self) -> Result<&NodeStatus> {
        if self.status.get().is_none() {
            let status = self.client()?.node_status()?;
            let _ = self.status.set(status);
        }
        Ok(self.status.get().expect("it was set above"))
    }

    /// The node's name if it tells, else its address.
    pub fn node_label(&self) -> String {
        match self.node_status() {
            Ok(status) if !status.node.is_empty() => status.node.clone(),
            _ => self.address_label(),
        }
    }

    /// Where the node is to answer.
    pub fn address_label(&self) -> String {
        self.client().map(|client| client.node().address.to_string()).unwrap_or_default()
    }

    /// Sets what is printed before the result.
    pub fn announce(&self, banner: String) {
        self.banner.replace(Some(banner));
    }

    /// Prints the banner, once, unless the options or the format leave it out.
    pub fn print_banner(&self) {
        if let Some(banner) = self.banner.take()
            && self.style().has_banner()
        {
            self.say(&visible(&banner));
        }
    }

    /// Prints a line on standard output right away. Only for what must come before the result: a banner, a prompt.
    pub fn say(&self, line: &str) {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    /// Adds a warning for standard error.
    pub fn warn(&self, warning: String) {
        self.warnings.borrow_mut().push(warning);
    }

    /// The warnings, unless `--quiet` or `--silent` leave them out.
    pub fn take_warnings(&self) -> Vec<String> {
        let warnings = self.warnings.take();
        if self.options.quiet || self.options.silent { Vec::new() } else { warnings }
    }
}
