//! `authenticate_user`

use clap::Args;
use warren_api::warren::{self, Credentials};
use warren_api::whoami;

use crate::client::{Client, ClientError};
use crate::command::Run;
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
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Authenticating user \"{}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let password = password::obtain(context, self.password.as_deref(), "Password: ", Kind::Internal)?;
        let credentials = Credentials { username: self.username.clone(), password };
        match client.send(warren::Authenticate, &credentials) {
            Ok(()) => {}
            Err(ClientError::Refused { status: 401, error }) if warren::is_about_the_user(&error) => {
                return Err(self.refused(&error.reason_text()));
            }
            // An admin socket takes everybody for the administrator, so that asking there proves nothing.
            Err(error) if error.is_unsupported() && client.node().credentials.is_some() => {
                if !foreign(context, client, credentials)? {
                    return Err(self.refused(&format!("user '{}' - invalid credentials", self.username)));
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Output::Message("Success".into()))
    }
}

impl AuthenticateUser {
    fn refused(&self, reason: &str) -> Failure {
        Failure::new(
            Kind::Data,
            format!("Error: failed to authenticate user \"{}\"\n{reason}", self.username),
        )
    }
}

/// Another make of node: its whoami, asked with these credentials. A user without a management tag is refused there too,
/// but by another sentence than one with a wrong password.
fn foreign(context: &Context, client: &Client, credentials: Credentials) -> Result<bool> {
    let node =
        Node { credentials: Some((credentials.username, credentials.password)), ..client.node().clone() };
    match Client::new(node, context.timeout())?.call(whoami::Get) {
        Ok(_) => Ok(true),
        Err(ClientError::Refused { status: 401, error }) => Ok(error.reason_text().starts_with("Not ")),
        Err(ClientError::Refused { status: 403, .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
