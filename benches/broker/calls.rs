//! Rows in which one thing waits for another: whole clients that come and go, and RPC.

use std::time::{Duration, Instant};

use warren_amqp091::content::write_content;
use warren_amqp091::frame::FrameKind;
use warren_amqp091::method::{Method, basic, queue};
use warren_model::value::Table;
use warren_perf::{ClientConnection, Histogram, PerfError, Want};

use crate::Settings;
use crate::server::Server;
use crate::table::Row;

/// Where replies of RPC come, without a queue.
const REPLY_TO: &str = "amq.rabbitmq.reply-to";

/// Runs the rows that are wanted.
pub fn rows(settings: &Settings) -> impl Iterator<Item = Row> {
    let churn = settings.wants("churn").then(|| {
        repeat("churn: connect, declare, publish, get, close", settings, |server| {
            let uri = server.uri.clone();
            Box::new(move || come_and_go(&uri))
        })
    });
    let rpc = settings.wants("rpc").then(|| {
        repeat("rpc over direct reply-to, 1 outstanding", settings, |server| {
            let (mut asking, mut serving) = (rpc_client(server), rpc_server(server));
            Box::new(move || ask(&mut asking, &mut serving))
        })
    });
    churn.into_iter().chain(rpc)
}

type Work = Box<dyn FnMut() -> Result<(), PerfError>>;

/// Does something one time after the other.
fn repeat(name: &str, settings: &Settings, prepare: impl Fn(&Server) -> Work) -> Row {
    let server = Server::start();
    let mut work = prepare(&server);
    let (cpu, start) = (server.cpu(), Instant::now());
    let (mut count, mut latency) = (0u64, Histogram::default());
    while start.elapsed() < settings.seconds {
        let began = Instant::now();
        work().unwrap();
        latency.record(began.elapsed().as_nanos() as u64, 1);
        count += 1;
    }
    let elapsed = start.elapsed();
    Row {
        name: name.into(),
        rate: Some(count as f64 / elapsed.as_secs_f64()),
        cpu: Some((server.cpu() - cpu).div_f64(count as f64)),
        latency: Some([0.5, 0.99, 0.999].map(|part| Duration::from_nanos(latency.quantile(part)))),
        memory: Some(server.memory()),
        remark: String::new(),
    }
}

/// A whole client.
fn come_and_go(uri: &warren_perf::Uri) -> Result<(), PerfError> {
    let mut client = ClientConnection::open(uri, "churn")?;
    client.open_channel(1)?;
    let declare = queue::Declare {
        queue: "",
        passive: false,
        durable: false,
        exclusive: true,
        auto_delete: false,
        nowait: false,
        arguments: Table::EMPTY,
    };
    let name = client.call(1, declare, |method| match method {
        Method::Queue(queue::Method::DeclareOk(ok)) => Some(ok.queue.to_owned()),
        _ => None,
    })?;
    client.send(&publish(&name, &[0, 0]))?;
    client.send_method(1, basic::Get { queue: &name, no_ack: true })?;
    await_body(&mut client)?;
    client.close()
}

/// A client that consumes replies.
fn rpc_client(server: &Server) -> ClientConnection {
    let mut client = ClientConnection::open(&server.uri, "rpc client").unwrap();
    client.open_channel(1).unwrap();
    consume(&mut client, REPLY_TO);
    client
}

/// A server of the queue `rpc`.
fn rpc_server(server: &Server) -> ClientConnection {
    let mut serving = ClientConnection::open(&server.uri, "rpc server").unwrap();
    serving.open_channel(1).unwrap();
    let declare = queue::Declare {
        queue: "rpc",
        passive: false,
        durable: false,
        exclusive: true,
        auto_delete: false,
        nowait: false,
        arguments: Table::EMPTY,
    };
    let done =
        |method: &Method<'_>| matches!(method, Method::Queue(queue::Method::DeclareOk(_))).then_some(());
    serving.call(1, declare, done).unwrap();
    consume(&mut serving, "rpc");
    serving
}

fn consume(client: &mut ClientConnection, queue: &str) {
    let consume = basic::Consume {
        queue,
        consumer_tag: "",
        no_local: false,
        no_ack: true,
        exclusive: false,
        nowait: false,
        arguments: Table::EMPTY,
    };
    let done =
        |method: &Method<'_>| matches!(method, Method::Basic(basic::Method::ConsumeOk(_))).then_some(());
    client.call(1, consume, done).unwrap();
}

/// One question and its answer.
fn ask(asking: &mut ClientConnection, serving: &mut ClientConnection) -> Result<(), PerfError> {
    // reply-to is the seventh property of fourteen, of which the first is the highest bit.
    let mut properties = vec![0x02, 0x00, REPLY_TO.len() as u8];
    properties.extend_from_slice(REPLY_TO.as_bytes());
    asking.send(&publish("rpc", &properties))?;
    let header = await_body(serving)?;
    let length = usize::from(header[14]);
    let reply_to = String::from_utf8_lossy(&header[15..15 + length]).into_owned();
    serving.send(&publish(&reply_to, &[0, 0]))?;
    await_body(asking)?;
    Ok(())
}

fn publish(routing_key: &str, properties: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    basic::Publish { exchange: "", routing_key, mandatory: false, immediate: false }
        .write_frame(1, &mut bytes);
    write_content(&mut bytes, 1, 131_072, properties, b"sixteen octets..");
    bytes
}

/// Waits for a message; the payload of its header frame.
fn await_body(client: &mut ClientConnection) -> Result<Vec<u8>, PerfError> {
    let (mut header, mut done) = (Vec::new(), false);
    while !done {
        client.receive(|frame| {
            match frame.kind {
                FrameKind::Header => header = frame.payload.to_vec(),
                FrameKind::Body => done = true,
                _ => {}
            }
            Ok(if done { Want::Enough } else { Want::More })
        })?;
    }
    Ok(header)
}
