//! Rates of counters: what changed per second, between the last two samples that a task takes at a fixed interval.
//!
//! What counts is never asked to compute anything: sampling reads counters that are kept anyway.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use parking_lot::Mutex;
use warren_broker::churn::{Churn, Count};
use warren_broker::connections::OpenConnection;
use warren_broker::queues::{Queue, QueueStats};
use warren_broker::state::node::broker::Broker;
use warren_broker::topology::vhosts::VHost;

/// Counters of a queue: messages, and what happened to them.
pub const QUEUE: usize = 11;
/// Counters of a channel.
pub const CHANNEL: usize = 4;
/// Counters of a connection: bytes received and sent.
pub const CONNECTION: usize = 2;

/// Counters of what comes and goes, in the order of [`Churn`].
pub const CHURN: usize = 7;

/// The node's own number where things have one.
const NODE: u64 = 0;

/// Rates of all queues, channels and connections.
#[derive(Debug)]
pub struct Rates {
    queues: Mutex<Samples<QUEUE>>,
    channels: Mutex<Samples<CHANNEL>>,
    connections: Mutex<Samples<CONNECTION>>,
    churn: Mutex<Samples<CHURN>>,
}

/// The last sample of things of one kind, by their numbers. What never counted anything takes no place.
#[derive(Debug)]
struct Samples<const N: usize> {
    taken: Instant,
    round: u32,
    counts: HashMap<u64, Sample<N>>,
    /// Only of what moved.
    rates: HashMap<u64, [f64; N]>,
}

#[derive(Debug)]
struct Sample<const N: usize> {
    round: u32,
    counts: [u64; N],
}

impl Rates {
    /// Nothing was sampled yet.
    pub fn new(now: Instant) -> Self {
        Self {
            queues: Mutex::new(Samples::new(now)),
            channels: Mutex::new(Samples::new(now)),
            connections: Mutex::new(Samples::new(now)),
            churn: Mutex::new(Samples::new(now)),
        }
    }

    /// Samples everything that the broker has.
    pub fn sample(&self, broker: &Broker, now: Instant) {
        let in_vhost = |vhost: Arc<VHost>| vhost.topology().queues().cloned().collect::<Vec<_>>();
        let queues = broker.vhosts().into_iter().flat_map(in_vhost);
        self.queues.lock().take(now, queues.map(|queue| (queue.id, queue_counts(&queue))));
        self.churn.lock().take(now, [(NODE, churn_counts(&broker.churn))].into_iter());
        let connections = broker.connections.list();
        let traffic = connections.iter().map(|connection| (connection.id, connection_counts(connection)));
        self.connections.lock().take(now, traffic);
        self.channels.lock().take(now, connections.iter().flat_map(|connection| channel_samples(connection)));
    }

    /// Rates of [`queue_counts`].
    pub fn of_queue(&self, id: u64) -> [f64; QUEUE] {
        self.queues.lock().rates.get(&id).copied().unwrap_or_default()
    }

    /// Rates of [`channel_counts`].
    pub fn of_channel(&self, connection: u64, number: u16) -> [f64; CHANNEL] {
        self.channels.lock().rates.get(&channel_key(connection, number)).copied().unwrap_or_default()
    }

    /// Rates of what comes and goes.
    pub fn of_churn(&self) -> [f64; CHURN] {
        self.churn.lock().rates.get(&NODE).copied().unwrap_or_default()
    }

    /// Rates of bytes received and sent.
    pub fn of_connection(&self, id: u64) -> [f64; CONNECTION] {
        self.connections.lock().rates.get(&id).copied().unwrap_or_default()
    }
}

impl<const N: usize> Samples<N> {
    fn new(taken: Instant) -> Self {
        Self { taken, round: 0, counts: HashMap::new(), rates: HashMap::new() }
    }

    fn take(&mut self, now: Instant, things: impl Iterator<Item = (u64, [u64; N])>) {
        let seconds = now.duration_since(self.taken).max(Duration::from_millis(1)).as_secs_f64();
        self.taken = now;
        self.round = self.round.wrapping_add(1);
        let round = self.round;
        self.rates.clear();
        for (id, counts) in things {
            // What is new since the last sample began at nothing.
            let old = self.counts.get(&id).map_or([0; N], |sample| sample.counts);
            if old != counts {
                let mut rates = [0.0; N];
                for ((rate, new), old) in rates.iter_mut().zip(counts).zip(old) {
                    *rate = (new as f64 - old as f64) / seconds;
                }
                self.rates.insert(id, rates);
            }
            if counts != [0; N] {
                self.counts.insert(id, Sample { round, counts });
            }
        }
        // What was not seen this time is gone.
        self.counts.retain(|_, sample| sample.round == round);
    }
}

/// Ready and unacknowledged messages, then the counters of [`QueueStats`] in their order.
pub fn queue_counts(queue: &Queue) -> [u64; QUEUE] {
    let counts = queue.counts();
    let QueueStats { publish, deliver, deliver_no_ack, get, get_no_ack, get_empty, redeliver, ack, .. } =
        queue.stats();
    [
        counts.ready + counts.unacknowledged,
        counts.ready,
        counts.unacknowledged,
        publish,
        deliver,
        deliver_no_ack,
        get,
        get_no_ack,
        get_empty,
        redeliver,
        ack,
    ]
}

fn churn_counts(churn: &Churn) -> [u64; CHURN] {
    let Churn {
        connection_created,
        connection_closed,
        channel_created,
        channel_closed,
        queue_created,
        queue_declared,
        queue_deleted,
    } = churn;
    let counts = [
        connection_created,
        connection_closed,
        channel_created,
        channel_closed,
        queue_created,
        queue_declared,
        queue_deleted,
    ];
    counts.map(Count::get)
}

fn connection_counts(connection: &OpenConnection) -> [u64; CONNECTION] {
    let traffic = &connection.traffic;
    [traffic.received_bytes.load(Relaxed), traffic.sent_bytes.load(Relaxed)]
}

fn channel_samples(connection: &OpenConnection) -> Vec<(u64, [u64; CHANNEL])> {
    let channels = connection.channels.lock();
    channels
        .values()
        .map(|channel| {
            let counters = &channel.counters;
            let counts = [&counters.publish, &counters.confirm, &counters.return_unroutable, &counters.ack];
            (channel_key(connection.id, channel.number), counts.map(|counter| counter.load(Relaxed)))
        })
        .collect()
}

fn channel_key(connection: u64, number: u16) -> u64 {
    (connection << 16) | u64::from(number)
}

/// Samples until the future that waits for it is dropped.
pub async fn run(rates: Arc<Rates>, broker: Arc<Broker>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        rates.sample(&broker, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_change_over_time_and_ends_with_the_change() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut samples = Samples::<2>::new(start);
        samples.take(at(5), [(1, [10, 0])].into_iter());
        assert_eq!(samples.rates[&1], [2.0, 0.0]);
        samples.take(at(10), [(1, [5, 0]), (2, [0, 0])].into_iter());
        assert_eq!(samples.rates[&1], [-1.0, 0.0]);
        assert!(!samples.rates.contains_key(&2) && !samples.counts.contains_key(&2));
        samples.take(at(15), [(1, [5, 0])].into_iter());
        assert!(samples.rates.is_empty());
        samples.take(at(20), std::iter::empty());
        assert!(samples.counts.is_empty());
    }

    #[test]
    fn two_samples_at_once_divide_by_no_zero() {
        let now = Instant::now();
        let mut samples = Samples::<1>::new(now);
        samples.take(now, [(1, [1])].into_iter());
        assert!(samples.rates[&1][0].is_finite());
    }
}
