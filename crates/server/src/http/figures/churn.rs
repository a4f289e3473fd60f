//! How often connections, channels and queues come and go, for the overview.

use warren_api::overview::ChurnRates;
use warren_api::stats::Rate;
use warren_broker::churn::Churn;

use crate::metrics::rates::CHURN;

/// The counts since the node started, with their rates.
pub fn view(churn: &Churn, rates: &[f64; CHURN]) -> ChurnRates {
    let [
        connection_created,
        connection_closed,
        channel_created,
        channel_closed,
        queue_created,
        queue_declared,
        queue_deleted,
    ] = rates.map(|rate| Rate { rate });
    ChurnRates {
        connection_created: churn.connection_created.get(),
        connection_created_details: connection_created,
        connection_closed: churn.connection_closed.get(),
        connection_closed_details: connection_closed,
        channel_created: churn.channel_created.get(),
        channel_created_details: channel_created,
        channel_closed: churn.channel_closed.get(),
        channel_closed_details: channel_closed,
        queue_created: churn.queue_created.get(),
        queue_created_details: queue_created,
        queue_declared: churn.queue_declared.get(),
        queue_declared_details: queue_declared,
        queue_deleted: churn.queue_deleted.get(),
        queue_deleted_details: queue_deleted,
    }
}
