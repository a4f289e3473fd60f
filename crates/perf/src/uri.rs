//! Addresses of brokers: `amqp://USER:PASSWORD@HOST:PORT/VHOST`.

use std::fmt;

use percent_encoding::percent_decode_str;

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
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, vhost) = match rest.split_once('/') {
            Some((authority, vhost)) => (authority, Some(vhost)),
            None => (rest, None),
        };
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let (user, password) = match login {
            Some(login) => login.split_once(':').unwrap_or((login, "")),
            None => ("guest", "guest"),
        };
        let (host, port) = place_parts(place).ok_or_else(|| bad("its port is no number"))?;
        let decode = |part: &str| percent_decode_str(part).decode_utf8().map(|text| text.into_owned());
        let decoded = |part: &str| decode(part).map_err(|_| bad("it has octets that are not UTF-8"));
        Ok(Self {
            host: if host.is_empty() { "localhost".into() } else { decoded(host)? },
            port,
            user: decoded(user)?,
            password: decoded(password)?,
            vhost: match vhost {
                None | Some("") => "/".into(),
                Some(vhost) => decoded(vhost)?,
            },
        })
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

/// `HOST`, `HOST:PORT` or `[V6]:PORT`; `None` when the port is no number.
fn place_parts(place: &str) -> Option<(&str, u16)> {
    if let Some((host, rest)) = place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, port.parse().ok()?)),
            None => rest.is_empty().then_some((host, PORT)),
        };
    }
    match place.split_once(':') {
        Some((host, port)) => Some((host, port.parse().ok()?)),
        None => Some((place, PORT)),
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
