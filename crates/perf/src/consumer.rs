//! A consumer: takes, checks and acknowledges what comes, from one thread over one connection.

use std::time::Instant;

use warren_amqp091::frame::{Frame, FrameKind};
use warren_amqp091::method::{Method, basic};
use warren_model::value::Table;

use crate::client_connection::{ClientConnection, Want};
use crate::counters::Counters;
use crate::stamp::{NUMBER, Origin, sent_at, wall_clock};
use crate::{Ack, Exchange, Histogram, Mode, PerfError, Plan};

/// The channel that it uses.
const CHANNEL: u16 = 1;

/// A message that was under way for longer than a day was not stamped by a run.
const PLAUSIBLE: u64 = 86_400_000_000_000;

/// A consumer that is ready to begin.
pub struct Consumer<'a> {
    plan: &'a Plan,
    counters: &'a Counters,
    connection: ClientConnection,
    /// Names of its queues; their index is the tag by which it consumes them.
    queues: Vec<String>,
    intake: Intake,
    acks: Vec<u8>,
    acknowledged: u64,
}

/// What a consumer got.
#[derive(Default)]
pub struct Consumed {
    /// Messages.
    pub delivered: u64,
    /// Sum of the numbers that they carry.
    pub sum: u64,
    /// How long they were under way.
    pub latency: Histogram,
    /// When the last one came.
    pub last: Option<Instant>,
    /// What was wrong with them.
    pub faults: Faults,
}

/// What can be wrong with a delivery.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Behind one that was published later, or again.
    pub out_of_order: u64,
    /// In a queue that it was not published to.
    pub misrouted: u64,
    /// Of another size than published.
    pub wrong_size: u64,
    /// Marked as redelivered.
    pub redelivered: u64,
    /// With a delivery tag that is not the next.
    pub tag_gaps: u64,
}

impl Faults {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.out_of_order += other.out_of_order;
        self.misrouted += other.misrouted;
        self.wrong_size += other.wrong_size;
        self.redelivered += other.redelivered;
        self.tag_gaps += other.tag_gaps;
    }
}

/// Reads deliveries: the state between frames, and what was found.
struct Intake {
    /// Whether messages are this run's, so that they can be checked.
    own: bool,
    size: usize,
    /// All queues of the run, and those of them that this consumer has.
    all_queues: u64,
    fanout: bool,
    positions: Vec<u64>,
    producers: usize,
    /// For each queue and producer the least number that may come next.
    next: Vec<u64>,
    delivery: Option<Delivery>,
    last_tag: u64,
    cancelled: usize,
    now: u64,
    found: Consumed,
}

/// A delivery whose content is not complete.
struct Delivery {
    slot: usize,
    /// Octets of the body that are missing; `None` before its header.
    missing: Option<u64>,
    stamped: bool,
}

impl<'a> Consumer<'a> {
    /// Connects the consumer of these queues, which are given with their index among all queues.
    pub fn open(
        plan: &'a Plan,
        counters: &'a Counters,
        queues: Vec<(usize, String)>,
        index: usize,
    ) -> Result<Self, PerfError> {
        let mut connection = ClientConnection::open(&plan.uri, &format!("perf consumer {index}"))?;
        connection.open_channel(CHANNEL)?;
        let mut own = Self {
            plan,
            counters,
            connection,
            intake: Intake::new(plan, queues.iter().map(|(at, _)| *at as u64).collect()),
            queues: queues.into_iter().map(|(_, name)| name).collect(),
            acks: Vec::new(),
            acknowledged: 0,
        };
        if plan.ack != Ack::Auto {
            own.set_prefetch()?;
        }
        if plan.mode == Mode::Both {
            own.subscribe()?;
            // Nothing is published yet, so that only the answer comes: the broker knows of all consumers.
            own.set_prefetch()?;
        }
        Ok(own)
    }

    fn set_prefetch(&mut self) -> Result<(), PerfError> {
        let prefetch_count = if self.plan.ack == Ack::Auto { 0 } else { self.plan.prefetch };
        let qos = basic::Qos { prefetch_size: 0, prefetch_count, global: false };
        self.connection.call(CHANNEL, qos, |method| {
            matches!(method, Method::Basic(basic::Method::QosOk(_))).then_some(())
        })
    }

