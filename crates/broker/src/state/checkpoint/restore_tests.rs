//! Changes that are applied once more over a checkpoint that knows what came after them.

use std::sync::Arc;

use warren_model::value::FieldTable;

use crate::log::LogHandle;
use crate::state::apply::Aftermath;
use crate::state::node::broker::{Broker, BrokerSettings};
use warren_model::change::{BindingDefinition, Change, ExchangeDefinition, QueueDefinition};

fn broker() -> Broker {
    let broker = Broker::new(
        BrokerSettings::default(),
        LogHandle::default(),
        Box::new(|bytes: &mut [u8]| bytes.fill(7)),
    );
    let _ = broker.create_defaults().unwrap();
    broker
}

fn apply(broker: &Broker, changes: &[Change]) {
    changes.iter().for_each(|change| broker.apply(change, &mut Aftermath::default()));
}

fn queue(id: u64) -> Change {
    Change::PutQueue(QueueDefinition {
        vhost: "/".into(),
        name: "q".into(),
        id,
        auto_delete: false,
        arguments: FieldTable::default(),
        durable: true,
        exclusive_owner: None,
    })
}

fn gone(id: u64) -> Change {
    Change::DeleteQueue { vhost: "/".into(), name: "q".into(), id, durable: true }
}

fn exchange() -> Change {
    Change::PutExchange(ExchangeDefinition {
        vhost: "/".into(),
        name: "e".into(),
        kind: "fanout".into(),
        auto_delete: false,
        internal: false,
        store: None,
        arguments: FieldTable::default(),
        durable: true,
    })
}

fn binding() -> Change {
    Change::PutBinding(BindingDefinition {
        vhost: "/".into(),
        source: "e".into(),
        destination: "q".into(),
        destination_type: "queue".into(),
        routing_key: String::new(),
        arguments: FieldTable::default(),
        durable: true,
    })
}

/// Numbers of the queues that a message to the exchange goes to.
fn routed(broker: &Broker) -> Vec<u64> {
    let route = broker.vhost("/").unwrap().route("e", &[""], &[0, 0]).unwrap();
    route.queues.iter().map(|queue| queue.id).collect()
}

#[test]
fn an_exchange_keeps_the_bindings_that_the_checkpoint_has() {
    let broker = broker();
    let changes = [exchange(), queue(1), binding()];
    apply(&broker, &changes);
    apply(&broker, &changes);
    assert_eq!(routed(&broker), [1]);
}

#[test]
fn a_later_queue_outlives_the_end_of_the_one_before_it() {
    let broker = broker();
    apply(&broker, &[exchange(), queue(2)]);
    let known = broker.vhost("/").unwrap().queue("q").unwrap();
    apply(&broker, &[queue(1), binding(), gone(1), queue(2)]);
    let now = broker.vhost("/").unwrap().queue("q").unwrap();
    assert!(Arc::ptr_eq(&known, &now), "the queue that has the checkpoint's messages");
    assert_eq!(routed(&broker), [0; 0], "the earlier queue's binding went with it");
}

#[test]
fn a_replayed_history_ends_where_it_ended() {
    let broker = broker();
    let history = [exchange(), queue(1), binding(), gone(1), queue(2), binding()];
    for from in 0..history.len() {
        apply(&broker, &history[from..]);
        assert_eq!(routed(&broker), [2], "from change {from} on");
    }
}
