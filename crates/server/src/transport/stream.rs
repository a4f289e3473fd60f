//! An accepted connection, whatever it came in by.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::address::Address;
use super::halves::{Reading, Writing};

/// See the module's description.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    peer: Address,
    host: Address,
}

/// The transports there are.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    pub(super) fn new(socket: Socket, peer: Address, host: Address) -> Self {
        Self { socket, peer, host }
    }

    /// Where the client is.
    pub fn peer(&self) -> &Address {
        &self.peer
    }

    /// Where it was accepted.
    pub fn host(&self) -> &Address {
        &self.host
    }

    /// Whether the operating system vouches for the client: who may open the admin socket's file is an administrator.
    pub fn is_trusted(&self) -> bool {
        matches!(self.socket, Socket::Unix(_))
    }

    /// The halves, for whoever reads in one place and writes in others.
    pub fn into_halves(self) -> (Reading, Writing) {
        match self.socket {
            Socket::Tcp(socket) => {
                let (reading, writing) = socket.into_split();
                (Reading::Tcp(reading), Writing::Tcp(writing))
            }
            Socket::Unix(socket) => {
                let (reading, writing) = socket.into_split();
                (Reading::Unix(reading), Writing::Unix(writing))
            }
        }
    }
}

/// The same call on whichever socket it is.
macro_rules! each {
    ($stream:expr, $socket:ident => $call:expr) => {
        match &mut $stream.get_mut().socket {
            Socket::Tcp($socket) => $call,
            Socket::Unix($socket) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_read(context, into))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, socket => Pin::new(socket).poll_write(context, octets))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        places: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, socket => Pin::new(socket).poll_write_vectored(context, places))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.socket {
            Socket::Tcp(socket) => socket.is_write_vectored(),
            Socket::Unix(socket) => socket.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_shutdown(context))
    }
}
