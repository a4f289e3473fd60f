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
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{Semaphore, mpsc};
use tower::ServiceExt;

use super::framework::{Origin, router};
use crate::node::Node;

/// Connections on one listener. The next one waits in the backlog.
const MAX_CONNECTIONS: usize = 1000;
/// Time for a request head; it also ends connections that ask nothing.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Time in which a client must take what it is sent.
#[cfg(target_os = "linux")]
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of a request head.
const HEAD_BYTES: usize = 64 * 1024;
/// Pause after a failed accept, which is nearly always a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The HTTP listeners at work.
#[derive(Debug)]
pub struct Server {
    ended: mpsc::Receiver<Infallible>,
}

impl Server {
    /// Starts to accept on both listeners; ends when the node is asked to stop.
    pub fn start(
        node: &Arc<Node>,
        tcp: std::net::TcpListener,
        admin: io::Result<std::os::unix::net::UnixListener>,
    ) -> io::Result<Self> {
        let tcp = TcpListener::from_std(tcp)?;
        let admin = UnixListener::from_std(admin?)?;
        // Nothing is ever sent: the channel closes when the last task drops its end.
        let (alive, ended) = mpsc::channel(1);
        let front = Front { node: Arc::clone(node), router: router(Arc::clone(node)), _alive: alive };
        tokio::spawn(accept_tcp(front.clone(), tcp));
        tokio::spawn(accept_admin(front, admin));
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

async fn accept_tcp(front: Front, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = front.node.stopped() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                give_up_on_the_dead(&stream);
                let front = front.clone();
                tokio::spawn(async move {
                    front.serve(stream, Origin::Tcp(peer)).await;
                    drop(place);
                });
            }
            Err(error) => pause("HTTP", &error).await,
        }
    }
}

async fn accept_admin(front: Front, listener: UnixListener) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = front.node.stopped() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let front = front.clone();
                tokio::spawn(async move {
                    front.serve(stream, Origin::AdminSocket).await;
                    drop(place);
                });
            }
            Err(error) => pause("admin socket", &error).await,
        }
    }
}

/// A client that asks and then neither reads nor acknowledges its answer does not keep its place for ever.
fn give_up_on_the_dead(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_user_timeout(Some(WRITE_TIMEOUT));
    let _ = SockRef::from(stream).set_keepalive(true);
}

async fn pause(listener: &'static str, error: &io::Error) {
    tracing::warn!(listener, %error, "cannot accept a connection");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

impl Front {
    async fn serve<S>(&self, stream: S, origin: Origin)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
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
