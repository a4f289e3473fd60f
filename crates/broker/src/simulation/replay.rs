//! The state is a function of the log: whatever clients did, an empty broker that reads the log has every definition and every
//! message of the one that wrote it.

use std::sync::Arc;

use warren_store::sim::Random;
use warren_store::{CommitLog, MemoryLog};

use super::client::{Client, Heard, number, with_message};
use crate::channel::Verdict;
use crate::log::LogHandle;
use crate::queues::QueueSettings;
use crate::state::checkpoint::restore::Restore;
use crate::state::node::broker::{Broker, BrokerSettings};
use crate::topology::exchange::ExchangeSettings;
use warren_model::binding::{Binding, Destination};

const QUEUES: [&str; 4] = ["a", "b", "c", "d"];
const EXCHANGES: [&str; 2] = ["e", "f"];

fn open(log: &Arc<MemoryLog>) -> Arc<Broker> {
    let log_handle = LogHandle::default();
    let entropy = Box::new(|bytes: &mut [u8]| bytes.fill(7));
    let broker = Broker::new(BrokerSettings::default(), log_handle.clone(), entropy);
    let mut restore = Restore::new(&broker);
    log.replay_whole(&mut restore).expect("every record is taken");
    log_handle.attach(Arc::clone(log) as Arc<dyn CommitLog>, &log.segments());
    restore.finish(false, &[]).expect("no segment is missing");
    let _ = broker.create_defaults().expect("defaults");
    Arc::new(broker)
}

/// A client who does anything.
struct Run {
    random: Random,
    broker: Arc<Broker>,
    client: Client,
    unacked: Vec<u64>,
    next_id: u64,
}

impl Run {
    fn queue(&mut self) -> &'static str {
        QUEUES[self.random.below(QUEUES.len() as u64) as usize]
    }

    fn exchange(&mut self) -> &'static str {
        EXCHANGES[self.random.below(EXCHANGES.len() as u64) as usize]
    }

    /// Refusals are as good: they are no part of the state.
    fn step(&mut self) {
        let (queue, exchange) = (self.queue(), self.exchange());
        let durable = !self.random.one_in(4);
        let to = if self.random.one_in(2) { ("", queue) } else { (exchange, "") };
        match self.random.below(12) {
            0 => {
                let settings = QueueSettings { durable, ..QueueSettings::default() };
                let _ = self.client.principal.declare_queue(queue, settings);
            }
            1 => {
                let auto_delete = self.random.one_in(2);
                let kind = "fanout".into();
                let settings = ExchangeSettings { kind, durable, auto_delete, ..Default::default() };
                let _ = self.client.principal.declare_exchange(exchange, settings);
            }
            2 => drop(self.client.principal.bind(binding(exchange, queue))),
            3 if self.random.one_in(2) => drop(self.client.principal.unbind(&binding(exchange, queue))),
            4 if self.random.one_in(4) => {
                let if_empty = self.random.one_in(2);
                let _ = self.client.principal.delete_queue(queue, false, if_empty);
            }
            5 if self.random.one_in(4) => {
                let _ = self.client.principal.delete_exchange(exchange, self.random.one_in(2));
            }
            6 if self.random.one_in(8) => {
                let Client { principal, effects, .. } = &mut self.client;
                let _ = principal.purge_queue(queue, effects);
            }
            7 | 8 => self.fetch(queue),
            9 => self.settle(),
            // Transient messages are in no log.
            _ => self.publish(to),
        }
    }

    fn publish(&mut self, to: (&str, &str)) {
        if self.broker.vhost("/").is_some_and(|vhost| vhost.topology().exchange(to.0, "/").is_err()) {
            return;
        }
        self.next_id += 1;
        let length = self.random.below(200) as usize;
        let Client { confirming, effects, .. } = &mut self.client;
        with_message(self.next_id, length, true, to, |run| confirming.publish(run, effects)).unwrap();
    }

    fn fetch(&mut self, queue: &str) {
        let Client { confirming, effects, .. } = &mut self.client;
        let _ = confirming.get(queue, false, effects);
        for heard in self.client.hear() {
            if let Heard::Delivery { tag, .. } = heard {
                self.unacked.push(tag);
            }
        }
    }

    fn settle(&mut self) {
        if self.unacked.is_empty() {
            return;
        }
        let tag = self.unacked.swap_remove(self.random.below(self.unacked.len() as u64) as usize);
        let verdict = if self.random.one_in(3) { Verdict::Requeue } else { Verdict::Ack };
        let Client { confirming, effects, .. } = &mut self.client;
        confirming.settle(tag, false, verdict, effects).expect("it was delivered");
    }
}

fn binding(source: &str, queue: &str) -> Binding {
    Binding {
        source: source.into(),
        destination: Destination::Queue(queue.into()),
        routing_key: "".into(),
        arguments: Default::default(),
    }
}

/// All definitions, in an order that is always the same.
fn definitions(broker: &Broker) -> Vec<String> {
    let changes = broker.definitions().changes;
    let mut all: Vec<_> = changes.iter().map(|change| serde_json::to_string(change).unwrap()).collect();
    all.sort_unstable();
    all
}

/// Persistent messages of every durable queue, in their order, with whether they were delivered before. They are put back.
fn messages(broker: &Arc<Broker>) -> Vec<(String, Vec<u64>)> {
    let mut all = Vec::new();
    for queue in broker.vhost("/").unwrap().queues().iter().filter(|queue| queue.is_durable()) {
        let mut client = Client::new(broker, 77);
        let mut found = Vec::new();
        while client.confirming.get(&queue.name, false, &mut client.effects).is_ok() {
            let heard = client.hear();
            let Some(Heard::Delivery { body, .. }) = heard.first() else { break };
            found.push(number(body));
        }
        client.confirming.close(&mut client.effects);
        client.effects.finish();
        all.push((queue.name.to_string(), found));
    }
    all
}

/// Plays a run, and holds what the log makes of it against what it left.
pub(super) fn play(seed: u64) {
    let log = Arc::new(MemoryLog::default());
    let broker = open(&log);
    let client = Client::new(&broker, 1);
    let mut run = Run {
        random: Random::new(seed),
        broker: Arc::clone(&broker),
        client,
        unacked: Vec::new(),
        next_id: 0,
    };
    for _ in 0..300 {
        run.step();
        run.client.effects.finish();
        if run.random.one_in(100) {
            broker.checkpoint().expect("a checkpoint");
        }
    }
    run.client.confirming.close(&mut run.client.effects);
    run.client.effects.finish();
    let copy = Arc::new(log.restarted(log.appended()));
    let again = open(&copy);
    assert_eq!(definitions(&again), definitions(&broker));
    assert_eq!(messages(&again), messages(&broker));
}
