//! Deprecated features: what RabbitMQ will take away, what of it is in use, and what the configuration denies already
//! (RabbitMQ, deprecated features).

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
