//! Password hashes in RabbitMQ's format, so that users move between brokers without new passwords.
//!
//! A hash is base64 of a salt of four octets and the digest of salt and password (RabbitMQ, passwords). New hashes are made
//! with SHA-256, RabbitMQ's default; SHA-512 and MD5 are understood for users that come from elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use crate::error::Error;

/// Octets of salt at the beginning of a hash.
pub const SALT_LEN: usize = 4;
/// The longest hash that is kept, in characters of base64; far more than any algorithm makes.
const MAX_HASH: usize = 1024;

/// What digests salt and password, under the names that RabbitMQ gives it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HashingAlgorithm {
    /// SHA-256
    #[default]
    #[serde(rename = "rabbit_password_hashing_sha256")]
    Sha256,
    /// SHA-512
    #[serde(rename = "rabbit_password_hashing_sha512")]
    Sha512,
    /// MD5, of RabbitMQ before 3.6. Only compared with, never made.
    #[serde(rename = "rabbit_password_hashing_md5")]
    Md5,
}

impl HashingAlgorithm {
    /// RabbitMQ's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "rabbit_password_hashing_sha256",
            Self::Sha512 => "rabbit_password_hashing_sha512",
            Self::Md5 => "rabbit_password_hashing_md5",
        }
    }

    /// The algorithm of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512, Self::Md5].into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn digest(self, salt: &[u8], password: &[u8]) -> Vec<u8> {
        fn of<D: Digest>(salt: &[u8], password: &[u8]) -> Vec<u8> {
            D::new().chain_update(salt).chain_update(password).finalize().to_vec()
        }
        match self {
            Self::Sha256 => of::<Sha256>(salt, password),
            Self::Sha512 => of::<Sha512>(salt, password),
            Self::Md5 => of::<Md5>(salt, password),
        }
    }
}

/// Hashes a password with SHA-256. The salt has to be random and new for each hash.
pub fn hash(password: &[u8], salt: [u8; SALT_LEN]) -> String {
    let mut bytes = salt.to_vec();
    bytes.extend(HashingAlgorithm::Sha256.digest(&salt, password));
    STANDARD.encode(bytes)
}

/// Whether `password` is the one that was hashed. Takes the same time however much of the digest agrees. A hash that is empty or
/// damaged is that of no password.
pub fn verify(hash: &str, algorithm: HashingAlgorithm, password: &[u8]) -> bool {
    let Ok(bytes) = STANDARD.decode(hash) else { return false };
    let Some((salt, digest)) = bytes.split_at_checked(SALT_LEN) else { return false };
    algorithm.digest(salt, password).ct_eq(digest).into()
}

/// Whether a hash from elsewhere can be kept: base64, or empty for a user that no password logs in.
///
/// # Errors
/// `PRECONDITION_FAILED` if it is neither. What it decodes to is not looked at: RabbitMQ keeps hashes that no password fits, too.
pub fn check_hash(hash: &str) -> Result<(), Error> {
    if hash.len() > MAX_HASH {
        return Err(Error::invalid_name("password hash", &format!("is longer than {MAX_HASH} characters")));
    }
    match STANDARD.decode(hash) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::invalid_name("password hash", &format!("is not base64: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by RabbitMQ 3.10 from the salt 90 8D C6 0A and the password `test12`.
    const RECORDED: [(HashingAlgorithm, &str); 3] = [
        (HashingAlgorithm::Sha256, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"),
        (
            HashingAlgorithm::Sha512,
            "kI3GChuNuIYf8lRbCCxZjgjKwsY19ns6+uFO0zcXRBGA/XGJPYD8OWMy7EB8TaOmAzjP2azv84GbINYwX2cDWb4DHnc=",
        ),
        (HashingAlgorithm::Md5, "kI3GChNpte2FApYFXScl+0dIluk="),
    ];

    #[test]
    fn hashes_are_those_that_rabbitmq_makes() {
        assert_eq!(hash(b"test12", [0x90, 0x8D, 0xC6, 0x0A]), RECORDED[0].1);
    }

    #[test]
    fn every_algorithm_knows_its_password_and_no_other() {
        for (algorithm, hash) in RECORDED {
            assert!(verify(hash, algorithm, b"test12"), "{algorithm:?}");
            assert!(!verify(hash, algorithm, b"test13") && !verify(hash, algorithm, b""), "{algorithm:?}");
        }
        assert!(!verify(RECORDED[0].1, HashingAlgorithm::Sha512, b"test12"));
    }

    #[test]
    fn empty_and_damaged_hashes_fit_no_password() {
        for hash in ["", "AAAA", "AAAAAA==", "!!", "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2PM="] {
            for password in [&b""[..], b"test12"] {
                assert!(!verify(hash, HashingAlgorithm::Sha256, password), "{hash}");
            }
        }
    }

    #[test]
    fn hashes_from_elsewhere_have_to_be_base64_of_bounded_length() {
        assert!(check_hash("").is_ok() && check_hash(RECORDED[1].1).is_ok() && check_hash("AAAA").is_ok());
        assert_eq!(check_hash("!!").unwrap_err().name(), "PRECONDITION_FAILED");
        assert!(check_hash(&"A".repeat(4096)).is_err());
    }

    #[test]
    fn algorithms_have_rabbitmqs_names() {
        for algorithm in [HashingAlgorithm::Sha256, HashingAlgorithm::Sha512, HashingAlgorithm::Md5] {
            assert_eq!(HashingAlgorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.name());
        }
        assert_eq!(HashingAlgorithm::from_name("md5"), None);
    }
}
