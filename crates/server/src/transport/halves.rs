//! A connection's two halves: the port that a session is written against.
//!
//! One task reads. Whoever has something for the client writes, without waiting; only when the transport takes no more does the
//! connection's own task wait until it does.

use std::future::poll_fn;
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
    /// Ready when a read may give something: octets, the end, or an error. What the transport has taken from its socket and holds
    /// itself counts. The task that asked last is woken.
    ///
    /// # Errors
    /// The runtime is shutting down.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when there is something to read, with whether the client has closed its side behind it.
    ///
    /// # Errors
    /// As of [`Self::poll_readable`].
    fn poll_closed(&self, context: &mut Context<'_>) -> Poll<io::Result<bool>>;
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

    /// Ready when a write may take something, or when the client is gone. The task that asked last is woken.
    ///
    /// # Errors
    /// The runtime is shutting down.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
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

impl Reading {
    fn half(&self) -> &dyn ReadHalf {
        match self {
            Self::Tcp(half) => half,
            Self::Unix(half) => half,
        }
    }

    /// As [`ReadHalf::poll_readable`], to be awaited.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.half().poll_readable(context)).await
    }

    /// As [`ReadHalf::poll_closed`], to be awaited.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn is_closed(&self) -> io::Result<bool> {
        poll_fn(|context| self.half().poll_closed(context)).await
    }
}

impl Writing {
    #[inline]
    fn half(&self) -> &dyn WriteHalf {
        match self {
            Self::Tcp(half) => half,
            Self::Unix(half) => half,
        }
    }

    /// As [`WriteHalf::try_write`].
    ///
    /// # Errors
    /// As of [`WriteHalf::try_write`].
    #[inline]
    pub fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        self.half().try_write(octets)
    }

    /// As [`WriteHalf::try_write_vectored`].
    ///
    /// # Errors
    /// As of [`WriteHalf::try_write`].
    #[inline]
    pub fn try_write_vectored(&self, places: &[IoSlice<'_>]) -> io::Result<usize> {
        self.half().try_write_vectored(places)
    }

    /// As [`WriteHalf::poll_writable`], to be awaited.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn writable(&self) -> io::Result<()> {
        poll_fn(|context| self.half().poll_writable(context)).await
    }
}
