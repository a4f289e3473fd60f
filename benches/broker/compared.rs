//! Rows that tell how much of the plain 1:1 rate is left: on a node that has grown, and with all that an application uses at once.
//!
//! Both nodes are measured in many short turns, so that what else the machine does meets both; each turn is compared with its neighbour.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use warren_perf::{Exchange, Plan, Uri};

use crate::Settings;
use crate::idle::{declare_queues, open_connections};
use crate::loads::measure;
use crate::server::Server;
use crate::table::Row;

/// How often each node is measured.
const ROUNDS: usize = 24;
/// A turn is so many times as short as a row of its own.
const SHORTER: u32 = 2;
/// What a node has that has grown.
const QUEUES: u64 = 10_000;
const CONNECTIONS: u64 = 1000;
/// How often somebody looks at the node's queues while it works.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the rows that are wanted.
pub fn rows(settings: &Settings) -> impl Iterator<Item = Row> {
    let growth = settings.wants("growth").then(|| growth(settings.seconds));
    let at_once = settings.wants("at once").then(|| at_once(settings.seconds));
    growth.into_iter().chain(at_once).flatten()
}

/// The plain rate, and the one beside many idle queues and connections.
fn growth(seconds: Duration) -> Vec<Row> {
    let (small, grown) = (Server::start(), Server::start());
    declare_queues(&grown, 0, QUEUES);
    let connections = open_connections(&grown, CONNECTIONS);
    let name = format!("growth: 1:1, 16 B, beside {QUEUES} idle queues and {CONNECTIONS} idle connections");
    let rows = in_turns(&small, &plan(&small.uri, seconds), &grown, &plan(&grown.uri, seconds), &name);
    drop(connections);
    rows
}

/// The plain rate, and the one of a user with permissions to some names only, through a topic exchange, into a queue with a time to
/// live by policy, while statistics are asked for.
fn at_once(seconds: Duration) -> Vec<Row> {
    let (plain, busy) = (Server::start(), Server::start());
    let names = "^(perf|warren-perf).*";
    for words in [
        &["add_user", "application", "secret"][..],
        &["set_permissions", "application", names, names, names],
        &["set_policy", "ttl", names, r#"{"message-ttl":60000}"#, "--apply-to", "queues"],
    ] {
        busy.command(words);
    }
    let uri = Uri::parse(&format!("amqp://application:secret@{}", busy.amqp)).unwrap();
    let used = Plan { exchange: Exchange::Topic, ..plan(&uri, seconds) };
    let name = "at once: permissions, statistics, a TTL policy and a topic exchange, 1:1, 16 B";
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                busy.command(&["list_queues", "-q", "name", "messages_ready", "messages_unacknowledged"]);
                thread::park_timeout(LOOK);
            }
        });
        let rows = in_turns(&plain, &plan(&plain.uri, seconds), &busy, &used, name);
        done.store(true, Relaxed);
        rows
    })
}

fn plan(uri: &Uri, seconds: Duration) -> Plan {
    Plan { time: Some(seconds / SHORTER), ..Plan::new(uri.clone()) }
}

/// Measures a plain node and another in turns: a row for each, and how the second compares.
fn in_turns(plain: &Server, plain_plan: &Plan, other: &Server, other_plan: &Plan, name: &str) -> Vec<Row> {
    let (mut plain_rows, mut other_rows) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut plain_turn =
            || plain_rows.push(measure("1:1, 16 B, in turns with the next row", plain, plain_plan));
        let mut other_turn = || other_rows.push(measure(name, other, other_plan));
        if round % 2 == 0 {
            plain_turn();
            other_turn();
        } else {
            other_turn();
            plain_turn();
        }
    }
    let compare = |what: fn(&Row) -> Option<f64>| {
        let pairs = plain_rows.iter().zip(&other_rows);
        quartiles(pairs.filter_map(|(plain, other)| Some(what(other)? / what(plain)?)).collect())
    };
    let rate = compare(|row| row.rate);
    let cpu = compare(|row| row.cpu.map(|cpu| cpu.as_secs_f64()));
    let (plain, mut other) = (median(plain_rows), median(other_rows));
    if let (Some([low, rate, high]), Some([_, cpu, _])) = (rate, cpu) {
        let [low, rate, high, cpu] = [low, rate, high, cpu].map(|ratio| ratio * 1e2);
        other.remark = format!(
            "{rate:.0} % of the rate (half of {ROUNDS} pairs {low:.0}–{high:.0}), {cpu:.0} % of the CPU"
        );
    }
    vec![plain, other]
}

/// The lower quartile, the median and the upper one.
fn quartiles(mut ratios: Vec<f64>) -> Option<[f64; 3]> {
    ratios.sort_by(f64::total_cmp);
    let at = |quarter: usize| {
        ratios.get((ratios.len() * quarter / 4).min(ratios.len().saturating_sub(1))).copied()
    };
    Some([at(1)?, at(2)?, at(3)?])
}

/// The row with the median rate, and the median CPU.
fn median(mut rows: Vec<Row>) -> Row {
    let mut cpu: Vec<_> = rows.iter().filter_map(|row| row.cpu).collect();
    cpu.sort();
    rows.sort_by(|a, b| a.rate.unwrap_or_default().total_cmp(&b.rate.unwrap_or_default()));
    let row = rows.swap_remove(rows.len() / 2);
    Row { cpu: cpu.get(cpu.len() / 2).copied(), ..row }
}
