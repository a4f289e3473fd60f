//! Transactions on a channel.

use crate::harness::{Broker, Wire, method};

#[test]
fn a_commit_makes_publishes_and_acks_happen() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.declare_queue(1, "r");
    wire.fill("q", &["in"]);
    wire.open(2);
    wire.tx_select(1);
    wire.take(1, "q");
    wire.publish(1, "", "r", b"a");
    wire.publish(1, "", "r", b"b");
    wire.ack(1, 1, false);
    assert_eq!(wire.counts(1, "r"), (0, 0));
    broker.shows_queues(&[("q", 0, 1), ("r", 0, 0)]);
    wire.tx_commit(1);
    broker.shows_queues(&[("q", 0, 0), ("r", 2, 0)]);
    assert_eq!(wire.take(2, "r").2, "a");
    // The next transaction has begun.
    wire.publish(1, "", "r", b"c");
    wire.tx_rollback(1);
    broker.shows_queues(&[("q", 0, 0), ("r", 1, 1)]);
}

#[test]
fn a_rollback_makes_them_not_happen() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b"]);
    wire.tx_select(1);
    wire.take(1, "q");
    wire.take(1, "q");
    wire.publish(1, "", "q", b"never");
    wire.ack(1, 1, false);
    wire.nack(1, 2, false, false);
    wire.tx_rollback(1);
    broker.shows_queues(&[("q", 0, 2)]);
    // The messages are still this channel's own, to be acknowledged in the next transaction.
    wire.ack(1, 1, false);
    wire.reject(1, 2, true);
    wire.tx_commit(1);
    broker.shows_queues(&[("q", 1, 0)]);
    assert_eq!(wire.take(1, "q"), (3, true, "b".to_owned()));
}

#[test]
fn a_transaction_that_is_not_committed_is_nothing() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.tx_select(1);
    wire.publish(1, "", "q", b"never");
    wire.close(1);
    wire.open(1);
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn an_unroutable_mandatory_message_comes_back_at_the_commit() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.tx_select(1);
    wire.send(1, method!(basic::Publish { exchange: "amq.direct", routing_key: "k", mandatory: true }));
    wire.send_content(1, Default::default(), b"back");
    wire.tx_commit(1);
    assert_eq!(wire.message(1).returned().reply_code, 312);
}

#[test]
fn transactions_and_confirms_exclude_each_other() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let failed = |text: &str| (406, format!("PRECONDITION_FAILED - {text}"));
    assert_eq!(wire.refused(1, method!(tx::Commit {})), failed("channel is not transactional"));
    assert_eq!(wire.refused(1, method!(tx::Rollback {})), failed("channel is not transactional"));
    wire.tx_select(1);
    wire.tx_select(1);
    let refused = wire.refused(1, method!(confirm::Select {}));
    assert_eq!(refused, failed("cannot switch from tx to confirm mode"));
    wire.confirm_select(1);
    let refused = wire.refused(1, method!(tx::Select {}));
    assert_eq!(refused, failed("cannot switch from confirm to tx mode"));
}
