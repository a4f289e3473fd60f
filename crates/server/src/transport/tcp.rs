//! TCP listeners.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::boot::ServerError;
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
pub fn bind(address: &ListenAddress, backlog: i32, purpose: Purpose) -> Result<TcpListener, ServerError> {
    try_bind(address, backlog).map_err(|source| {
        let Purpose { what, option, key } = purpose;
        let (shown, port) = (address.to_string(), address.port);
        if source.kind() == io::ErrorKind::AddrInUse {
            ServerError::PortTaken { what, address: shown, port, option, key }
        } else {
            ServerError::Listen { what, address: shown, option, key, source }
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

#[cfg(test)]
mod tests {
    use super::*;

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
