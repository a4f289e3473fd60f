//! Carries out a plan: declares, connects, lets all sides begin at once, watches them, and adds up.

use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::client_connection::ClientConnection;
use crate::consumer::{Consumed, Consumer};
use crate::counters::{Counters, Progress};
use crate::producer::{Produced, Producer};
use crate::report::{Report, Sample};
use crate::template::Message;
use crate::topology::Topology;
use crate::{Mode, PerfError, Plan};

/// How often it is looked how far things are.
const TICK: Duration = Duration::from_millis(5);

/// How long consumers wait for messages that were published, while none comes.
const LOST: Duration = Duration::from_secs(10);

/// How long a queue may take until it shows all that was published to it.
const SETTLE: Duration = Duration::from_secs(10);

/// What a thread gives back: its result, and its connection, which is kept open until all is deleted.
type Done<T> = Result<(T, ClientConnection), PerfError>;

/// Is told how far a run is, a hundred times a second and more, and says whether it is to go on.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> bool;

/// Carries out a plan.
pub fn run(plan: &Plan, watch: Watch<'_>) -> Result<Report, PerfError> {
    plan.check()?;
    let mut control = ClientConnection::open(&plan.uri, "perf")?;
    let topology = Topology::declare(&mut control, plan)?;
    let loaded = load(plan, &topology, watch).and_then(|(mut report, connections)| {
        if plan.mode == Mode::Publish {
            count_resting(plan, &topology, &mut control, &mut report)?;
        }
        Ok((report, connections))
    });
    // Before the consumers go, so that what is left can be counted in queues that go with them.
    let left = topology.remove(&mut control);
    let (mut report, connections) = loaded?;
    let left = left?;
    if plan.mode == Mode::Both && report.faults.is_empty() {
        report.fault(left, "messages were left in the queues");
    }
    for connection in connections.into_iter().chain([control]) {
        connection.close()?;
    }
    Ok(report)
}

/// Lets producers and consumers run, and adds up what they did.
fn load(
    plan: &Plan,
    topology: &Topology,
    watch: Watch<'_>,
) -> Result<(Report, Vec<ClientConnection>), PerfError> {
    let counters = Counters::default();
    let consumers: Vec<Consumer<'_>> = (0..plan.active_consumers())
        .map(|index| Consumer::open(plan, &counters, share(&topology.queues, plan.consumers, index), index))
        .collect::<Result<_, _>>()?;
    let keys = topology.keys(plan);
    let properties: &[u8] = if plan.persistent { &[0x10, 0, 2] } else { &[0x10, 0, 1] };
    let message = Message { exchange: &topology.exchange, keys: &keys, properties, size: plan.size };
    let producers: Vec<Producer<'_>> = (0..plan.active_producers())
        .map(|index| Producer::open(plan, &counters, &message, index))
        .collect::<Result<_, _>>()?;
    let mut report = Report::default();
    let start = Instant::now();
    let (produced, consumed) = thread::scope(|scope| {
        let mut watched = Watched {
            plan,
            counters: &counters,
            start,
            producers: Workers::start(scope, producers, Producer::produce),
            consumers: Workers::start(scope, consumers, Consumer::consume),
            moved: (start, 0),
        };
        let result = watched.watch(watch, &mut report.samples);
        if result.is_err() {
            counters.abort();
        }
        result.map(|()| (watched.producers.done, watched.consumers.done))
    })?;
    let (produced, mut connections): (Vec<Produced>, Vec<ClientConnection>) = produced.into_iter().unzip();
    let (consumed, more): (Vec<Consumed>, Vec<ClientConnection>) = consumed.into_iter().unzip();
    connections.extend(more);
    report.add_produced(&produced, start);
    report.add_consumed(&consumed, plan, &produced, start);
    Ok((report, connections))
}

/// The queues of a consumer, with their index among all: a part of them, or one that it shares with others.
fn share(queues: &[String], consumers: usize, index: usize) -> Vec<(usize, String)> {
    let all = queues.iter().enumerate().map(|(at, name)| (at, name.clone()));
    match consumers > queues.len() {
        true => all.skip(index % queues.len()).take(1).collect(),
        false => all.filter(|(at, _)| at % consumers == index).collect(),
    }
}

/// Threads of one kind.
struct Workers<'scope, T> {
    running: Vec<ScopedJoinHandle<'scope, Done<T>>>,
    done: Vec<(T, ClientConnection)>,
}

