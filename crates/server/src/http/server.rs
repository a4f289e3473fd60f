//! Serving HTTP/1.1 on TCP and on the admin socket, with bounds on what a client may hold: connections, the size
//! and slowness of request heads, the depth of what is buffered.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, mpsc};
use tower::ServiceExt;

use super::framework::{Origin, router};
use crate::node::Node;
use crate::transport::{AdminSocket, Listener, Purpose, Stream, TcpOptions};

/// Connections on one listener. The next one waits in the backlog.
const MAX_CONNECTIONS: usize = 1000;
/// Time for a request head; it also ends connections that ask nothing.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// What is set on TCP connections: a client has that long to take what it is sent.
const TCP_OPTIONS: TcpOptions =
    TcpOptions { nodelay: true, unpaced_within_machine: false, give_up: Some(Duration::from_secs(60)) };
/// Bytes of a request head.
const HEAD_BYTES: usize = 64 * 1024;

/// The HTTP listeners at work.
#[derive(Debug)]
pub struct Server {
    ended: mpsc::Receiver<Infallible>,
}

impl Server {
    /// Starts to accept on both listeners; ends when the node is asked to stop.
    pub fn start(node: &Arc<Node>, tcp: std::net::TcpListener, admin: &AdminSocket) -> io::Result<Self> {
        let tcp = Listener::tcp(tcp, TCP_OPTIONS, Purpose::HTTP.what)?;
        let admin = Listener::unix(admin, "admin socket")?;
        // Nothing is ever sent: the channel closes when the last task drops its end.
        let (alive, ended) = mpsc::channel(1);
        let front = Front { node: Arc::clone(node), router: router(Arc::clone(node)), _alive: alive };
        tokio::spawn(accept(front.clone(), tcp));
        tokio::spawn(accept(front, admin));
        Ok(Self { ended })
    }

    /// Completes when every connection has ended.
    pub async fn ended(mut self) {
        self.ended.recv().await;
    }
}

#[derive(Clone)]
struct Front {
    node: Arc<Node>,
    router: Router,
    _alive: mpsc::Sender<Infallible>,
}

async fn accept(front: Front, listener: Listener) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let pending = tokio::select! {
            pending = listener.accept() => pending,
            () = front.node.stopped() => return,
        };
        let front = front.clone();
        tokio::spawn(async move {
            if let Ok(stream) = pending.open().await {
                front.serve(stream).await;
            }
            drop(place);
        });
    }
}

fn origin(stream: &Stream) -> Origin {
    if stream.is_trusted() { Origin::AdminSocket } else { Origin::Tcp(stream.peer().socket_addr()) }
}

impl Front {
    async fn serve(&self, stream: Stream) {
        let origin = origin(&stream);
        let service = service_fn(|request: Request<Incoming>| self.answer(request, origin));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            // A client that goes away in the middle of a request is its own affair.
            _ = connection.as_mut() => return,
            () = self.node.stopped() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        origin: Origin,
    ) -> Result<axum::response::Response, Infallible> {
        let mut request = request.map(Body::new);
        if let Some(uri) = without_trailing_slash(request.uri()) {
            *request.uri_mut() = uri;
        }
        request.extensions_mut().insert(origin);
        self.router.clone().oneshot(request).await
    }
}

/// RabbitMQ answers `/api/queues/` as it answers `/api/queues`.
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let rest = uri.query().map(|query| format!("{path}?{query}"));
    rest.as_deref().unwrap_or(path).parse().ok()
}
