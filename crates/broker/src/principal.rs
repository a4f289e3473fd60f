//! Somebody who acts in a virtual host: a client's connection or a request to the management API.
//!
//! Everything that needs permission is asked for here, so that both ways in are held to the same rules
//! (RabbitMQ, access control: which permission each method needs).

use std::sync::Arc;

use parking_lot::Mutex;
use warren_model::value::FieldTable;

use crate::direct_reply_to::{self, REPLY_TO};
use crate::effects::Effects;
use crate::log::Durable;
use crate::queues::{Queue, QueueSettings};
use crate::state::node::broker::Broker;
use crate::topology::exchange::ExchangeSettings;
use crate::topology::vhosts::VHost;
use warren_model::access::Permission;
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;

/// What the default exchange is called where permissions are checked.
const DEFAULT_EXCHANGE: &str = "amq.default";

/// See the module's description.
pub struct Principal {
    broker: Arc<Broker>,
    vhost: Arc<VHost>,
    user: Arc<str>,
    /// Number of the client's connection; 0, which no connection has, for management.
    connection: u64,
    /// Permissions are not asked for: whoever opens the admin socket.
    trusted: bool,
    /// Queues that are exclusive to the connection.
    exclusive: Mutex<Vec<Arc<Queue>>>,
}

impl Principal {
    /// A client's connection.
    pub fn client(broker: Arc<Broker>, vhost: Arc<VHost>, user: Arc<str>, connection: u64) -> Self {
        Self { broker, vhost, user, connection, trusted: false, exclusive: Mutex::default() }
    }

    /// A request to the management API. `trusted` ones need no permission.
    pub fn manager(broker: Arc<Broker>, vhost: Arc<VHost>, user: Arc<str>, trusted: bool) -> Self {
        Self { broker, vhost, user, connection: 0, trusted, exclusive: Mutex::default() }
    }

    /// The broker.
    pub fn broker(&self) -> &Arc<Broker> {
        &self.broker
    }

    /// The virtual host that it acts in.
    pub fn vhost(&self) -> &Arc<VHost> {
        &self.vhost
    }

    /// Its user.
    pub fn user(&self) -> &Arc<str> {
        &self.user
    }

    /// Number of its connection.
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// Moves when what it may do can have changed.
    pub fn access_epoch(&self) -> u64 {
        // Both only grow, so their sum moves whenever one does.
        self.broker.permissions.epoch() + self.broker.topic_permissions.epoch()
    }

    /// Whether it may publish to `exchange` with a routing key.
    ///
    /// # Errors
    /// `NOT_FOUND`; `ACCESS_REFUSED` without write permission, without topic permission, or for an internal exchange.
    pub fn check_publish(&self, exchange: &str, key: &str) -> Result<(), Error> {
        self.may_exchange(Permission::Write, exchange)?;
        let internal = self.vhost.topology().exchange(exchange, &self.vhost.name)?.settings.internal;
        if internal {
            return Err(Error::internal_exchange(exchange, &self.vhost.name));
        }
        self.may_topic(Permission::Write, exchange, key)
    }

    /// A queue to consume or fetch from.
    ///
    /// # Errors
    /// `NOT_FOUND`, `RESOURCE_LOCKED`, `ACCESS_REFUSED` without read permission.
    pub fn readable_queue(&self, name: &str) -> Result<Arc<Queue>, Error> {
        self.may_queue(Permission::Read, name)?;
        self.vhost.queue_for(name, self.connection)
    }

    /// The queue of a passive declaration.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` without any permission for it, `NOT_FOUND`, `RESOURCE_LOCKED`.
    pub fn existing_queue(&self, name: &str) -> Result<Arc<Queue>, Error> {
        self.may_see("queue", name)?;
        self.vhost.queue_for(name, self.connection)
    }

    /// Whether `name` is an address of direct replies, and not a queue's. A server can ask by a declaration whether
    /// somebody still waits for the reply (RabbitMQ, direct reply-to).
    ///
    /// # Errors
    /// `NOT_FOUND` for an address at which nobody waits.
    pub fn awaits_replies(&self, name: &str) -> Result<bool, Error> {
        match name.strip_prefix(REPLY_TO) {
            None => Ok(false),
            Some("") => Ok(true),
            Some(_) if self.vhost.replies(name).is_some() => Ok(true),
            Some(_) => Err(Error::queue_not_found(name, &self.vhost.name)),
        }
    }