    fn subscribe(&mut self) -> Result<(), PerfError> {
        let mut bytes = Vec::new();
        for (slot, queue) in self.queues.iter().enumerate() {
            let consume = basic::Consume {
                queue,
                consumer_tag: &slot.to_string(),
                no_local: false,
                no_ack: self.plan.ack == Ack::Auto,
                exclusive: false,
                nowait: true,
                arguments: Table::EMPTY,
            };
            consume.write_frame(CHANNEL, &mut bytes);
        }
        self.connection.send(&bytes)
    }

    /// Takes messages until all have come, or the run stops.
    pub fn consume(mut self) -> Result<(Consumed, ClientConnection), PerfError> {
        if self.plan.mode == Mode::Consume {
            self.subscribe()?;
        }
        while !self.counters.is_complete() && !self.counters.consumers_stopped() {
            self.take()?;
        }
        if self.plan.mode == Mode::Consume {
            self.cancel()?;
        }
        self.acknowledge(true)?;
        if self.plan.ack != Ack::Auto && self.plan.mode == Mode::Both && self.counters.is_complete() {
            // Its answer comes when the acknowledgements before it are dealt with.
            self.set_prefetch()?;
        }
        Ok((self.intake.found, self.connection))
    }

    fn take(&mut self) -> Result<(), PerfError> {
        let before = self.intake.found.delivered;
        self.intake.now = 0;
        let intake = &mut self.intake;
        self.connection.receive(|frame| intake.take(frame))?;
        let came = self.intake.found.delivered - before;
        if came > 0 {
            self.intake.found.last = Some(Instant::now());
            self.counters.delivered.add(came);
            self.acknowledge(false)?;
        }
        Ok(())
    }

    /// Acknowledges what came, as the plan says; at the end also what is not a full batch.
    fn acknowledge(&mut self, end: bool) -> Result<(), PerfError> {
        let came = self.intake.found.delivered;
        self.acks.clear();
        let mut ack = |delivery_tag, multiple| {
            basic::Ack { delivery_tag, multiple }.write_frame(CHANNEL, &mut self.acks);
        };
        match self.plan.ack {
            Ack::Auto => return Ok(()),
            Ack::Each => (self.acknowledged + 1..=came).for_each(|tag| ack(tag, false)),
            Ack::Every(every) => {
                let every = u64::from(every);
                let full = came - (came - self.acknowledged) % every;
                let last = if end { came } else { full };
                let batches = (self.acknowledged..last).step_by(every as usize);
                batches.for_each(|before| ack((before + every).min(last), true));
                self.acknowledged = last;
                return self.connection.send(&self.acks);
            }
        }
        self.acknowledged = came;
        self.connection.send(&self.acks)
    }

    /// Ends the consumers, and takes what was under way until then.
    fn cancel(&mut self) -> Result<(), PerfError> {
        let mut bytes = Vec::new();
        for slot in 0..self.queues.len() {
            basic::Cancel { consumer_tag: &slot.to_string(), nowait: false }.write_frame(CHANNEL, &mut bytes);
        }
        self.connection.send(&bytes)?;
        while self.intake.cancelled < self.queues.len() {
            self.take()?;
        }
        Ok(())
    }
}

impl Intake {
    fn new(plan: &Plan, positions: Vec<u64>) -> Self {
        let producers = plan.active_producers();
        Self {
            own: plan.mode == Mode::Both,
            size: plan.size,
            all_queues: plan.queues as u64,
            fanout: plan.exchange == Exchange::Fanout,
            next: vec![0; positions.len() * producers],
            positions,
            producers,
            delivery: None,
            last_tag: 0,
            cancelled: 0,
            now: 0,
            found: Consumed::default(),
        }
    }

