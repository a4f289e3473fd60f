//! `add_user`

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use warren_api::Tags;
use warren_api::users::{self, PutUser};

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;
use crate::password;

/// Creates a user, at first without permissions in any virtual host
#[derive(Debug, Args)]
pub struct AddUser {
    /// Name of the new user
    username: String,
    /// Its password; left out, it is asked for on the terminal, or read as one line from standard input
    password: Option<String>,
    /// Take the password for a salted hash in base64, as definitions hold it
    #[arg(long)]
    pre_hashed_password: bool,
}

impl Run for AddUser {
    fn check(&self, _: &Context) -> Result<()> {
        if self.username.is_empty() {
            return Err(Failure::new(Kind::Data, "Bad argument: user cannot be an empty string"));
        }
        if let Some(hash) = self.password.as_ref().filter(|_| self.pre_hashed_password) {
            check_hash(hash)?;
        }
        Ok(())
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Adding user \"{}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let exists = || Failure::new(Kind::Exists, format!("User \"{}\" already exists", self.username));
        match client.call(users::Get { user: &self.username }) {
            Ok(_) => return Err(exists()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        client.send(users::Put { user: &self.username }, &self.body(context)?)?;
        Ok(Output::Chatter(
            "Done. Don't forget to grant the user permissions to some virtual hosts! See 'warrenctl help set_permissions' to learn more."
                .into(),
        ))
    }
}

impl AddUser {
    fn body(&self, context: &Context) -> Result<PutUser> {
        let prompt = if self.pre_hashed_password { "Hashed and salted password: " } else { "Password: " };
        let secret = password::obtain(context, self.password.as_deref(), prompt, Kind::Data)?;
        if self.pre_hashed_password {
            check_hash(&secret)?;
            let tags = Some(Tags::default());
            let hashing_algorithm = Some(users::SHA256.to_owned());
            return Ok(PutUser {
                password_hash: Some(secret),
                hashing_algorithm,
                tags,
                ..PutUser::default()
            });
        }
        Ok(with_password(secret, Tags::default()))
    }
}

/// A body with a password; an empty one is written as no password, because with an empty one nobody can log in.
pub(super) fn with_password(secret: String, tags: Tags) -> PutUser {
    let tags = Some(tags);
    match secret.is_empty() {
        true => PutUser { password_hash: Some(String::new()), tags, ..PutUser::default() },
        false => PutUser { password: Some(secret), tags, ..PutUser::default() },
    }
}

fn check_hash(hash: &str) -> Result<()> {
    STANDARD.decode(hash).map(drop).map_err(|_| {
        Failure::new(Kind::Data, "Could not Base64 decode provided password hash value")
            .with_hint("A hash is the base64 of 4 bytes of salt and the SHA-256 of salt and password.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_password_is_no_password() {
        let body = with_password(String::new(), Tags::default());
        assert_eq!((body.password, body.password_hash.as_deref()), (None, Some("")));
    }

    #[test]
    fn a_hash_is_base64() {
        assert!(check_hash("kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR").is_ok());
        assert_eq!(check_hash("notbase64!").unwrap_err().kind, Kind::Data);
    }
}