    /// Declares a queue; an empty name asks for one of the broker's making. The value tells whether it is new.
    ///
    /// # Errors
    /// As [`VHost::declare_queue`]; `ACCESS_REFUSED` without configure permission.
    pub fn declare_queue(
        &self,
        name: &str,
        settings: QueueSettings,
    ) -> Result<Durable<(Arc<Queue>, bool)>, Error> {
        let server_named = name.is_empty();
        let made = server_named.then(|| self.broker.unique_name("amq.gen-"));
        let name = made.as_deref().unwrap_or(name);
        self.may_queue(Permission::Configure, name)?;
        self.check_dead_letters(name, &settings.arguments)?;
        let exclusive = settings.exclusive_owner.is_some();
        let declared = self.vhost.declare_queue(name, settings, server_named)?;
        if let (true, (queue, true)) = (exclusive, &declared.value) {
            self.remember_exclusive(queue);
        }
        Ok(declared)
    }

    /// Deletes a queue; that there is none is no error. The value is the number of messages that went with it.
    ///
    /// # Errors
    /// As [`VHost::delete_queue`]; `ACCESS_REFUSED` without configure permission.
    pub fn delete_queue(&self, name: &str, if_unused: bool, if_empty: bool) -> Result<Durable<u64>, Error> {
        self.may_queue(Permission::Configure, name)?;
        let queue = match self.vhost.queue_for(name, self.connection) {
            Err(Error::NotFound(_)) => return Ok(Durable::now(0)),
            queue => queue?,
        };
        self.vhost.delete_queue(&queue, if_unused, if_empty)
    }

    /// Drops a queue's ready messages and returns how many there were.
    ///
    /// # Errors
    /// As [`readable_queue`](Self::readable_queue).
    pub fn purge_queue(&self, name: &str, effects: &mut Effects) -> Result<u64, Error> {
        let queue = self.readable_queue(name)?;
        queue.check_takes("queue.purge")?;
        Ok(queue.purge(effects))
    }

    /// Declares an exchange. The value tells whether it is new.
    ///
    /// # Errors
    /// As [`VHost::declare_exchange`]; `ACCESS_REFUSED` without configure permission.
    pub fn declare_exchange(&self, name: &str, settings: ExchangeSettings) -> Result<Durable<bool>, Error> {
        if name.is_empty() {
            return Err(Error::default_exchange());
        }
        self.may_exchange(Permission::Configure, name)?;
        if let Some(alternate) = settings.alternate() {
            self.may_exchange(Permission::Read, name)?;
            self.may_exchange(Permission::Write, alternate)?;
        }
        self.vhost.declare_exchange(name, settings)
    }

