//! What is asked of a virtual host, one call a command.

use std::sync::Arc;

use warren_model::binding::Binding;
use warren_model::error::Error;

use crate::log::Durable;
use crate::queues::{Queue, QueueSettings};
use crate::state::decide::command::TopologyCommand;
use crate::topology::exchange::ExchangeSettings;
use crate::topology::vhosts::VHost;

impl VHost {
    /// Declares an exchange (AMQP 0-9-1, `exchange.declare`). The value tells whether it is new.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for reserved names, `PRECONDITION_FAILED` where one exists with other settings, for an unknown
    /// type, for arguments that the type does not understand, and where a limit is reached.
    pub fn declare_exchange(&self, name: &str, settings: ExchangeSettings) -> Result<Durable<bool>, Error> {
        let command = TopologyCommand::DeclareExchange { name: name.to_owned(), settings };
        Ok(self.execute(&command)?.map(|done| done.changed))
    }

    /// Deletes an exchange (AMQP 0-9-1, `exchange.delete`); that there is none is no error. The value tells whether
    /// there was one.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for predeclared ones, `PRECONDITION_FAILED` with `if_unused` where it has bindings.
    pub fn delete_exchange(&self, name: &str, if_unused: bool) -> Result<Durable<bool>, Error> {
        let command = TopologyCommand::DeleteExchange { name: name.to_owned(), if_unused };
        Ok(self.execute(&command)?.map(|done| done.changed))
    }

    /// Declares a queue (AMQP 0-9-1, `queue.declare`). The value is the queue and whether it is new.
    ///
    /// # Errors
    /// `RESOURCE_LOCKED` where one is exclusive to another connection; `PRECONDITION_FAILED` where one exists with
    /// other settings, where an argument is bad, and where a limit is reached; `ACCESS_REFUSED` for reserved names.
    /// `server_named` says that the broker made the name.
    pub fn declare_queue(
        &self,
        name: &str,
        settings: QueueSettings,
        server_named: bool,
    ) -> Result<Durable<(Arc<Queue>, bool)>, Error> {
        let command = TopologyCommand::DeclareQueue { name: name.to_owned(), settings, server_named };
        let done = self.execute(&command)?;
        let found = done.value.queue.as_ref().map(Arc::clone);
        let queue = found.ok_or_else(|| Error::queue_not_found(name, &self.name))?;
        self.shared.churn.queue_declared.add();
        if done.value.changed {
            self.shared.churn.queue_created.add();
        } else {
            queue.touch();
        }
        Ok(done.map(|done| (queue, done.changed)))
    }

    /// Deletes a queue (AMQP 0-9-1, `queue.delete`). The value is the number of messages that went with it. Its
    /// consumers are told.
    ///
    /// # Errors
    /// `NOT_FOUND`; `PRECONDITION_FAILED` if a condition does not hold.
    pub fn delete_queue(
        &self,
        queue: &Queue,
        if_unused: bool,
        if_empty: bool,
    ) -> Result<Durable<u64>, Error> {
        let (name, id) = (queue.name.to_string(), queue.id);
        let done = self.execute(&TopologyCommand::DeleteQueue { name, id, if_unused, if_empty })?;
        self.shared.churn.queue_deleted.add();
        Ok(done.map(|done| done.messages))
    }

    /// Binds (AMQP 0-9-1, `queue.bind`; RabbitMQ, `exchange.bind`). The value tells whether the binding is new.
    ///
    /// # Errors
    /// `NOT_FOUND` where source or destination is missing, `ACCESS_REFUSED` for the default exchange, what the
    /// source's type refuses.
    pub fn bind(&self, binding: Binding) -> Result<Durable<bool>, Error> {
        Ok(self.execute(&TopologyCommand::Bind(binding))?.map(|done| done.changed))
    }

    /// Takes a binding back (AMQP 0-9-1, `queue.unbind`); that there is none, or nothing to bind, is no error. The
    /// value tells whether there was one.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` for the default exchange.
    pub fn unbind(&self, binding: &Binding) -> Result<Durable<bool>, Error> {
        Ok(self.execute(&TopologyCommand::Unbind(binding.clone()))?.map(|done| done.changed))
    }
}
