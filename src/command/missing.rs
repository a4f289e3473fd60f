//! Finds out what a refusal is about: the API says that something is missing, the command says what.

use warren_api::{exchanges, users, vhosts};

use crate::client::{Client, ClientError};
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// The user does not exist.
pub fn no_user(name: &str) -> Failure {
    Failure::new(Kind::NoUser, format!("User \"{name}\" does not exist"))
}

/// The user does not exist, where rabbitmqctl counts that as an error of the node.
pub fn no_such_user(name: &str) -> Failure {
    Failure::new(Kind::Server, format!("User \"{name}\" does not exist"))
}

/// The vhost does not exist, where rabbitmqctl counts that as wrong input.
pub fn no_vhost(name: &str) -> Failure {
    Failure::new(Kind::NoVHost, format!("Virtual host '{name}' does not exist"))
}

/// The policy or parameter does not exist, or the vhost that it would be in.
pub fn no_parameter() -> Failure {
    Failure::new(Kind::Server, "Parameter does not exist")
}

/// Fails if the user does not exist.
pub fn check_user(client: &Client, name: &str) -> Result<()> {
    absent(client.call(users::Get { user: name }), || no_user(name))
}

/// As [`check_user`], where rabbitmqctl counts it as an error of the node.
pub fn check_limited_user(client: &Client, name: &str) -> Result<()> {
    absent(client.call(users::Get { user: name }), || no_such_user(name))
}

/// Fails if the vhost does not exist, where rabbitmqctl counts that as an error of the node.
pub fn check_vhost(client: &Client, name: &str) -> Result<()> {
    absent(client.call(vhosts::Get { vhost: name }), || {
        Failure::new(Kind::Server, format!("Virtual host {name} does not exist"))
    })
}

/// What became of a change of a user's permissions in a vhost: a refusal says which of the two is missing, if one is.
pub fn user_or_vhost(
    client: &Client,
    answer: std::result::Result<(), ClientError>,
    user: &str,
    vhost: &str,
) -> Result<Output> {
    match answer {
        Ok(()) => Ok(Output::Done),
        Err(error) if matches!(error.status(), Some(400 | 404)) => {
            check_user(client, user)?;
            check_vhost(client, vhost)?;
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails if the exchange does not exist.
pub fn check_exchange(client: &Client, vhost: &str, name: &str) -> Result<()> {
    absent(client.call(exchanges::Get { vhost, exchange: name }), || {
        Failure::new(Kind::Server, format!("Exchange {name} does not exist"))
    })
}

fn absent<T>(answer: std::result::Result<T, ClientError>, failure: impl Fn() -> Failure) -> Result<()> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Err(failure()),
        Err(error) => Err(error.into()),
    }
}
