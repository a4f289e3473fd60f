//! The headings of the help text.

use std::fmt;

/// A heading of the help text, under which commands stand. They come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heading {
    /// About this tool.
    Help,
    /// A node as a whole.
    Nodes,
    /// Users and their limits.
    Users,
    /// What users may do.
    AccessControl,
    /// Virtual hosts and their limits.
    VirtualHosts,
    /// Runtime parameters.
    Parameters,
    /// Policies and operator policies.
    Policies,
    /// What there is and how it does.
    Monitoring,
    /// Loads.
    Measuring,
    /// Changes of queues.
    Queues,
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Help => "Help",
            Self::Nodes => "Nodes",
            Self::Users => "Users",
            Self::AccessControl => "Access control",
            Self::VirtualHosts => "Virtual hosts",
            Self::Parameters => "Parameters",
            Self::Policies => "Policies",
            Self::Monitoring => "Monitoring",
            Self::Measuring => "Measuring",
            Self::Queues => "Queues",
        })
    }
}