    #[inline]
    fn take(&mut self, frame: &Frame<'_>) -> Result<Want, PerfError> {
        match (frame.kind, &mut self.delivery) {
            (FrameKind::Body, Some(Delivery { missing: Some(missing), stamped, slot })) => {
                *missing = missing
                    .checked_sub(frame.payload.len() as u64)
                    .ok_or_else(|| PerfError::Protocol("a body longer than its header says".into()))?;
                let (done, first, slot) = (*missing == 0, !std::mem::replace(stamped, true), *slot);
                if first {
                    self.look_at(slot, frame.payload);
                }
                if done {
                    self.complete();
                }
            }
            (FrameKind::Header, Some(delivery @ Delivery { missing: None, .. })) => {
                let size = frame.payload.get(4..).and_then(|rest| rest.first_chunk()).copied();
                let size = size.map(u64::from_be_bytes);
                let size = size.ok_or_else(|| PerfError::Protocol("a content header cut short".into()))?;
                delivery.missing = Some(size);
                if self.own && size != self.size as u64 {
                    self.found.faults.wrong_size += 1;
                }
                if size == 0 {
                    self.complete();
                }
            }
            (FrameKind::Method, None) => self.method(frame)?,
            _ => return Err(PerfError::Protocol("frames of a content out of order".into())),
        }
        Ok(Want::More)
    }

    #[inline]
    fn method(&mut self, frame: &Frame<'_>) -> Result<(), PerfError> {
        if let Some((slot, tag, redelivered)) = delivery(frame.payload) {
            if tag != self.last_tag + 1 {
                self.found.faults.tag_gaps += 1;
            }
            self.last_tag = tag;
            if redelivered && self.own {
                self.found.faults.redelivered += 1;
            }
            if self.now == 0 {
                self.now = wall_clock();
            }
            self.delivery = Some(Delivery { slot, missing: None, stamped: false });
            return Ok(());
        }
        match Method::decode(frame.payload) {
            Ok(Method::Basic(basic::Method::CancelOk(_))) => self.cancelled += 1,
            Ok(Method::Basic(basic::Method::Cancel(_))) => {
                return Err(PerfError::Protocol(
                    "the broker cancelled a consumer: has its queue been deleted?".into(),
                ));
            }
            Ok(other) => return Err(PerfError::Protocol(format!("{} for a consumer", other.name()))),
            Err(error) => return Err(PerfError::Protocol(error.to_string())),
        }
        Ok(())
    }

    /// Reads the stamp at the front of a body.
    #[inline]
    fn look_at(&mut self, slot: usize, body: &[u8]) {
        if let Some(sent_at) = sent_at(body) {
            // Clocks of two machines may differ by a little.
            let took = self.now.saturating_sub(sent_at);
            if self.own || (took < PLAUSIBLE && sent_at < self.now + PLAUSIBLE) {
                self.found.latency.record(took, 1);
            }
        }
        let Some(origin) = Origin::of(body).filter(|_| self.own && self.size >= NUMBER) else { return };
        self.found.sum = self.found.sum.wrapping_add(origin.number);
        let position = self.positions.get(slot).copied();
        if !self.fanout && position != Some(origin.number % self.all_queues) {
            self.found.faults.misrouted += 1;
        }
        let producer = usize::from(origin.producer);
        match self
            .next
            .get_mut(slot.saturating_mul(self.producers) + producer)
            .filter(|_| producer < self.producers)
        {
            Some(next) if origin.number >= *next => *next = origin.number + 1,
            Some(_) => self.found.faults.out_of_order += 1,
            None => self.found.faults.misrouted += 1,
        }
    }

    #[inline]
    fn complete(&mut self) {
        self.delivery = None;
        self.found.delivered += 1;
    }
}

/// Reads a `basic.deliver`: the number that is its consumer tag, its delivery tag, and whether it was delivered before.
/// `None` if it is another method.
#[inline]
fn delivery(payload: &[u8]) -> Option<(usize, u64, bool)> {
    let (start, rest) = payload.split_first_chunk::<4>()?;
    if *start != [0, 60, 0, 60] {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (tag, rest) = rest.split_at_checked(usize::from(*length))?;
    let (delivery_tag, rest) = rest.split_first_chunk::<8>()?;
    let digit = |digit: &u8| usize::from(digit.wrapping_sub(b'0'));
    let slot = tag.iter().fold(0usize, |number, octet| number.wrapping_mul(10).wrapping_add(digit(octet)));
    Some((slot, u64::from_be_bytes(*delivery_tag), *rest.first()? != 0))
}
