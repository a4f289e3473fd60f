//! The command: its arguments, and the plan that they make.

use std::time::Duration;

use clap::{Args, ValueEnum};
use warren_perf::{Ack, Exchange, Mode, PerfError, Plan, Uri};

use super::progress::ProgressLine;
use super::{figures, target, words};
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Seconds of a run for which neither a time nor a number of messages is given.
const SECONDS: f64 = 10.0;

/// Which sides a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sides {
    /// Producers only
    Publish,
    /// Consumers only
    Consume,
    /// Producers and consumers
    Both,
}

/// What messages are published to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExchangeType {
    /// The default exchange, to each queue in turn
    Default,
    /// A direct exchange, to each queue in turn
    Direct,
    /// A topic exchange, to each queue in turn
    Topic,
    /// A fanout exchange, to all queues
    Fanout,
}

/// How consumers acknowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AckMode {
    /// Not at all
    Auto,
    /// Every message, or many at once with --ack-every
    Manual,
}

/// Puts a load on a broker, and measures rates and latencies
///
/// Publishes and consumes over AMQP 0-9-1, on any broker that speaks it, and checks that every message arrives once, in
/// order, and in full. Without --uri the broker is the node that the other commands talk to. Queues that are not named are
/// declared for the run and deleted behind it.
#[derive(Debug, Args)]
pub struct Perf {
    /// Which sides the run has
    #[arg(value_enum, default_value = "both")]
    mode: Sides,
    /// The broker: amqp://USER:PASSWORD@HOST:PORT/VHOST [default: where the node listens]
    #[arg(long, value_name = "URI")]
    uri: Option<String>,
    /// Producers, each with a connection
    #[arg(long, value_name = "N", default_value_t = 1)]
    producers: usize,
    /// Consumers, each with a connection
    #[arg(long, value_name = "N", default_value_t = 1)]
    consumers: usize,
    /// Queues; consumers share them out
    #[arg(long, value_name = "N", default_value_t = 1)]
    queues: usize,
    /// Name of the queue, or what the names of several begin with; it stays behind the run
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// Type of the queues that are declared, such as quorum
    #[arg(long, value_name = "TYPE")]
    queue_type: Option<String>,
    /// What is published to
    #[arg(long, value_enum, value_name = "TYPE", default_value = "default")]
    exchange: ExchangeType,
    /// Bytes of a message; k, M, KiB, MiB may follow. From 16 on latency is measured
    #[arg(long, value_name = "BYTES", default_value = "16", value_parser = words::size)]
    size: usize,
    /// Messages that survive a restart
    #[arg(long)]
    persistent: bool,
    /// Messages a second, by all producers together [default: as many as possible]
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// Publisher confirms, with this many publishes unconfirmed at most for each producer
    #[arg(long, value_name = "WINDOW")]
    confirm: Option<usize>,
    /// Messages published and not yet delivered at most [default: 20000, and 16 MiB]
    #[arg(long, value_name = "N")]
    in_flight: Option<u64>,
    /// How consumers acknowledge
    #[arg(long, value_enum, value_name = "MODE", default_value = "auto")]
    ack: AckMode,
    /// Messages that one acknowledgement is for
    #[arg(long, value_name = "N", default_value_t = 1)]
    ack_every: u32,
    /// Deliveries unacknowledged at most for each consumer; 0 is no limit
    #[arg(long, value_name = "N", default_value_t = 1000)]
    prefetch: u16,
    /// Stop after this many seconds [default: 10, or none with --count]
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,
    /// Stop after this many messages
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

impl Run for Perf {
    fn check(&self, _: &Context) -> Result<()> {
        self.plan(Uri::default()).map(drop)
    }

    fn banner(&self, _: &Context) -> Option<String> {
        self.plan(Uri::default()).ok().as_ref().map(words::banner)
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let plan = self.plan(match &self.uri {
            Some(text) => {
                let mut uri = Uri::parse(text).map_err(failed)?;
                if let Some(vhost) = context.named_vhost() {
                    vhost.clone_into(&mut uri.vhost);
                }
                uri
            }
            None => target::find(context)?,
        })?;
        let mut line = ProgressLine::new(&plan, context.style());
        let limit = context.timeout();
        let report = warren_perf::run(&plan, &mut |progress| {
            line.show(&progress);
            limit.is_none_or(|limit| progress.elapsed < limit)
        });
        line.finish();
        let report = report.map_err(failed)?;
        if report.faults.is_empty() {
            return Ok(Output::Record {
                text: figures::text(&plan, &report),
                json: figures::json(&plan, &report),
            });
        }
        let message = format!("{}\n\n{}", report.faults.join("\n"), figures::text(&plan, &report));
        Err(Failure::new(Kind::Server, message))
    }
}

impl Perf {
    fn plan(&self, uri: Uri) -> Result<Plan> {
        let time = self.time.or_else(|| self.count.is_none().then_some(SECONDS));
        let time = match time.map(Duration::try_from_secs_f64) {
            Some(Ok(Duration::ZERO) | Err(_)) => {
                return Err(Failure::new(Kind::Usage, "--time is a number of seconds, and more than nought"));
            }
            Some(Ok(time)) => Some(time),
            None => None,
        };
        Ok(Plan {
            mode: match self.mode {
                Sides::Publish => Mode::Publish,
                Sides::Consume => Mode::Consume,
                Sides::Both => Mode::Both,
            },
            producers: self.producers,
            consumers: self.consumers,
            queues: self.queues,
            queue: self.queue.clone(),
            queue_type: self.queue_type.clone(),
            exchange: match self.exchange {
                ExchangeType::Default => Exchange::Default,
                ExchangeType::Direct => Exchange::Direct,
                ExchangeType::Topic => Exchange::Topic,
                ExchangeType::Fanout => Exchange::Fanout,
            },
            size: self.size,
            persistent: self.persistent,
            rate: self.rate,
            confirms: self.confirm,
            in_flight: self.in_flight,
            prefetch: self.prefetch,
            ack: match (self.ack, self.ack_every) {
                (AckMode::Auto, _) => Ack::Auto,
                (AckMode::Manual, 1) => Ack::Each,
                (AckMode::Manual, every) => Ack::Every(every),
            },
            time,
            count: self.count,
            ..Plan::new(uri)
        })
    }
}

/// The kind of what went wrong, and what to do about it.
fn failed(error: PerfError) -> Failure {
    let (kind, hint) = match &error {
        PerfError::BadPlan(_) => (Kind::Usage, None),
        PerfError::BadUri { .. } => (Kind::Data, Some("Write --uri amqp://USER:PASSWORD@HOST:PORT/VHOST.")),
        PerfError::Unreachable { .. } => (
            Kind::Unreachable,
            Some(
                "Start a node with 'warrenctl start', or name a broker with --uri amqp://USER:PASSWORD@HOST:PORT.",
            ),
        ),
        PerfError::LoginRefused { .. } => {
            (Kind::Denied, Some("Name the user with --uri amqp://USER:PASSWORD@HOST:PORT."))
        }
        PerfError::GivenUp => (Kind::TimedOut, None),
        PerfError::NotEmpty { .. } => (Kind::Condition, None),
        PerfError::Closed { .. } | PerfError::Broken(_) | PerfError::Stalled(_) | PerfError::Protocol(_) => {
            (Kind::Server, None)
        }
    };
    let failure = Failure::new(kind, error.to_string());
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
