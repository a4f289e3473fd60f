//! A blocking TCP socket that never waits for ever.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, recv};

use crate::{PerfError, Uri};

/// How long a blocking call waits before its caller looks around.
const TICK: Duration = Duration::from_millis(50);

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// A connected socket.
pub struct Socket {
    stream: TcpStream,
}

impl Socket {
    /// Connects to the first address of the host that answers.
    pub fn connect(uri: &Uri) -> Result<Self, PerfError> {
        let unreachable = |source| PerfError::Unreachable { address: uri.address(), source };
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in (uri.host.as_str(), uri.port).to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => return Self::prepare(stream).map_err(unreachable),
                Err(error) => last = error,
            }
        }
        Err(unreachable(last))
    }

    fn prepare(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(TICK))?;
        Ok(Self { stream })
    }

    /// Writes some of the octets; 0 when the peer took none for a moment.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.stream.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(0),
                other => return other,
            }
        }
    }

    /// Reads what there is, or waits a moment for it; `None` when nothing came.
    pub fn receive(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.stream.read(into) {
                Ok(0) => return Err(ended()),
                Ok(count) => return Ok(Some(count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what there is, without waiting.
    pub fn receive_now(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        match recv(&self.stream, into, RecvFlags::DONTWAIT) {
            Ok((_, 0)) => Err(ended()),
            Ok((_, count)) => Ok(Some(count)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until there is something to read, at most this long.
    pub fn wait(&self, most: Duration) -> io::Result<()> {
        let end = Instant::now() + most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
            match poll(&mut [PollFd::new(&self.stream, PollFlags::IN)], Some(&left)) {
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn ended() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the broker closed the socket")
}
