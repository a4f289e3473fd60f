//! Rows that publish and consume as `warrenctl perf` does.

use std::time::Duration;

use warren_perf::{Ack, Exchange, Histogram, Mode, Plan, Report};

use crate::Settings;
use crate::server::Server;
use crate::table::Row;

/// Messages that rest before they are drained.
const RESTING: u64 = 1_000_000;

type Change = fn(&mut Plan);

/// Each row: its name, and how its plan differs from one producer and one consumer of one queue with 16 octets.
const PLANS: &[(&str, Change)] = &[
    ("1:1, 16 B, auto-ack", |_| {}),
    ("1:1, 16 B, manual ack, prefetch 1,000", |plan| plan.ack = Ack::Each),
    ("1:1, 1 KiB, auto-ack", |plan| plan.size = 1 << 10),
    ("1:1, 1 MiB, auto-ack", |plan| plan.size = 1 << 20),
    ("publish only, 16 B", |plan| plan.mode = Mode::Publish),
    ("persistent 1 KiB, confirm window 1", |plan| persistent(plan, 1)),
    ("persistent 1 KiB, confirm window 100", |plan| persistent(plan, 100)),
    ("persistent 1 KiB, confirm window 1,000, a consumer that acks", |plan| {
        persistent(plan, 1000);
        (plan.mode, plan.ack) = (Mode::Both, Ack::Each);
    }),
    ("100 queues, 4 producers, 4 consumers, persistent 1 KiB, window 100", |plan| {
        persistent(plan, 100);
        (plan.mode, plan.ack) = (Mode::Both, Ack::Each);
        (plan.queues, plan.producers, plan.consumers) = (100, 4, 4);
    }),
    ("100 queues, 2 producers, 2 consumers, 16 B", |plan| {
        (plan.queues, plan.producers, plan.consumers) = (100, 2, 2);
    }),
    ("fan-out 1 to 10 queues, 16 B, deliveries", |plan| {
        (plan.queues, plan.consumers, plan.exchange) = (10, 2, Exchange::Fanout);
    }),
    ("topic exchange, 200 queues, 16 B", |plan| {
        (plan.queues, plan.consumers, plan.exchange) = (200, 2, Exchange::Topic);
    }),
    ("latency at 20,000/s, 64 B", |plan| (plan.rate, plan.size) = (Some(20_000.0), 64)),
    ("latency at 2,000/s, persistent 256 B, confirms", |plan| {
        (plan.rate, plan.size, plan.persistent, plan.confirms) = (Some(2000.0), 256, true, Some(1000));
    }),
];

fn persistent(plan: &mut Plan, window: usize) {
    (plan.mode, plan.size, plan.persistent, plan.confirms) = (Mode::Publish, 1 << 10, true, Some(window));
}

/// Runs the rows that are wanted.
pub fn rows(settings: &Settings) -> impl Iterator<Item = Row> {
    let plans = PLANS.iter().filter(|(name, _)| settings.wants(name));
    let plans = plans.map(|(name, change)| {
        let server = Server::start();
        let mut plan = Plan { time: Some(settings.seconds), ..Plan::new(server.uri.clone()) };
        change(&mut plan);
        measure(name, &server, &plan)
    });
    let drain = settings.wants("drain").then(drain);
    plans.chain(drain)
}

/// Carries out a plan on a node.
pub(crate) fn measure(name: &str, server: &Server, plan: &Plan) -> Row {
    let before = server.cpu();
    let report = warren_perf::run(plan, &mut |_| true).unwrap();
    assert!(report.faults.is_empty(), "{name}: {:?}", report.faults);
    let cpu = server.cpu() - before;
    let (count, time) = match plan.mode {
        Mode::Publish => (report.published, report.publish_time),
        _ => (report.delivered, report.deliver_time),
    };
    Row {
        name: name.into(),
        rate: Some(count as f64 / time.as_secs_f64()),
        cpu: Some(cpu.div_f64(count.max(1) as f64)),
        latency: latency(&report),
        memory: Some(server.memory()),
        remark: String::new(),
    }
}

/// To the confirm if there are any, else to the delivery.
fn latency(report: &Report) -> Option<[Duration; 3]> {
    let of =
        |histogram: &Histogram| [0.5, 0.99, 0.999].map(|part| Duration::from_nanos(histogram.quantile(part)));
    let found = [&report.confirm_latency, &report.latency];
    found.into_iter().find(|histogram| histogram.count() > 0).map(of)
}

/// Fills a queue, and empties it again.
fn drain() -> Row {
    let server = Server::start();
    let plan = Plan {
        queue: Some("resting".into()),
        count: Some(RESTING),
        time: None,
        mode: Mode::Publish,
        ..Plan::new(server.uri.clone())
    };
    measure("fill", &server, &plan);
    let resting = server.memory();
    let row =
        measure("drain of 1 million resting messages, 16 B", &server, &Plan { mode: Mode::Consume, ..plan });
    Row { latency: None, memory: Some(resting), remark: "resident: before".into(), ..row }
}
