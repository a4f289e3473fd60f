//! Addresses of brokers: `amqp://USER:PASSWORD@HOST:PORT/VHOST`.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::PerfError;

/// The port of AMQP without TLS.
const PORT: u16 = 5672;

/// Where a broker answers, and who connects to which virtual host.
#[derive(Clone, PartialEq, Eq)]
pub struct Uri {
    /// Name or address; an IPv6 address without its brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
    /// Virtual host.
    pub vhost: String,
}

impl Uri {
    /// Reads an address. What is left out is `guest`, `guest`, port 5672 and the virtual host `/`.
    pub fn parse(text: &str) -> Result<Self, PerfError> {
        let bad =
            |problem: &str| PerfError::BadUri { shown: without_password(text), problem: problem.into() };
        let rest = match text.split_once("://") {
            Some(("amqp", rest)) => rest,
            Some(("amqps", _)) => return Err(bad("this build has no TLS; use amqp://")),
            _ => return Err(bad("it does not begin with amqp://")),
        };
        let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (login, place) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        // Other than a URL an address may leave its host out.
        let host = if place.is_empty() || place.starts_with(':') { "localhost" } else { "" };
        let url = Url::parse(&format!("amqp://{login}{host}{place}"));
        let url = url.map_err(|error| bad(&error.to_string()))?;
        let decoded = |part: &str| match percent_decode_str(part).decode_utf8() {
            Ok(text) => Ok(text.into_owned()),
            Err(_) => Err(bad("it has octets that are not UTF-8")),
        };
        let mut uri = Self::default();
        match url.host() {
            Some(Host::Ipv6(address)) => uri.host = address.to_string(),
            Some(host) => uri.host = decoded(&host.to_string())?,
            None => {}
        }
        uri.port = url.port().unwrap_or(PORT);
        if !login.is_empty() {
            uri.user = decoded(url.username())?;
            uri.password = decoded(url.password().unwrap_or_default())?;
        }
        // It is a name and no path, in which dots would lead to other folders.
        let vhost = behind.strip_prefix('/').and_then(|vhost| vhost.split(['?', '#']).next());
        if let Some(vhost) = vhost.filter(|vhost| !vhost.is_empty()) {
            uri.vhost = decoded(vhost)?;
        }
        Ok(uri)
    }

    /// Host and port as one text.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// What is taken for the parts that an address leaves out.
impl Default for Uri {
    fn default() -> Self {
        Self {
            host: "localhost".into(),
            port: PORT,
            user: "guest".into(),
            password: "guest".into(),
            vhost: "/".into(),
        }
    }
}

/// Without the password.
impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "amqp://{}@{}/{}", self.user, self.address(), self.vhost)
    }
}

/// The text with only what cannot hold a password.
fn without_password(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_are_read_and_all_but_the_scheme_may_be_left_out() {
        let uri = Uri::parse("amqp://a%40b:p%3A%2F@[::1]:5673/%2fshop?heartbeat=5").unwrap();
        assert_eq!((uri.host.as_str(), uri.port, uri.vhost.as_str()), ("::1", 5673, "/shop"));
        assert_eq!((uri.user.as_str(), uri.password.as_str()), ("a@b", "p:/"));
        assert_eq!(uri.address(), "[::1]:5673");
        let uri = Uri::parse("amqp://example").unwrap();
        assert_eq!((uri.address().as_str(), uri.vhost.as_str()), ("example:5672", "/"));
        assert_eq!((uri.user.as_str(), uri.password.as_str()), ("guest", "guest"));
        assert_eq!(Uri::parse("amqp://").unwrap().host, "localhost");
        assert_eq!(Uri::parse("amqp://[::1]").unwrap().port, 5672);
        let uri = Uri::parse("amqp://u:p@:5673/a/../b").unwrap();
        assert_eq!((uri.address().as_str(), uri.user.as_str()), ("localhost:5673", "u"));
        assert_eq!(uri.vhost, "a/../b", "a name, and no path");
        assert_eq!(Uri::parse("amqp://h?heartbeat=5").unwrap().vhost, "/");
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for text in
            ["http://u:secret@h", "amqps://u:secret@h", "amqp://u:secret@h:x", "amqp://u:secret@[::1]x"]
        {
            let message = Uri::parse(text).unwrap_err().to_string();
            assert!(!message.contains("secret") && message.contains("no AMQP address"), "{message}");
        }
        let uri = Uri::parse("amqp://u:secret@h").unwrap();
        assert!(!format!("{uri:?}").contains("secret"));
    }
}
