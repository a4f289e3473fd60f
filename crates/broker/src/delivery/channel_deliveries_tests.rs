//! Acknowledgements that come in a row mean the same as one by one.

use std::sync::Arc;

use proptest::prelude::*;

use crate::delivery::{ChannelDeliveries, Pending, Settled};
use crate::queues::{Held, Queue, QueueSettings};

/// A channel with deliveries from two queues, of which some are settled already.
fn channel(queues: &[Arc<Queue>], deliveries: &[bool], settled: &[u64]) -> ChannelDeliveries {
    let mut channel = ChannelDeliveries::default();
    let slots: Vec<_> = queues.iter().map(|queue| channel.reserve_slot(queue)).collect();
    for (sequence, second) in deliveries.iter().enumerate() {
        let held = Held { sequence: sequence as u64, ..Held::default() };
        channel.next_tag(Pending { tag: 0, slot: slots[usize::from(*second)], at: 0, held }, false);
    }
    for tag in settled {
        let _ = channel.settle(*tag, false, &mut Settled::default());
    }
    channel
}

/// What was settled, in order, with the number of the queue.
fn told(settled: &Settled) -> Vec<(u64, u64)> {
    let entries = settled.settlements.iter().map(|one| (one.queue.id, &one.entries));
    entries.flat_map(|(queue, entries)| entries.iter().map(move |held| (queue, held.sequence))).collect()
}

fn queue(id: u64) -> Arc<Queue> {
    let name = format!("q{id}");
    Queue::new(id, "/".into(), name.as_str().into(), QueueSettings::default(), Arc::default())
}

proptest! {
    #[test]
    fn rows_mean_the_same_as_one_by_one(
        deliveries in prop::collection::vec(any::<bool>(), 0..40),
        settled in prop::collection::vec(1..40u64, 0..10),
        first in 0..45u64,
        length in 0..45u64,
    ) {
        let queues = [queue(1), queue(2)];
        let mut in_a_row = channel(&queues, &deliveries, &settled);
        let mut one_by_one = channel(&queues, &deliveries, &settled);
        let (mut row, mut ones) = (Settled::default(), Settled::default());
        let last = first + length;
        let result = in_a_row.settle_each(first..=last, &mut row);
        let expected = (first..=last).try_for_each(|tag| one_by_one.settle(tag, false, &mut ones));
        prop_assert_eq!(result.map_err(|e| e.to_string()), expected.map_err(|e| e.to_string()));
        prop_assert_eq!(told(&row), told(&ones));
        prop_assert_eq!(in_a_row.unacked(), one_by_one.unacked());
        prop_assert_eq!(told(&in_a_row.settle_all()), told(&one_by_one.settle_all()));
    }
}
