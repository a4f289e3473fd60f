//! What a run is to do.

use std::time::Duration;

use crate::stamp::MOST_PRODUCERS;
use crate::{PerfError, Uri};

/// The largest body: what RabbitMQ takes at most.
const MOST_SIZE: usize = 512 << 20;
/// The most threads of each kind, and the most queues.
const MOST: usize = 10_000;

/// Which of both sides a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only producers: the messages rest.
    Publish,
    /// Only consumers: of messages that rest, or that somebody else publishes.
    Consume,
    /// Both, and everything that was published must arrive.
    Both,
}

/// What messages are published to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The default exchange: straight to each queue in turn.
    Default,
    /// A direct exchange with a binding for each queue.
    Direct,
    /// A topic exchange with a binding for each queue.
    Topic,
    /// A fanout exchange: every message goes to every queue.
    Fanout,
}

impl Exchange {
    /// The type as `exchange.declare` names it; `None` for the default exchange, which is there.
    pub fn type_name(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::Direct => Some("direct"),
            Self::Topic => Some("topic"),
            Self::Fanout => Some("fanout"),
        }
    }
}

/// How consumers acknowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// Not at all: a message is settled when it is sent.
    Auto,
    /// Each one.
    Each,
    /// Many at once, with one acknowledgement for this many.
    Every(u32),
}

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The broker.
    pub uri: Uri,
    /// Which sides there are.
    pub mode: Mode,
    /// How many producers, each with a connection.
    pub producers: usize,
    /// How many consumers, each with a connection.
    pub consumers: usize,
    /// How many queues.
    pub queues: usize,
    /// The queue's name, or what the names of several begin with. `None` declares queues of the run's own, which it
    /// deletes in the end.
    pub queue: Option<String>,
    /// Type of queues to declare (`x-queue-type`).
    pub queue_type: Option<String>,
    /// What is published to.
    pub exchange: Exchange,
    /// Octets of each body.
    pub size: usize,
    /// Messages that survive a restart.
    pub persistent: bool,
    /// Publishes in a second, by all producers together; `None` is as many as possible.
    pub rate: Option<f64>,
    /// How many publishes of a producer may be unconfirmed; `None` is no confirms at all.
    pub confirms: Option<usize>,
    /// Messages that may be under way, published and not yet delivered; `None` is any number.
    pub in_flight: Option<u64>,
    /// How many deliveries may be unacknowledged; 0 is any number.
    pub prefetch: u16,
    /// How consumers acknowledge.
    pub ack: Ack,
    /// When to stop.
    pub time: Option<Duration>,
    /// After how many messages to stop: published ones, or delivered ones if there are no producers.
    pub count: Option<u64>,
}

impl Plan {
    /// A plan for this broker: one producer and one consumer of one queue, 16 octets, for ten seconds.
    pub fn new(uri: Uri) -> Self {
        Self {
            uri,
            mode: Mode::Both,
            producers: 1,
            consumers: 1,
            queues: 1,
            queue: None,
            queue_type: None,
            exchange: Exchange::Default,
            size: 16,
            persistent: false,
            rate: None,
            confirms: None,
            in_flight: None,
            prefetch: 1000,
            ack: Ack::Auto,
            time: Some(Duration::from_secs(10)),
            count: None,
        }
    }

    /// Producers that take part.
    pub fn active_producers(&self) -> usize {
        if self.mode == Mode::Consume { 0 } else { self.producers }
    }

    /// Consumers that take part.
    pub fn active_consumers(&self) -> usize {
        if self.mode == Mode::Publish { 0 } else { self.consumers }
    }

    /// To how many queues each message goes.
    pub fn copies(&self) -> u64 {
        if self.exchange == Exchange::Fanout { self.queues as u64 } else { 1 }
    }

    /// How many messages may be under way. Without a limit of the plan's own it is as many as keep a broker busy and
    /// do not make it store them: 20,000, and 16 MiB at most.
    pub fn most_in_flight(&self) -> u64 {
        self.in_flight.unwrap_or_else(|| (16_777_216 / self.size.max(1) as u64).clamp(32, 20_000))
    }

    /// Whether it can be carried out.
    pub(crate) fn check(&self) -> Result<(), PerfError> {
        let prefetched = |every: u32| self.prefetch > 0 && every > u32::from(self.prefetch);
        let problem = if self.producers == 0 || self.consumers == 0 || self.queues == 0 {
            "there must be at least one producer, consumer and queue".to_owned()
        } else if self.producers > MOST.min(MOST_PRODUCERS) || self.consumers > MOST || self.queues > MOST {
            format!("there may be {MOST} producers, consumers and queues at most")
        } else if self.size > MOST_SIZE {
            format!("a message may have {MOST_SIZE} octets at most")
        } else if self.time.is_none() && self.count.is_none() {
            "say when to stop: after a time, or after a number of messages".to_owned()
        } else if self.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
            "a rate must be more than nought".to_owned()
        } else if self.confirms == Some(0) || self.ack == Ack::Every(0) || self.in_flight == Some(0) {
            "a number of messages must be more than nought".to_owned()
        } else if let Ack::Every(every) = self.ack
            && prefetched(every)
        {
            format!(
                "one acknowledgement for {every} messages never comes with a prefetch of {}",
                self.prefetch
            )
        } else if self.mode == Mode::Consume && self.queue.is_none() {
            "name the queue to consume from".to_owned()
        } else if self.mode != Mode::Publish && self.consumers > 1 && self.queues > self.consumers * 1000 {
            "that is more than 1,000 queues for each consumer".to_owned()
        } else {
            return Ok(());
        };
        Err(PerfError::BadPlan(problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_never_end_or_begin_is_refused() {
        let good = Plan::new(Uri::parse("amqp://h").unwrap());
        assert!(good.check().is_ok());
        let refused = |change: fn(&mut Plan)| {
            let mut plan = good.clone();
            change(&mut plan);
            plan.check().unwrap_err().to_string()
        };
        assert!(refused(|plan| plan.queues = 0).contains("at least one"));
        assert!(refused(|plan| plan.time = None).contains("when to stop"));
        assert!(refused(|plan| plan.rate = Some(f64::NAN)).contains("rate"));
        assert!(refused(|plan| plan.mode = Mode::Consume).contains("name the queue"));
        assert!(refused(|plan| (plan.prefetch, plan.ack) = (10, Ack::Every(11))).contains("never comes"));
        assert!(refused(|plan| plan.size = usize::MAX).contains("octets at most"));
    }

    #[test]
    fn what_is_under_way_is_bounded_by_number_and_by_size() {
        let mut plan = Plan::new(Uri::parse("amqp://h").unwrap());
        assert_eq!(plan.most_in_flight(), 20_000);
        plan.size = 1 << 20;
        assert_eq!(plan.most_in_flight(), 32);
        plan.in_flight = Some(7);
        assert_eq!(plan.most_in_flight(), 7);
    }
}
