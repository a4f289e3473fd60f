//! Start and end of a server: what happens in which order.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tracing::{info, warn};
use warren_broker::log::LogHandle;

use super::ServerError;
use super::busy_wait::{self, BusyWait};
use super::logging;
use super::opening;
use super::options::{Plan, ServerOptions};
use crate::amqp;
use crate::config::{ListenAddress, Settings};
use crate::http;
use crate::metrics::rates;
use crate::node::datadir::{DataDir, write_whole};
use crate::node::{Addresses, Node, app, checkpoints, node_name, time};
use crate::transport::{self, AdminSocket, Listener, Purpose};

/// How long after its start a node begins to wait awake.
const SETTLED: Duration = Duration::from_millis(250);
/// How long requests and connections that are under way may take to end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
const HTTP_BACKLOG: i32 = 128;
/// Directory of the store in the data directory.
const STORE: &str = "store";

/// Runs a server until SIGTERM, SIGINT, or a request to shut down. Blocks.
///
/// The first thing is the lock on the data directory, and the ports come before anything is read from it: a
/// start that cannot succeed changes nothing.
pub fn run(options: ServerOptions) -> Result<(), ServerError> {
    let plan = options.plan()?;
    let data_dir = DataDir::open(&plan.data_dir)?;
    logging::init(&plan.settings.log, data_dir.path())?;
    transport::raise_limit();
    let bound = Bound::bind(&plan)?;
    let longest = busy_wait::longest(plan.settings.busy_wait);
    let (runtime, busy_wait) = runtime(longest)?;
    let ready_file = plan.ready_file.clone();
    let checkpoint_due = Arc::new(Notify::new());
    let due = Arc::clone(&checkpoint_due);
    let broker = opening::open(
        &plan.data_dir.join(STORE),
        &node_name(),
        &plan.settings,
        plan.salvage,
        longest,
        Arc::new(move || due.notify_one()),
    )?;
    runtime.spawn(checkpoints::run(Arc::clone(&broker), Arc::clone(&checkpoint_due)));
    let addresses = bound.addresses.clone();
    let node = Node::new(Arc::clone(&broker), plan.data_dir, plan.config, plan.settings, addresses);
    let node = Arc::new(node);
    runtime.spawn(Arc::clone(&node.alarms).watch(Arc::clone(&broker), checkpoint_due));
    runtime.spawn(time::run(Arc::clone(&broker)));
    runtime.spawn(settle(busy_wait, broker.log_handle().clone()));
    runtime.spawn(time::watch_deliveries(Arc::clone(&broker), node.settings.consumer_timeout));
    let result = runtime.block_on(serve(Arc::clone(&node), bound, ready_file));
    runtime.shutdown_timeout(Duration::from_secs(1));
    opening::close(&broker)?;
    drop(data_dir);
    info!(node = %node.name, "stopped");
    result
}

/// The sockets of a node, bound but not served yet.
struct Bound {
    amqp: Vec<TcpListener>,
    http: TcpListener,
    admin: AdminSocket,
    addresses: Addresses,
}

impl Bound {
    fn bind(plan: &Plan) -> Result<Self, ServerError> {
        let Settings { amqp_listeners, amqp, http_host, http_port, .. } = &plan.settings;
        let http_address = ListenAddress { host: Some(http_host.clone()), port: *http_port };
        let amqp = amqp_listeners
            .iter()
            .map(|address| transport::bind(address, amqp.backlog, Purpose::AMQP))
            .collect::<Result<Vec<_>, _>>()?;
        let http = transport::bind(&http_address, HTTP_BACKLOG, Purpose::HTTP)?;
        let admin = AdminSocket::bind(&plan.socket)?;
        let addresses = Addresses {
            amqp: amqp
                .iter()
                .map(TcpListener::local_addr)
                .collect::<Result<_, _>>()
                .map_err(ServerError::Runtime)?,
            http: http.local_addr().map_err(ServerError::Runtime)?,
            socket: plan.socket.clone(),
        };
        Ok(Self { amqp, http, admin, addresses })
    }
}

async fn serve(node: Arc<Node>, bound: Bound, ready_file: Option<PathBuf>) -> Result<(), ServerError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServerError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServerError::Runtime)?;
    let http = http::Server::start(&node, bound.http, &bound.admin).map_err(ServerError::Runtime)?;
    let amqp = serve_amqp(&node, bound.amqp)?;
    let interval = node.settings.statistics_interval;
    tokio::spawn(rates::run(Arc::clone(&node.rates), Arc::clone(&node.broker), interval));
    announce(&node, ready_file.as_deref())?;
    tokio::select! {
        _ = terminate.recv() => info!("stopping: SIGTERM"),
        _ = interrupt.recv() => info!("stopping: SIGINT"),
        () = node.stopped() => info!("stopping: asked to"),
    }
    node.stop();
    amqp.iter().for_each(JoinHandle::abort);
    app::close_connections(&node).await;
    if let Some(file) = ready_file {
        let _ = fs::remove_file(file);
    }
    if tokio::time::timeout(SHUTDOWN_GRACE, http.ended()).await.is_err() {
        warn!("HTTP requests were still under way and are cut off");
    }
    Ok(())
}

/// Begins what would only make the start longer.
async fn settle(busy_wait: Arc<BusyWait>, log_handle: LogHandle) {
    tokio::time::sleep(SETTLED).await;
    busy_wait.begin(Handle::current().metrics(), log_handle);
}

fn serve_amqp(node: &Node, listeners: Vec<TcpListener>) -> Result<Vec<JoinHandle<()>>, ServerError> {
    let settings = &node.settings.amqp;
    let service = Arc::new(amqp::Service::new(&node.broker, settings, &node.alarms));
    let serve = |listener: TcpListener| {
        let listener = Listener::tcp(listener, amqp::tcp_options(settings), Purpose::AMQP.what)?;
        Ok(tokio::spawn(amqp::serve(listener, Arc::clone(&service))))
    };
    listeners.into_iter().map(serve).collect::<Result<_, _>>().map_err(ServerError::Runtime)
}

fn announce(node: &Node, ready_file: Option<&std::path::Path>) -> Result<(), ServerError> {
    let Addresses { amqp, http, socket } = &node.addresses;
    info!(node = %node.name, ?amqp, %http, socket = %socket.display(), "started");
    let Some(path) = ready_file else { return Ok(()) };
    let failed = |source| ServerError::ReadyFile { path: path.to_owned(), source };
    let mut content = serde_json::to_vec(&node.ready()).map_err(|error| failed(io::Error::other(error)))?;
    content.push(b'\n');
    write_whole(path, &content, 0o600).map_err(failed)
}

fn runtime(longest: Duration) -> Result<(Runtime, Arc<BusyWait>), ServerError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let busy_wait = Arc::new(BusyWait::new(cores, longest));
    let (before, after) = (Arc::clone(&busy_wait), Arc::clone(&busy_wait));
    let runtime = Builder::new_multi_thread()
        .worker_threads(cores)
        .thread_name("warren")
        .on_thread_park(move || before.before_sleep())
        .on_thread_unpark(move || after.after_sleep())
        .enable_all()
        .build()
        .map_err(ServerError::Runtime)?;
    Ok((runtime, busy_wait))
}
