//! `stop_app` and `start_app`: the process stays, the broker goes and comes.

use std::time::Duration;

use warren_model::error::Error;

use super::Node;

/// How long clients may take to take their leave.
const GRACE: Duration = Duration::from_secs(10);
/// What they are told (RabbitMQ's text).
const REASON: &str = "broker forced connection closure with reason 'shutdown'";

/// Refuses new clients, sends the present ones away, and drops what does not outlive a restart.
pub async fn stop(node: &Node) -> Result<(), Error> {
    node.broker.set_running(false);
    close_connections(node).await;
    forget_transient(node)
}

/// Serves clients again.
pub fn start(node: &Node) {
    node.broker.set_running(true);
}

/// Closes all connections, and waits until they are gone or the grace is over.
pub async fn close_connections(node: &Node) {
    let connections = &node.broker.connections;
    connections.close_where(&Error::ConnectionForced(REASON.into()), |_| true);
    let gone = async {
        while !connections.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(GRACE, gone).await.is_err() {
        tracing::warn!("AMQP connections were still open and are cut off");
    }
}

/// Queues and exchanges that are not durable end with the app.
fn forget_transient(node: &Node) -> Result<(), Error> {
    for vhost in node.broker.vhosts() {
        for queue in vhost.queues().iter().filter(|queue| !queue.is_durable()) {
            // They are in no log, so there is nothing to wait for.
            let _ = vhost.delete_queue(queue, false, false)?;
        }
        let transient: Vec<_> =
            vhost.topology().exchanges().filter(|e| !e.settings.durable).map(|e| e.name.clone()).collect();
        for name in transient {
            let _ = vhost.delete_exchange(&name, false)?;
        }
    }
    Ok(())
}
