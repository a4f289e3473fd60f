//! `authenticate_user`

use clap::Args;
use warren_api::warren::{self, Credentials};
use warren_api::whoami;

use crate::client::{Client, ClientError};
use crate::commands::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::node::Node;
use crate::output::Output;
use crate::password;

/// Checks a password; exits with 65 when it does not log in
#[derive(Debug, Args)]
pub struct AuthenticateUser {
    /// Name of the user
    username: String,
    /// The password; left out, it is asked for on the terminal, or read as one line from standard input
    password: Option<String>,
}

impl Run for AuthenticateUser {
    fn banner(&self, _: &Context) -> Result<Option<String>> {
        Ok(Some(format!("Authenticating user \"{}\" ...", self.username)))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let password = password::obtain(context, self.password.as_deref(), "Password: ", Kind::Internal)?;
        let credentials = Credentials { username: self.username.clone(), password };
        let accepted = match client.send(&warren::AUTHENTICATE, [], &credentials) {
            Ok(()) => true,
            Err(ClientError::Refused { status: 401, error }) if is_about_the_caller(&error.error) => {
                return Err(ClientError::Refused { status: 401, error }.into());
            }
            Err(error) if error.status() == Some(401) => false,
            // An admin socket takes everybody for the administrator, so that asking there proves nothing.
            Err(error) if error.is_unsupported() && client.node().credentials.is_some() => {
                foreign(context, client, credentials)?
            }
            Err(error) => return Err(error.into()),
        };
        if accepted { Ok(Output::Message("Success".into())) } else { Err(self.refused()) }
    }
}

impl AuthenticateUser {
    fn refused(&self) -> Failure {
        let name = &self.username;
        Failure::new(
            Kind::Data,
            format!("Error: failed to authenticate user \"{name}\"\nuser '{name}' - invalid credentials"),
        )
    }
}

/// A refusal of the request itself, by its error word, as opposed to one of the credentials in its body.
fn is_about_the_caller(word: &str) -> bool {
    matches!(word, "not_authorised" | "not_authorized")
}

/// Another make of node: its whoami, asked with these credentials. A user without a management tag is refused there too,
/// but by another sentence than one with a wrong password.
fn foreign(context: &Context, client: &Client, credentials: Credentials) -> Result<bool> {
    let node =
        Node { credentials: Some((credentials.username, credentials.password)), ..client.node().clone() };
    match Client::new(node, context.timeout())?.call(&whoami::GET, []) {
        Ok(_) => Ok(true),
        Err(ClientError::Refused { status: 401, error }) => Ok(error.reason_text().starts_with("Not ")),
        Err(ClientError::Refused { status: 403, .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
