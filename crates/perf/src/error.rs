//! Why a run could not be made, or what it found wrong.

use std::io;

use thiserror::Error;

/// Why a run ended early.
#[derive(Debug, Error)]
pub enum PerfError {
    /// What was asked for makes no sense.
    #[error("{0}")]
    BadPlan(String),
    /// The address is none.
    #[error("'{shown}' is no AMQP address: {problem}")]
    BadUri {
        /// The address without its password.
        shown: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody listens there, or the name is unknown.
    #[error("cannot connect to {address}: {source}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The broker does not let this user in.
    #[error("{address} refused the login of user '{user}': {text}")]
    LoginRefused {
        /// Host and port.
        address: String,
        /// The user.
        user: String,
        /// What the broker says.
        text: String,
    },
    /// The broker closed a channel or the connection.
    #[error("the broker closed the {what}: {code} {text}")]
    Closed {
        /// `channel` or `connection`.
        what: &'static str,
        /// The reply code.
        code: u16,
        /// The reply text.
        text: String,
    },
    /// The socket broke.
    #[error("the connection broke: {0}")]
    Broken(io::Error),
    /// The broker took or sent nothing for too long.
    #[error("{0}")]
    Stalled(String),
    /// The broker sent what it must not send.
    #[error("the broker broke the protocol: {0}")]
    Protocol(String),
    /// A queue that is to start empty does not.
    #[error("queue '{queue}' holds {messages} messages already; purge it, or take another")]
    NotEmpty {
        /// Its name.
        queue: String,
        /// How many.
        messages: u32,
    },
    /// Whoever looks on has had enough.
    #[error("the run took too long, and was given up")]
    GivenUp,
}