impl<'scope, T: Send + 'scope> Workers<'scope, T> {
    fn start<W: Send + 'scope>(
        scope: &'scope Scope<'scope, '_>,
        all: Vec<W>,
        work: fn(W) -> Done<T>,
    ) -> Self {
        let running = all.into_iter().map(|one| scope.spawn(move || work(one))).collect();
        Self { running, done: Vec::new() }
    }

    /// Takes the results of those that have ended; whether all have.
    fn collect(&mut self) -> Result<bool, PerfError> {
        while let Some(at) = self.running.iter().position(ScopedJoinHandle::is_finished) {
            match self.running.swap_remove(at).join() {
                Ok(result) => self.done.push(result?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(self.running.is_empty())
    }
}

/// A run under way.
struct Watched<'scope, 'a> {
    plan: &'a Plan,
    counters: &'a Counters,
    start: Instant,
    producers: Workers<'scope, Produced>,
    consumers: Workers<'scope, Consumed>,
    /// When something was delivered last, and how much had been by then.
    moved: (Instant, u64),
}

impl Watched<'_, '_> {
    /// Looks on until all threads have ended, and tells them when to.
    fn watch(&mut self, watch: Watch<'_>, samples: &mut Vec<Sample>) -> Result<(), PerfError> {
        let mut sampled = Progress::default();
        loop {
            let progress = self.counters.progress(self.start.elapsed());
            if !watch(progress) {
                return Err(PerfError::GivenUp);
            }
            if progress.elapsed >= sampled.elapsed + Duration::from_secs(1) {
                samples.push(Sample::between(&sampled, &progress));
                sampled = progress;
            }
            let published = self.producers.collect()?;
            if published && self.consumers.collect()? {
                return Ok(());
            }
            // One that ends before the producers has failed.
            self.consumers.collect()?;
            self.direct(published, &progress);
            thread::sleep(TICK);
        }
    }

    /// Tells the threads what they have to know by now.
    fn direct(&mut self, published: bool, progress: &Progress) {
        let over = self.plan.time.is_some_and(|time| progress.elapsed >= time);
        if over {
            self.counters.stop_producers();
        }
        match self.plan.mode {
            Mode::Publish => {}
            Mode::Consume => {
                self.counters.expect(self.plan.count.unwrap_or(u64::MAX));
                if over {
                    self.counters.stop_consumers();
                }
            }
            Mode::Both => {
                if progress.delivered > self.moved.1 || !published {
                    self.moved = (Instant::now(), progress.delivered);
                }
                if published {
                    let messages: u64 = self.producers.done.iter().map(|(done, _)| done.published).sum();
                    self.counters.expect(messages * self.plan.copies());
                    if self.moved.0.elapsed() > LOST {
                        self.counters.stop_consumers();
                    }
                }
            }
        }
    }
}

/// Checks that queues hold what was published to them. A queue that somebody consumes from cannot be counted.
fn count_resting(
    plan: &Plan,
    topology: &Topology,
    control: &mut ClientConnection,
    report: &mut Report,
) -> Result<(), PerfError> {
    let deadline = Instant::now() + SETTLE;
    let queues = plan.queues as u64;
    for (at, before) in topology.before.iter().enumerate() {
        let share: u64 =
            report.published_by.iter().map(|count| (count + queues - 1 - at as u64) / queues).sum();
        let came = if plan.copies() > 1 { report.published } else { share };
        let expected = u64::from(*before) + came;
        loop {
            let found = topology.find(control, at)?;
            if found.consumers > 0 || u64::from(found.messages) == expected {
                break;
            }
            if Instant::now() > deadline {
                let name = topology.queues.get(at).map(String::as_str).unwrap_or_default();
                let fault = format!("queue '{name}' holds {} messages instead of {expected}", found.messages);
                report.faults.push(fault);
                return Ok(());
            }
            thread::sleep(TICK);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_queue_has_a_consumer_and_every_consumer_a_queue() {
        let queues: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let taken = |consumers, index| -> Vec<usize> {
            share(&queues, consumers, index).into_iter().map(|(at, _)| at).collect()
        };
        assert_eq!((taken(1, 0), taken(2, 0), taken(2, 1)), (vec![0, 1, 2], vec![0, 2], vec![1]));
        assert_eq!((taken(5, 2), taken(5, 3), taken(5, 4)), (vec![2], vec![0], vec![1]));
    }
}
