//! Remote procedure calls: `reply_to`, `correlation_id`, and one call at a time to each server.

use super::{both_forms, broker_for};
use crate::harness::{Pika, Program};

both_forms!(a_call_gets_its_answer, calls_are_shared_by_two_servers);

fn a_call_gets_its_answer(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let mut server = Program::tutorial(&broker, pika, "rpc_server.py", &[]);
    assert_eq!(server.lines(1), [" [x] Awaiting RPC requests"]);
    broker.shows(
        &["list_consumers", "queue_name", "ack_required", "prefetch_count", "active"],
        &["queue_name\tack_required\tprefetch_count\tactive", "rpc_queue\ttrue\t1\ttrue"],
    );
    broker.shows(
        &["list_channels", "vhost", "user", "consumer_count", "messages_unacknowledged", "prefetch_count"],
        &["vhost\tuser\tconsumer_count\tmessages_unacknowledged\tprefetch_count", "/\tguest\t1\t0\t1"],
    );
    broker.shows(
        &["list_bindings", "destination_name", "routing_key"],
        &["destination_name\trouting_key", "rpc_queue\trpc_queue"],
    );

    let answer = Program::tutorial(&broker, pika, "rpc_client.py", &[]).succeeds();
    assert_eq!(answer, [" [x] Requesting sum(30)", " [.] Got 140"]);
    assert_eq!(server.lines(2)[1], " [.] sum(40)");
    // The client's reply queue was its own, and went with it.
    broker.shows_queues(&[("rpc_queue", 0, 0)]);
}

fn calls_are_shared_by_two_servers(pika: Pika) {
    let Some(broker) = broker_for(pika) else { return };
    let mut servers: Vec<Program> =
        (0..2).map(|_| Program::tutorial(&broker, pika, "rpc_server.py", &[])).collect();
    broker.shows(&["list_queues", "name", "consumers"], &["name\tconsumers", "rpc_queue\t2"]);
    let clients: Vec<Program> =
        (0..4).map(|_| Program::tutorial(&broker, pika, "rpc_client.py", &[])).collect();
    for client in clients {
        assert_eq!(client.succeeds()[1], " [.] Got 140");
    }
    broker.shows_queues(&[("rpc_queue", 0, 0)]);
    let served: usize = servers.iter_mut().map(|server| server.lines(1).len() - 1).sum();
    assert_eq!(served, 4, "calls served by both");
}