    /// The answer to a passive declaration.
    ///
    /// # Errors
    /// `NOT_FOUND`; `ACCESS_REFUSED` for the default exchange, and without any permission for another.
    pub fn existing_exchange(&self, name: &str) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::default_exchange());
        }
        self.may_see("exchange", name)?;
        self.vhost.topology().exchange(name, &self.vhost.name).map(drop)
    }

    /// Deletes an exchange. The value tells whether there was one.
    ///
    /// # Errors
    /// As [`VHost::delete_exchange`]; `ACCESS_REFUSED` without configure permission.
    pub fn delete_exchange(&self, name: &str, if_unused: bool) -> Result<Durable<bool>, Error> {
        if name.is_empty() {
            return Err(Error::default_exchange());
        }
        self.may_exchange(Permission::Configure, name)?;
        self.vhost.delete_exchange(name, if_unused)
    }

    /// Binds a queue or an exchange. The value tells whether the binding is new.
    ///
    /// # Errors
    /// As [`VHost::bind`]; `ACCESS_REFUSED` without write permission on the destination and read on the source.
    pub fn bind(&self, mut binding: Binding) -> Result<Durable<bool>, Error> {
        self.may_bind(&binding)?;
        // Their order means nothing, and is listed as RabbitMQ lists it.
        binding.arguments.sort_by_name();
        let newcomer = self.vhost.keeps_messages(&binding.source).then(|| binding.clone());
        let bound = self.vhost.bind(binding)?;
        if let Some(binding) = newcomer.filter(|_| bound.value) {
            let mut effects = Effects::new(self.broker.log_handle().clone());
            self.vhost.on_bound(&binding, &mut effects);
            effects.finish();
        }
        Ok(bound)
    }

    /// Takes a binding back. The value tells whether there was one.
    ///
    /// # Errors
    /// As [`VHost::unbind`] and [`bind`](Self::bind).
    pub fn unbind(&self, binding: &Binding) -> Result<Durable<bool>, Error> {
        self.may_bind(binding)?;
        self.vhost.unbind(binding)
    }

    /// Deletes the queues that are exclusive to its connection, which ends.
    pub fn delete_exclusive_queues(&self) {
        for queue in std::mem::take(&mut *self.exclusive.lock()) {
            // It may be deleted already, which is as good.
            let _ = self.vhost.delete_queue(&queue, false, false);
        }
    }

    fn remember_exclusive(&self, queue: &Arc<Queue>) {
        let mut exclusive = self.exclusive.lock();
        if exclusive.len() == exclusive.capacity() {
            exclusive.retain(|queue| !queue.is_deleted());
        }
        exclusive.push(Arc::clone(queue));
    }

    fn may_bind(&self, binding: &Binding) -> Result<(), Error> {
        if binding.source.is_empty() {
            return Err(Error::default_exchange());
        }
        match &binding.destination {
            Destination::Queue(name) if direct_reply_to::is_address(name) => {
                return Err(Error::bound_replies());
            }
            Destination::Queue(name) => {
                self.may_queue(Permission::Write, name)?;
                self.may_exchange(Permission::Read, &binding.source)?;
                match self.vhost.queue_for(name, self.connection) {
                    // Whether the exchange is missing too is looked at first, under the topology's lock.
                    Ok(_) | Err(Error::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Destination::Exchange(name) if name.is_empty() => return Err(Error::default_exchange()),
            Destination::Exchange(name) => {
                self.may_exchange(Permission::Write, name)?;
                self.may_exchange(Permission::Read, &binding.source)?;
            }
        }
        self.may_topic(Permission::Read, &binding.source, &binding.routing_key)
    }

    /// A dead-letter exchange needs read permission on the queue and write permission on the exchange.
    fn check_dead_letters(&self, name: &str, arguments: &FieldTable) -> Result<(), Error> {
        let Some(exchange) = arguments.get("x-dead-letter-exchange").and_then(|v| v.as_str()) else {
            return Ok(());
        };
        self.may_queue(Permission::Read, name)?;
        self.may_exchange(Permission::Write, exchange)
    }

    /// Whether it may publish to `exchange` with another routing key than the message's own.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` without topic permission.
    pub fn check_topic(&self, exchange: &str, key: &str) -> Result<(), Error> {
        self.may_topic(Permission::Write, exchange, key)
    }

    /// Whether a routing key may be used at an exchange, which only topic exchanges ask.
    fn may_topic(&self, permission: Permission, exchange: &str, key: &str) -> Result<(), Error> {
        let (vhost, user) = (&self.vhost.name, &self.user);
        let topics = &self.broker.topic_permissions;
        if self.trusted || topics.permits(user, vhost, exchange, permission, key) {
            return Ok(());
        }
        match self.vhost.topology().exchange(exchange, vhost) {
            Ok(found) if found.settings.kind == "topic" => {
                Err(Error::topic_refused(permission.as_str(), key, exchange, vhost, user))
            }
            _ => Ok(()),
        }
    }

    fn may_queue(&self, permission: Permission, name: &str) -> Result<(), Error> {
        self.may(permission, "queue", name)
    }

    fn may_exchange(&self, permission: Permission, name: &str) -> Result<(), Error> {
        self.may(permission, "exchange", if name.is_empty() { DEFAULT_EXCHANGE } else { name })
    }

    /// Who may do anything with a thing may see that it is there.
    fn may_see(&self, what: &str, name: &str) -> Result<(), Error> {
        let may = |permission| self.may(permission, what, name);
        may(Permission::Write).or_else(|_| may(Permission::Read)).or_else(|_| may(Permission::Configure))
    }

    fn may(&self, permission: Permission, what: &str, name: &str) -> Result<(), Error> {
        if self.trusted || self.broker.permissions.permits(&self.user, &self.vhost.name, permission, name) {
            return Ok(());
        }
        Err(Error::access_refused(permission.as_str(), what, name, &self.vhost.name, &self.user))
    }
}
