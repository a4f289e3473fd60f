//! What may not be done, and who may not get in.

use std::fmt::Display;

use super::Error;

/// What may not be done.
impl Error {
    /// The user lacks `permission` (`configure`, `write`, `read`) on a queue or exchange (`what`).
    pub fn access_refused(permission: &str, what: &str, name: &str, vhost: &str, user: &str) -> Self {
        Self::AccessRefused(format!(
            "{permission} access to {what} '{name}' in vhost '{vhost}' refused for user '{user}'"
        ))
    }

    /// The user has no permissions in the virtual host.
    pub fn vhost_refused(user: &str, vhost: &str) -> Self {
        Self::NotAllowed(format!("access to vhost '{vhost}' refused for user '{user}'"))
    }

    /// What a client is told when it cannot log in; the reason is for the log alone.
    pub fn login_refused(mechanism: &str) -> Self {
        Self::LoginRefused(format!(
            "Login was refused using authentication mechanism {mechanism}. \
             For details see the broker logfile."
        ))
    }

    /// Unknown user or wrong password: one reason for both, so that nobody learns which users exist.
    pub fn invalid_credentials(user: &str) -> Self {
        Self::LoginRefused(format!("user '{user}' - invalid credentials"))
    }

    /// An empty password opens nothing.
    pub fn blank_password(user: &str) -> Self {
        Self::LoginRefused(format!(
            "user '{user}' attempted to log in with a blank password, which is prohibited by the internal authN \
             backend"
        ))
    }

    /// The user may log in from the node's own machine only.
    pub fn loopback_only(user: &str) -> Self {
        Self::LoginRefused(format!("user '{user}' can only connect via localhost"))
    }

    /// The default exchange can be published to, and nothing else.
    pub fn default_exchange() -> Self {
        Self::AccessRefused("operation not permitted on the default exchange".into())
    }

    /// Exchange names that begin with `amq.` are the broker's.
    pub fn reserved_exchange_name(exchange: &str) -> Self {
        Self::AccessRefused(format!("exchange name '{exchange}' contains reserved prefix 'amq.*'"))
    }

    /// Queue names that begin with `amq.` are the broker's.
    pub fn reserved_queue_name(queue: &str) -> Self {
        Self::AccessRefused(format!("queue name '{queue}' contains reserved prefix 'amq.*'"))
    }

    /// A predeclared exchange stays.
    pub fn system_exchange(exchange: &str, vhost: &str) -> Self {
        Self::AccessRefused(format!(
            "deletion of system exchange '{exchange}' in vhost '{vhost}' not allowed"
        ))
    }

    /// Clients cannot publish to an internal exchange.
    pub fn internal_exchange(exchange: &str, vhost: &str) -> Self {
        Self::AccessRefused(format!("cannot publish to internal exchange '{exchange}' in vhost '{vhost}'"))
    }

    /// A consumer is exclusive, or was to be and there are others.
    pub fn exclusive_use(queue: &str, vhost: &str) -> Self {
        Self::AccessRefused(format!("queue '{queue}' in vhost '{vhost}' in exclusive use"))
    }

    /// The queue is exclusive to another connection, or was declared with another exclusiveness.
    pub fn resource_locked(queue: &str, vhost: &str) -> Self {
        Self::ResourceLocked(format!(
            "cannot obtain exclusive access to locked queue '{queue}' in vhost '{vhost}'. It could be originally \
             declared on another connection or the exclusive property value does not match that of the original \
             declaration."
        ))
    }

    /// Messages of a quorum queue with a single active consumer are that consumer's (RabbitMQ, quorum queues).
    pub fn single_active_get(queue: &str, vhost: &str) -> Self {
        Self::ResourceLocked(format!(
            "cannot obtain access to locked queue '{queue}' in vhost '{vhost}'. basic.get operations are not \
             supported by <<\"quorum\">> queues with single active consumer"
        ))
    }

    /// A consumer tag that the channel has already.
    pub fn consumer_tag_in_use(tag: &str) -> Self {
        Self::NotAllowed(format!("attempt to reuse consumer tag '{tag}'"))
    }

    /// A consumer of direct replies that would acknowledge them.
    pub fn reply_consumer_acknowledges() -> Self {
        Self::PreconditionFailed("reply consumer cannot acknowledge".into())
    }

    /// An address of direct replies is no queue that something leads to.
    pub fn bound_replies() -> Self {
        Self::AccessRefused("cannot bind or unbind to a volatile (direct reply-to) queue".into())
    }

    /// A channel has a consumer of direct replies already.
    pub fn reply_consumer_set() -> Self {
        Self::PreconditionFailed("reply consumer already set".into())
    }

    /// A request for a direct reply on a channel that does not consume them.
    pub fn no_reply_consumer() -> Self {
        Self::PreconditionFailed("fast reply consumer does not exist".into())
    }

    /// Parts of AMQP that RabbitMQ does not have either: `immediate=true`, `prefetch_size!=0 (5)`, `requeue=false`,
    /// `active=false`.
    pub fn not_implemented(what: impl Display) -> Self {
        Self::NotImplemented(what.to_string())
    }

    /// The node's own fault.
    pub fn internal(why: &str) -> Self {
        Self::Internal(why.to_owned())
    }
}
