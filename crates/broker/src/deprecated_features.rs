//! Deprecated features: what RabbitMQ will take away, what of it is in use, and what the configuration denies already
//! (RabbitMQ, deprecated features).

use crate::state::broker::Broker;
use warren_model::error::Error;

/// A deprecated feature. RabbitMQ has more of them; those that are not here have no meaning in this broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeprecatedFeature {
    /// A prefetch limit over all consumers of a channel.
    GlobalQos,
    /// Queues that are neither durable nor exclusive.
    TransientNonexclQueues,
}

impl DeprecatedFeature {
    /// All of them, by name.
    pub const ALL: [Self; 2] = [Self::GlobalQos, Self::TransientNonexclQueues];

    /// The feature of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalQos => "global_qos",
            Self::TransientNonexclQueues => "transient_nonexcl_queues",
        }
    }

    /// Where RabbitMQ says why it goes.
    pub fn doc_url(self) -> &'static str {
        match self {
            Self::GlobalQos => {
                "https://blog.rabbitmq.com/posts/2021/08/4.0-deprecation-announcements/#removal-of-global-qos"
            }
            Self::TransientNonexclQueues => {
                "https://blog.rabbitmq.com/posts/2021/08/4.0-deprecation-announcements/\
                 #removal-of-transient-non-exclusive-queues"
            }
        }
    }
}

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
