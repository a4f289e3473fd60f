//! What can go wrong for a command, by kind. The kind alone decides the exit code and what is advised.

use std::fmt;

use anyhow::Error;

/// What a command returns.
pub type Result<T> = std::result::Result<T, Failure>;

/// The kinds of failure. Exit codes are rabbitmqctl's, which are those of `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// The app is stopped and the command needs it to run.
    AppStopped,
    /// The app runs and the command needs it to be stopped.
    AppRunning,
    /// A condition that the caller set does not hold, such as `--if-empty`.
    Condition,
    /// An argument or what standard input holds is wrong.
    Data,
    /// The vhost does not exist.
    NoVHost,
    /// The user does not exist.
    NoUser,
    /// The node does not answer.
    Unreachable,
    /// The node is of another make and has no such operation.
    Unsupported,
    /// The node answered with an error of its own.
    Server,
    /// A node cannot be started here.
    CannotStart,
    /// What is to be created exists already.
    Exists,
    /// Something failed on this side.
    Internal,
    /// The time given with `--timeout` is over.
    TimedOut,
    /// The credentials are wrong or not enough.
    Denied,
    /// What names the node names none.
    BadNode,
    /// A configuration file is wrong.
    Config,
}

impl Kind {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage | Self::AppStopped | Self::AppRunning | Self::Condition => 64,
            Self::Data | Self::NoVHost | Self::BadNode => 65,
            Self::NoUser => 67,
            Self::Unreachable | Self::Unsupported | Self::Server | Self::CannotStart => 69,
            Self::Exists | Self::Internal => 70,
            Self::TimedOut => 75,
            Self::Denied => 77,
            Self::Config => 78,
        }
    }

    /// What to do about it, where the kind alone tells.
    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Unreachable => Some(
                "Start a node with 'warrenctl start', or name the one you mean with --node URL or the \
                 environment variable WARREN_NODE.",
            ),
            Self::Unsupported => Some(
                "Only a Warren node offers this operation; use the node's own tool on the machine it runs on.",
            ),
            Self::Denied => Some(
                "Give the credentials of an administrator: --node http://USER:PASSWORD@HOST:PORT. On the node's own \
                 machine the admin socket in its data directory needs no password: --node unix:///PATH/admin.sock.",
            ),
            Self::TimedOut => Some("Allow more time with --timeout SECONDS."),
            _ => None,
        }
    }

    /// Whether rabbitmqctl finds this out before it announces what it is about to do.
    pub fn comes_before_banner(self) -> bool {
        match self {
            Self::Usage | Self::AppStopped | Self::AppRunning | Self::BadNode | Self::Config => true,
            Self::Unreachable | Self::Unsupported | Self::Denied => true,
            Self::Condition | Self::Data | Self::NoVHost | Self::NoUser | Self::Exists => false,
            Self::Server | Self::Internal | Self::TimedOut | Self::CannotStart => false,
        }
    }

    /// What stands before the message on standard error.
    fn prefix(self) -> &'static str {
        match self {
            Self::AppStopped | Self::AppRunning | Self::Unreachable | Self::TimedOut => "Error: ",
            Self::Usage => "Error (argument validation): ",
            Self::NoVHost => "",
            _ => "Error:\n",
        }
    }
}

/// A failure: its kind, its message with causes, and advice.
#[derive(Debug)]
pub struct Failure {
    /// The kind.
    pub kind: Kind,
    error: Error,
    hint: Option<String>,
}

impl Failure {
    /// A failure with a message.
    pub fn new(kind: Kind, message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self { kind, error: Error::msg(message), hint: kind.hint().map(str::to_owned) }
    }

    /// A failure on this side, with its cause.
    pub fn internal(error: impl Into<Error>) -> Self {
        Self { kind: Kind::Internal, error: error.into(), hint: None }
    }

    /// The same with advice of its own.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.prefix(), crate::output::visible(&format!("{:#}", self.error)))?;
        match &self.hint {
            Some(hint) => write!(f, "\n\n{hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_decides_code_prefix_and_advice() {
        let failure = Failure::new(Kind::NoUser, "User \"x\" does not exist");
        assert_eq!(
            (failure.kind.exit_code(), failure.to_string().as_str()),
            (67, "Error:\nUser \"x\" does not exist")
        );
        let failure = Failure::new(Kind::Unreachable, "no answer");
        assert!(failure.to_string().contains("warrenctl start"), "{failure}");
        let failure = Failure::new(Kind::NoVHost, "Virtual host 'x' does not exist");
        assert_eq!(failure.to_string(), "Virtual host 'x' does not exist");
    }

    #[test]
    fn what_a_server_says_cannot_reach_the_terminal_as_control() {
        let failure = Failure::new(Kind::Server, "a\u{1b}[2Jb");
        assert_eq!(failure.to_string(), "Error:\na\\x1b[2Jb");
    }
}
