//! TCP: listeners, and what is set on each connection.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tracing::debug;

use super::error::ListenError;
use super::halves::{ReadHalf, WriteHalf};
use crate::config::ListenAddress;

/// What a listener is for, so that a failure can say what to change.
#[derive(Debug, Clone, Copy)]
pub struct Purpose {
    /// What is served there.
    pub what: &'static str,
    /// The option that names the address.
    pub option: &'static str,
    /// The configuration key that names it.
    pub key: &'static str,
}

impl Purpose {
    /// AMQP 0-9-1.
    pub const AMQP: Self = Self { what: "AMQP", option: "--amqp", key: "listeners.tcp.default" };
    /// The management API.
    pub const HTTP: Self = Self { what: "HTTP", option: "--http", key: "management.tcp.port" };
}

/// Binds a listener that does not block, ready for tokio.
pub fn bind(address: &ListenAddress, backlog: i32, purpose: Purpose) -> Result<TcpListener, ListenError> {
    try_bind(address, backlog).map_err(|source| {
        let Purpose { what, option, key } = purpose;
        let (shown, port) = (address.to_string(), address.port);
        if source.kind() == io::ErrorKind::AddrInUse {
            ListenError::PortTaken { what, address: shown, port, option, key }
        } else {
            ListenError::Address { what, address: shown, option, key, source }
        }
    })
}

fn try_bind(address: &ListenAddress, backlog: i32) -> io::Result<TcpListener> {
    let Some(host) = &address.host else {
        // One IPv6 socket takes IPv4 too; a machine without IPv6 gets IPv4 alone.
        return match bind_one((Ipv6Addr::UNSPECIFIED, address.port).into(), backlog) {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                bind_one((Ipv4Addr::UNSPECIFIED, address.port).into(), backlog)
            }
            bound => bound,
        };
    };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for candidate in (host.as_str(), address.port).to_socket_addrs()? {
        match bind_one(candidate, backlog) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bind_one(address: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A server that restarts must not wait for its old connections' last packets.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// What is set on each connection of a listener.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Sends small writes at once (`TCP_NODELAY`).
    pub nodelay: bool,
    /// Does not pace what stays on this machine.
    pub unpaced_within_machine: bool,
    /// Gives up a client that has not acknowledged what it was sent for so long, or that does not answer at all; `None` waits for
    /// ever.
    pub give_up: Option<Duration>,
}

/// Sets the options. That one cannot be set keeps nobody from being served.
pub(super) fn prepare(stream: &TcpStream, peer: SocketAddr, host: SocketAddr, options: Options) {
    if let Err(error) = stream.set_nodelay(options.nodelay) {
        debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    if options.unpaced_within_machine && is_local(peer, host) {
        unpace(stream);
    }
    if let Some(time) = options.give_up {
        give_up_on_the_dead(stream, time);
    }
}

/// A client that asks and then neither reads nor acknowledges its answer does not keep its place for ever.
fn give_up_on_the_dead(stream: &TcpStream, time: Duration) {
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_user_timeout(Some(time));
    #[cfg(not(target_os = "linux"))]
    let _ = time;
    let _ = SockRef::from(stream).set_keepalive(true);
}

/// Whether both ends are on this machine.
fn is_local(peer: SocketAddr, host: SocketAddr) -> bool {
    let (peer, host) = (peer.ip().to_canonical(), host.ip().to_canonical());
    peer.is_loopback() || peer == host
}

/// Gives a connection within the machine a congestion control that does not pace (tcp(7), `TCP_CONGESTION`): nothing is lost there, and
/// where the system's own is BBR, its timers make up to half of what a message costs. Every process may choose this one.
fn unpace(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::net::sockopt::set_tcp_congestion(stream, "reno") {
        debug!(%error, "cannot set TCP_CONGESTION");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

impl ReadHalf for OwnedReadHalf {
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.as_ref().poll_read_ready(context)
    }

    fn poll_closed(&self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        ready!(self.poll_readable(context))?;
        // It is ready, so that this waits for nothing.
        pin!(self.ready(Interest::READABLE)).poll(context).map_ok(|ready| ready.is_read_closed())
    }
}

impl WriteHalf for OwnedWriteHalf {
    #[inline]
    fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        self.try_write(octets)
    }

    #[inline]
    fn try_write_vectored(&self, places: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(places)
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.as_ref().poll_write_ready(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn connections_within_the_machine_are_not_paced() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, accepted) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (client, (server, peer)) = (client.unwrap(), accepted.unwrap());
        let options = Options { nodelay: true, unpaced_within_machine: true, give_up: None };
        prepare(&server, peer, server.local_addr().unwrap(), options);
        assert_eq!(rustix::net::sockopt::tcp_congestion(&server).unwrap(), "reno");
        drop(client);
    }

    #[test]
    fn a_machine_knows_its_own_addresses() {
        let local = |peer: &str, host: &str| is_local(peer.parse().unwrap(), host.parse().unwrap());
        assert!(local("127.0.0.1:1", "127.0.0.1:5672"));
        assert!(local("[::1]:1", "[::1]:5672"));
        assert!(local("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:5672"));
        assert!(local("10.0.0.7:1", "10.0.0.7:5672"));
        assert!(local("[::ffff:10.0.0.7]:1", "10.0.0.7:5672"));
        assert!(!local("10.0.0.8:1", "10.0.0.7:5672"));
        assert!(!local("[fe80::2]:1", "[fe80::1]:5672"));
    }

    #[test]
    fn a_taken_port_names_port_option_and_key() {
        let first = bind(&ListenAddress::loopback(0), 16, Purpose::AMQP).unwrap();
        let port = first.local_addr().unwrap().port();
        let error = bind(&ListenAddress::loopback(port), 16, Purpose::AMQP).unwrap_err().to_string();
        for part in [&format!("port {port} is taken"), "--amqp", "listeners.tcp.default"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn every_interface_takes_ipv4() {
        let listener = bind(&ListenAddress { host: None, port: 0 }, 16, Purpose::HTTP).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    }

    #[test]
    fn a_foreign_address_is_no_taken_port() {
        let address = ListenAddress { host: Some("192.0.2.1".into()), port: 0 };
        let error = bind(&address, 16, Purpose::HTTP).unwrap_err().to_string();
        assert!(error.contains("cannot listen on 192.0.2.1:0 (HTTP)"), "{error}");
    }
}
