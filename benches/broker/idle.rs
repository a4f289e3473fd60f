//! Rows about what costs something though nothing happens: a node, its start, connections, queues, listing them.

use std::time::Duration;

use warren_amqp091::method::{Method, queue};
use warren_model::value::Table;
use warren_perf::ClientConnection;

use crate::Settings;
use crate::server::Server;
use crate::table::Row;

/// Connections that are opened, if so many files may be open.
const CONNECTIONS: u64 = 10_000;
/// Queues that are declared.
const QUEUES: u64 = 10_000;
/// How often something short is done, of which the median is told.
const TIMES: usize = 9;

/// Makes rows.
type Rows = fn() -> Vec<Row>;

/// Runs the rows that are wanted.
pub fn rows(settings: &Settings) -> impl Iterator<Item = Row> {
    let all: [(&str, Rows); 3] = [("start", start), ("idle", connections), ("list_queues", queues)];
    let wanted: Vec<Rows> =
        all.iter().filter(|(name, _)| settings.wants(name)).map(|(_, rows)| *rows).collect();
    wanted.into_iter().flat_map(|rows| rows())
}

/// The start of a node, and what it takes then.
fn start() -> Vec<Row> {
    let mut servers: Vec<Server> = (0..TIMES).map(|_| Server::start()).collect();
    servers.sort_by_key(|server| server.started_in);
    let median = &servers[TIMES / 2];
    vec![Row {
        name: "start of an empty node, until AMQP and HTTP answer".into(),
        memory: Some(median.memory()),
        remark: format!("{:.1} ms", median.started_in.as_secs_f64() * 1e3),
        ..Row::default()
    }]
}

/// Connections with a channel that say nothing.
fn connections() -> Vec<Row> {
    let server = Server::start();
    let before = server.memory();
    let connections = open_connections(&server, most_connections());
    let after = server.memory();
    let count = connections.len() as u64;
    vec![Row {
        name: format!("{count} idle connections with a channel"),
        memory: Some(after),
        remark: format!("{} bytes each", (after - before) / count),
        ..Row::default()
    }]
}

/// As many as are wanted, or as this process may have: each is a file descriptor here and one in the node.
fn most_connections() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    CONNECTIONS.min(most.unwrap_or(1024).saturating_sub(200))
}

/// Opens connections with a channel each.
pub fn open_connections(server: &Server, count: u64) -> Vec<ClientConnection> {
    let open = |at| {
        let mut connection = ClientConnection::open(&server.uri, &format!("idle {at}")).unwrap();
        connection.open_channel(1).unwrap();
        connection
    };
    (0..count).map(open).collect()
}

/// Declares durable queues with numbers from `from` up to but not including `to`.
pub fn declare_queues(server: &Server, from: u64, to: u64) {
    let mut client = ClientConnection::open(&server.uri, "declaring").unwrap();
    client.open_channel(1).unwrap();
    for at in from..to {
        let name = format!("queue-{at:05}");
        let declare = queue::Declare {
            queue: &name,
            passive: false,
            durable: true,
            exclusive: false,
            auto_delete: false,
            // The last one waits for all before it.
            nowait: at + 1 < to,
            arguments: Table::EMPTY,
        };
        if at + 1 < to {
            client.send_method(1, declare).unwrap();
        } else {
            let done = |method: &Method<'_>| {
                matches!(method, Method::Queue(queue::Method::DeclareOk(_))).then_some(())
            };
            client.call(1, declare, done).unwrap();
        }
    }
}

/// Durable queues with nothing in them, and listing them.
fn queues() -> Vec<Row> {
    let server = Server::start();
    declare_queues(&server, 0, 10);
    let few = list(&server, 10);
    let before = server.memory();
    declare_queues(&server, 10, QUEUES);
    let after = server.memory();
    let empty = Row {
        name: format!("{QUEUES} empty durable queues"),
        memory: Some(after),
        remark: format!("{} bytes each", (after - before) / (QUEUES - 10)),
        ..Row::default()
    };
    let many = list(&server, QUEUES);
    vec![few, empty, many]
}

/// The whole process that lists queues.
fn list(server: &Server, count: u64) -> Row {
    let mut times: Vec<Duration> = (0..TIMES).map(|_| server.command(&["list_queues", "-q"])).collect();
    times.sort();
    Row {
        name: format!("warrenctl list_queues of {count} queues, the whole process"),
        memory: Some(server.memory()),
        remark: format!("{:.1} ms", times[TIMES / 2].as_secs_f64() * 1e3),
        ..Row::default()
    }
}
