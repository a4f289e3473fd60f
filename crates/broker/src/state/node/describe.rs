//! Queues and exchanges as changes have them.

use warren_model::change::{ExchangeDefinition, QueueDefinition};

use crate::queues::QueueSettings;
use crate::topology::exchange::ExchangeSettings;

/// That of an exchange with these settings, which keeps messages in queue number `store`.
pub(crate) fn exchange(
    vhost: &str,
    name: &str,
    settings: &ExchangeSettings,
    store: Option<u64>,
) -> ExchangeDefinition {
    ExchangeDefinition {
        vhost: vhost.to_owned(),
        name: name.to_owned(),
        kind: settings.kind.clone(),
        auto_delete: settings.auto_delete,
        internal: settings.internal,
        store,
        arguments: settings.arguments.clone(),
        durable: settings.durable,
    }
}

/// The settings of such an exchange.
pub(crate) fn exchange_settings(definition: &ExchangeDefinition) -> ExchangeSettings {
    ExchangeSettings {
        kind: definition.kind.clone(),
        durable: definition.durable,
        auto_delete: definition.auto_delete,
        internal: definition.internal,
        arguments: definition.arguments.clone(),
    }
}

/// That of a queue with these settings.
pub(crate) fn queue(vhost: &str, name: &str, id: u64, settings: &QueueSettings) -> QueueDefinition {
    QueueDefinition {
        vhost: vhost.to_owned(),
        name: name.to_owned(),
        id,
        auto_delete: settings.auto_delete,
        arguments: settings.arguments.clone(),
        durable: settings.durable,
        exclusive_owner: settings.exclusive_owner,
    }
}

/// The settings of such a queue.
pub(crate) fn queue_settings(definition: &QueueDefinition) -> QueueSettings {
    QueueSettings {
        durable: definition.durable,
        auto_delete: definition.auto_delete,
        exclusive_owner: definition.exclusive_owner,
        arguments: definition.arguments.clone(),
        ..QueueSettings::default()
    }
}
