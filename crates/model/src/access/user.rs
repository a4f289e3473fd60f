//! A user: who may log in, and with which tags.

use serde::{Deserialize, Deserializer, Serialize};

use super::password::{self, HashingAlgorithm, SALT_LEN};
use crate::error::Error;

/// The longest name of a user and the longest tag, in octets: as long as a short string of AMQP.
const MAX_NAME: usize = 255;
/// How many tags a user may have.
const MAX_TAGS: usize = 64;

/// A user, in the shape that definitions have (RabbitMQ, definitions export).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name.
    pub name: String,
    /// Hash of the password; empty when no password logs in.
    #[serde(default)]
    pub password_hash: String,
    /// What made the hash.
    #[serde(default)]
    pub hashing_algorithm: HashingAlgorithm,
    /// `administrator`, `monitoring`, `policymaker`, `management`, `impersonator`, or any other word.
    #[serde(default, deserialize_with = "list_or_commas")]
    pub tags: Vec<String>,
}

impl User {
    /// A user with a password. The salt has to be random and new; an empty password logs nobody in.
    pub fn with_password(name: &str, password: &[u8], salt: [u8; SALT_LEN], tags: Vec<String>) -> Self {
        let mut user = Self {
            name: name.to_owned(),
            password_hash: String::new(),
            hashing_algorithm: HashingAlgorithm::default(),
            tags,
        };
        user.set_password(password, salt);
        user
    }

    /// A user with a hash that was made elsewhere; an empty one logs nobody in.
    pub fn with_hash(name: &str, hash: String, algorithm: HashingAlgorithm, tags: Vec<String>) -> Self {
        Self { name: name.to_owned(), password_hash: hash, hashing_algorithm: algorithm, tags }
    }

    /// Gives the user another password, with a salt as in [`User::with_password`].
    pub fn set_password(&mut self, password: &[u8], salt: [u8; SALT_LEN]) {
        self.hashing_algorithm = HashingAlgorithm::default();
        self.password_hash = password::hash(password, salt);
    }

    /// Takes the password away: none logs in from now on.
    pub fn clear_password(&mut self) {
        self.hashing_algorithm = HashingAlgorithm::default();
        self.password_hash.clear();
    }

    /// Whether the user has this tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// Whether this can be a user.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for a name or tag that is empty or longer than 255 octets, for more than 64 tags, and for a password
    /// hash that is none.
    pub fn check(&self) -> Result<(), Error> {
        check_name("user name", &self.name)?;
        if self.tags.len() > MAX_TAGS {
            return Err(Error::invalid_name("user", &format!("has more than {MAX_TAGS} tags")));
        }
        for tag in &self.tags {
            check_name("user tag", tag)?;
        }
        password::check_hash(&self.password_hash)
    }
}

fn check_name(what: &str, name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::invalid_name(what, "cannot be an empty string"));
    }
    if name.len() > MAX_NAME {
        return Err(Error::invalid_name(what, &format!("is longer than {MAX_NAME} octets")));
    }
    Ok(())
}

/// Tags as definitions have them: a list, or before RabbitMQ 3.9 a text with commas.
fn list_or_commas<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tags {
        List(Vec<String>),
        Commas(String),
    }
    Ok(match Tags::deserialize(deserializer)? {
        Tags::List(tags) => tags,
        Tags::Commas(text) => {
            text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
        }
    })
}
