//! The reasons of what limits and the configuration forbid, in RabbitMQ's words.

use super::Error;

impl Error {
    /// A node has as many connections as its configuration permits.
    pub fn node_connection_limit(limit: u64) -> Self {
        Self::NotAllowed(format!("connection refused: node connection limit ({limit}) is reached"))
    }

    /// A virtual host has as many connections as it may have.
    pub fn vhost_connection_limit(vhost: &str, user: &str, limit: u64) -> Self {
        Self::NotAllowed(format!(
            "access to vhost '{vhost}' refused for user '{user}': connection limit ({limit}) is reached"
        ))
    }

    /// A user has as many connections as it may have.
    pub fn user_connection_limit(user: &str, limit: u64) -> Self {
        Self::NotAllowed(format!(
            "connection refused for user '{user}': user connection limit ({limit}) is reached"
        ))
    }

    /// A node has as many channels as its configuration permits.
    pub fn node_channel_limit(node: &str, limit: u64) -> Self {
        Self::NotAllowed(format!(
            "number of channels opened on node '{node}' has reached the maximum allowed limit of {limit}"
        ))
    }

    /// A user has as many channels as it may have.
    pub fn user_channel_limit(user: &str, limit: u64) -> Self {
        Self::NotAllowed(format!(
            "number of channels opened for user '{user}' has reached the maximum allowed user limit of {limit}"
        ))
    }

    /// A virtual host has as many queues as it may have.
    pub fn vhost_queue_limit(queue: &str, vhost: &str, limit: u64) -> Self {
        Self::PreconditionFailed(format!(
            "cannot declare queue '{queue}': queue limit in vhost '{vhost}' ({limit}) is reached"
        ))
    }

    /// There are as many queues as the configuration permits.
    pub fn cluster_queue_limit(queue: &str, limit: u64) -> Self {
        Self::PreconditionFailed(format!(
            "cannot declare queue '{queue}': queue limit in cluster ({limit}) is reached"
        ))
    }

    /// The configuration forbids queues of that type, which RabbitMQ takes for a feature that is not there.
    pub fn queue_type_disabled(queue: &str, vhost: &str, kind: &str, node: &str) -> Self {
        Self::FeatureDenied(format!(
            "Cannot declare a queue 'queue '{queue}' in vhost '{vhost}'' of type 'rabbit_{kind}_queue' on node \
             '{node}': the corresponding feature flag is disabled"
        ))
    }

    /// There are as many exchanges as the configuration permits.
    pub fn cluster_exchange_limit(exchange: &str, vhost: &str, limit: u64) -> Self {
        Self::PreconditionFailed(format!(
            "cannot declare exchange '{exchange}' in vhost '{vhost}': exchange limit of {limit} is reached"
        ))
    }

    /// There are as many virtual hosts as the configuration permits.
    pub fn vhost_limit(vhost: &str, limit: u64) -> Self {
        Self::PreconditionFailed(format!("cannot create vhost '{vhost}': vhost limit of {limit} is reached"))
    }

    /// The user may not use the routing key at a topic exchange; `permission` is `write` or `read`.
    pub fn topic_refused(permission: &str, key: &str, exchange: &str, vhost: &str, user: &str) -> Self {
        Self::AccessRefused(format!(
            "{permission} access to topic '{key}' in exchange '{exchange}' in vhost '{vhost}' refused for user \
             '{user}'"
        ))
    }

    /// A deprecated feature that the configuration denies.
    pub fn feature_denied(feature: &str) -> Self {
        Self::FeatureDenied(format!(
            "Feature `{feature}` is deprecated.\nIts use is not permitted per the configuration (overriding the \
             default, which is permitted):\n    \"deprecated_features.permit.{feature} = false\"\nIts use will not be \
             permitted by default in a future minor RabbitMQ version and the feature will be removed from a future \
             major RabbitMQ version; actual versions to be determined.\nTo continue using this feature when it is not \
             permitted by default, set the following parameter in your configuration:\n    \
             \"deprecated_features.permit.{feature} = true\""
        ))
    }
}
