//! Who may call an endpoint: RabbitMQ's tags (<https://www.rabbitmq.com/docs/management#permissions>), and the right to
//! enter the virtual host that the path names.
//!
//! The levels are types, so that what a handler gets (a caller, a virtual host) follows from the declaration.

use std::fmt;
use std::marker::PhantomData;

/// The tag that a user needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// `management`, or any of the others.
    Management,
    /// `policymaker` or `administrator`.
    Policymaker,
    /// `monitoring` or `administrator`.
    Monitoring,
    /// `administrator`.
    Administrator,
}

impl Tag {
    /// Whether users with the tag of this name have what the level asks for.
    pub fn is_met_by(self, tag: &str) -> bool {
        match self {
            Self::Management => matches!(tag, "management" | "policymaker" | "monitoring" | "administrator"),
            Self::Policymaker => matches!(tag, "policymaker" | "administrator"),
            Self::Monitoring => matches!(tag, "monitoring" | "administrator"),
            Self::Administrator => tag == "administrator",
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Management => "management",
            Self::Policymaker => "policymaker",
            Self::Monitoring => "monitoring",
            Self::Administrator => "administrator",
        })
    }
}

/// Who may call.
pub trait Access {
    /// The tag that the caller needs; `None` lets anyone in, without credentials.
    const TAG: Option<Tag>;
    /// Whether the caller must be allowed into the virtual host that the part `vhost` of the path names.
    const IN_VHOST: bool;
}

/// A level that asks for a tag.
pub trait TagLevel {
    /// The tag.
    const NEEDED: Tag;
}

/// Anyone, without credentials: what a load balancer asks before it has any.
#[derive(Debug)]
pub enum Anyone {}

/// Users with any tag of the management API.
#[derive(Debug)]
pub enum Management {}

/// Users who set policies and parameters.
#[derive(Debug)]
pub enum Policymaker {}

/// Users who see what belongs to others.
#[derive(Debug)]
pub enum Monitoring {}

/// Users who may do everything.
#[derive(Debug)]
pub enum Administrator {}

/// Users with the tag of `L` who have permissions in the virtual host of the path. Administrators enter every one.
#[derive(Debug)]
pub struct InVhost<L>(PhantomData<L>);

impl Access for Anyone {
    const TAG: Option<Tag> = None;
    const IN_VHOST: bool = false;
}

impl<L: TagLevel> Access for InVhost<L> {
    const TAG: Option<Tag> = Some(L::NEEDED);
    const IN_VHOST: bool = true;
}

macro_rules! tag_levels {
    ($($level:ident),+) => {
        $(
            impl TagLevel for $level {
                const NEEDED: Tag = Tag::$level;
            }

            impl Access for $level {
                const TAG: Option<Tag> = Some(Tag::$level);
                const IN_VHOST: bool = false;
            }
        )+
    };
}

tag_levels!(Management, Policymaker, Monitoring, Administrator);
