//! Accepting connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tracing::warn;

use super::address::Address;
use super::stream::{Socket, Stream};
use super::tcp::{self, Options};
use super::unix::AdminSocket;

/// Pause after a failed accept: the usual reason is that no file descriptor is left, and trying on at once would
/// only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Numbers of clients without an address.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A place where connections come in.
#[derive(Debug)]
pub struct Listener {
    what: &'static str,
    socket: Accepting,
}

#[derive(Debug)]
enum Accepting {
    Tcp { listener: TcpListener, options: Options },
    Unix { listener: UnixListener, path: Arc<str> },
}

/// A connection that has come in and is not prepared yet.
#[derive(Debug)]
pub struct Pending(Came);

#[derive(Debug)]
enum Came {
    Tcp { socket: TcpStream, peer: SocketAddr, options: Options },
    Unix { socket: UnixStream, path: Arc<str> },
}

impl Listener {
    /// Serves a TCP listener, with these options for each connection. `what` names it in the log. Call it in a runtime.
    ///
    /// # Errors
    /// The runtime cannot watch the socket.
    pub fn tcp(listener: std::net::TcpListener, options: Options, what: &'static str) -> io::Result<Self> {
        let listener = TcpListener::from_std(listener)?;
        Ok(Self { what, socket: Accepting::Tcp { listener, options } })
    }

    /// Serves the admin socket. `what` names it in the log. Call it in a runtime.
    ///
    /// # Errors
    /// The runtime cannot watch the socket.
    pub fn unix(socket: &AdminSocket, what: &'static str) -> io::Result<Self> {
        let listener = UnixListener::from_std(socket.listener()?)?;
        let path = socket.path().to_string_lossy().into();
        Ok(Self { what, socket: Accepting::Unix { listener, path } })
    }

    /// Waits for the next connection. While none can be accepted it says so in the log and tries again.
    pub async fn accept(&self) -> Pending {
        loop {
            let accepted = match &self.socket {
                Accepting::Tcp { listener, options } => listener
                    .accept()
                    .await
                    .map(|(socket, peer)| Came::Tcp { socket, peer, options: *options }),
                Accepting::Unix { listener, path } => {
                    listener.accept().await.map(|(socket, _)| Came::Unix { socket, path: Arc::clone(path) })
                }
            };
            match accepted {
                Ok(came) => return Pending(came),
                Err(error) => {
                    warn!(listener = self.what, %error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

impl Pending {
    /// Prepares the connection. This belongs into its own task, not into the one that accepts: a transport may ask its client for
    /// something first.
    ///
    /// # Errors
    /// The client is gone already.
    pub async fn open(self) -> io::Result<Stream> {
        match self.0 {
            Came::Tcp { socket, peer, options } => {
                let host = socket.local_addr()?;
                tcp::prepare(&socket, peer, host, options);
                Ok(Stream::new(Socket::Tcp(socket), Address::Tcp(peer), Address::Tcp(host)))
            }
            Came::Unix { socket, path } => {
                let peer = Address::Unix(NEXT.fetch_add(1, Relaxed).to_string().into());
                Ok(Stream::new(Socket::Unix(socket), peer, Address::Unix(path)))
            }
        }
    }
}
