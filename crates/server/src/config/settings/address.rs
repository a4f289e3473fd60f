//! Where a listener binds: a host and a port, as options and configuration files write them.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// A host (name or IP address) and a port.
///
/// A port alone means every interface, as it does in RabbitMQ (<https://www.rabbitmq.com/docs/networking#interfaces>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// Host name or IP address; `None` is every interface.
    pub host: Option<String>,
    /// TCP port; 0 takes a free one.
    pub port: u16,
}

impl ListenAddress {
    /// An address on the loopback interface.
    pub fn loopback(port: u16) -> Self {
        Self { host: Some("127.0.0.1".into()), port }
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = match text.rsplit_once(':') {
            None => (None, text),
            Some((host, port)) => (Some(parse_host(host)?), port),
        };
        let port = port.parse().map_err(|_| format!("'{port}' is no port number (0 to 65535)"))?;
        Ok(Self { host, port })
    }
}

fn parse_host(host: &str) -> Result<String, String> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if bare.contains(':') && bare.parse::<Ipv6Addr>().is_err() {
        return Err(format!("'{host}' is no IPv6 address"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if bare.is_empty() || bare.len() > 253 || !bare.chars().all(plain) {
        return Err(format!("'{host}' is no host name or IP address"));
    }
    Ok(bare.to_owned())
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            None => write!(f, "*:{}", self.port),
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Some(host) => write!(f, "{host}:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ports_addresses_and_names() {
        let read = |text: &str| text.parse::<ListenAddress>().map(|a| a.to_string());
        assert_eq!(read("5672"), Ok("*:5672".into()));
        assert_eq!(read("127.0.0.1:5672"), Ok("127.0.0.1:5672".into()));
        assert_eq!(read("localhost:0"), Ok("localhost:0".into()));
        assert_eq!(read("::1:5672"), Ok("[::1]:5672".into()));
        assert_eq!(read("[::]:5672"), Ok("[::]:5672".into()));
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "a", ":5672", "h:", "h:65536", "h:-1", "a b:1", "[::g]:1", "a:b:1", "h\n:1"] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text:?}");
        }
    }
}
