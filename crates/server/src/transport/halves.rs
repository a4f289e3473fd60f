//! A connection's two halves: the port that a session is written against.
//!
//! One task reads. Whoever has something for the client writes, without waiting; only when the transport takes no more does the
//! connection's own task wait until it does.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::{tcp, unix};

/// The receiving half.
///
/// A read takes what there is. One that did not fill its buffer has taken all of it, and the next one is pending without asking the
/// system: that saves a session half of its reads.
pub trait ReadHalf: AsyncRead + Send + Unpin {
    /// Completes when a read may give something: octets, the end, or an error. What the transport has taken from its socket and holds
    /// itself counts.
    ///
    /// # Errors
    /// The runtime is shutting down.
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Completes when there is something to read, and tells whether the client has closed its side behind it.
    ///
    /// # Errors
    /// As of [`Self::readable`].
    fn is_closed(&self) -> impl Future<Output = io::Result<bool>> + Send;
}

/// The sending half. Dropped, it tells the client that nothing more comes.
pub trait WriteHalf: Send + Sync {
    /// Sends octets as far as that goes without waiting, and tells how many are sent.
    ///
    /// # Errors
    /// `WouldBlock` when none is; the client is gone with any other. After `WouldBlock` the same octets must come again, others behind
    /// them: a transport that encrypts them has them in hand, and counts them once the socket has taken all that became of them.
    fn try_write(&self, octets: &[u8]) -> io::Result<usize>;

    /// The same with octets from several places, one behind the other.
    ///
    /// # Errors
    /// As of [`Self::try_write`].
    fn try_write_vectored(&self, places: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Completes when a write may take something, or when the client is gone.
    ///
    /// # Errors
    /// The runtime is shutting down.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;
}

/// The receiving half of any transport.
#[derive(Debug)]
pub enum Reading {
    /// Of a TCP connection.
    Tcp(tcp::OwnedReadHalf),
    /// Of one over a Unix socket.
    Unix(unix::OwnedReadHalf),
}

/// The sending half of any transport.
#[derive(Debug)]
pub enum Writing {
    /// Of a TCP connection.
    Tcp(tcp::OwnedWriteHalf),
    /// Of one over a Unix socket.
    Unix(unix::OwnedWriteHalf),
}

impl AsyncRead for Reading {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_read(context, into),
            Self::Unix(half) => Pin::new(half).poll_read(context, into),
        }
    }
}

impl ReadHalf for Reading {
    async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(half) => ReadHalf::readable(half).await,
            Self::Unix(half) => ReadHalf::readable(half).await,
        }
    }

    async fn is_closed(&self) -> io::Result<bool> {
        match self {
            Self::Tcp(half) => half.is_closed().await,
            Self::Unix(half) => half.is_closed().await,
        }
    }
}

impl WriteHalf for Writing {
    #[inline]
    fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => WriteHalf::try_write(half, octets),
            Self::Unix(half) => WriteHalf::try_write(half, octets),
        }
    }

    #[inline]
    fn try_write_vectored(&self, places: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => WriteHalf::try_write_vectored(half, places),
            Self::Unix(half) => WriteHalf::try_write_vectored(half, places),
        }
    }

    async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(half) => WriteHalf::writable(half).await,
            Self::Unix(half) => WriteHalf::writable(half).await,
        }
    }
}
