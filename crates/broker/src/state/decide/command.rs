//! What can be asked of the broker that changes what it knows for good.

use crate::queues::QueueSettings;
use crate::topology::exchange::ExchangeSettings;
use warren_model::binding::Binding;
use warren_model::change::{Change, VHostDefinition};

/// A request to change something.
#[derive(Debug, Clone)]
pub enum Command {
    /// Users, permissions, virtual hosts, policies, limits and parameters are to be as the change says.
    Make(Change),
    /// A virtual host is to be there; one that is new gets what the configuration gives to new ones.
    AddVHost(VHostDefinition),
    /// Something in the virtual host of that name.
    InVHost(String, TopologyCommand),
}

impl Command {
    /// The virtual host whose inside it is about.
    pub(crate) fn vhost(&self) -> Option<&str> {
        match self {
            Self::Make(change) => change.vhost(),
            Self::AddVHost(_) => None,
            Self::InVHost(vhost, _) => Some(vhost),
        }
    }
}

/// A request to change exchanges, queues or bindings of one virtual host.
#[derive(Debug, Clone)]
pub enum TopologyCommand {
    /// AMQP 0-9-1, `exchange.declare`.
    DeclareExchange {
        /// Its name.
        name: String,
        /// What it is declared with.
        settings: ExchangeSettings,
    },
    /// AMQP 0-9-1, `exchange.delete`.
    DeleteExchange {
        /// Its name.
        name: String,
        /// Only if nothing is bound to it.
        if_unused: bool,
    },
    /// AMQP 0-9-1, `queue.declare`.
    DeclareQueue {
        /// Its name.
        name: String,
        /// What it is declared with.
        settings: QueueSettings,
        /// The name is of the broker's making.
        server_named: bool,
    },
    /// AMQP 0-9-1, `queue.delete`.
    DeleteQueue {
        /// Its name.
        name: String,
        /// Its number: a later queue of that name is not meant.
        id: u64,
        /// Only if it has no consumers.
        if_unused: bool,
        /// Only if it has no messages.
        if_empty: bool,
    },
    /// AMQP 0-9-1, `queue.bind`; RabbitMQ, `exchange.bind`.
    Bind(Binding),
    /// AMQP 0-9-1, `queue.unbind`; RabbitMQ, `exchange.unbind`.
    Unbind(Binding),
}
