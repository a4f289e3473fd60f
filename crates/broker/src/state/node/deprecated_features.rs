//! What of deprecated features is permitted, and what is in use.

use warren_model::error::Error;

use super::broker::Broker;
use crate::deprecated_features::DeprecatedFeature;

impl Broker {
    /// Whether the configuration permits a deprecated feature.
    pub fn permits(&self, feature: DeprecatedFeature) -> bool {
        !self.settings.denied_features.contains(&feature)
    }

    /// Refuses a deprecated feature that the configuration denies. Prefetch limits over a whole channel are not asked for
    /// here: one that is denied is taken for a limit of each consumer.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`, which is RabbitMQ's code for it.
    pub fn check_permitted(&self, feature: DeprecatedFeature) -> Result<(), Error> {
        if self.permits(feature) { Ok(()) } else { Err(Error::feature_denied(feature.name())) }
    }

    /// Whether a deprecated feature is in use at this moment.
    pub fn uses(&self, feature: DeprecatedFeature) -> bool {
        match feature {
            DeprecatedFeature::GlobalQos => self.connections.list().iter().any(|connection| {
                let numbers: Vec<_> = connection.channels.lock().keys().copied().collect();
                let mut out = connection.outbox.lock();
                numbers.into_iter().any(|number| out.channel(number).is_some_and(|c| c.prefetch() > 0))
            }),
            DeprecatedFeature::TransientNonexclQueues => self.vhosts().iter().any(|vhost| {
                let topology = vhost.topology();
                topology
                    .queues
                    .values()
                    .any(|queue| !queue.settings.durable && queue.settings.exclusive_owner.is_none())
            }),
        }
    }
}
