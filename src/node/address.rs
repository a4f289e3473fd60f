//! Where a node answers: a URL or the path of an admin socket.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::failure::{Failure, Kind, Result};

/// Where a node answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The management API over HTTP; the URL has neither credentials nor a slash at its end.
    Http(Url),
    /// The management API over an admin socket.
    Unix(PathBuf),
}

/// An address with the credentials that its URL held.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub address: Address,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

impl Address {
    /// The management API on the usual port of this machine.
    pub fn local_http() -> Self {
        Self::Http(Url::parse("http://127.0.0.1:15672").expect("a constant URL"))
    }

    /// URL of an API path, such as `/api/users`.
    pub fn url(&self, path: &str) -> String {
        match self {
            Self::Http(base) => format!("{}{path}", base.as_str().trim_end_matches('/')),
            Self::Unix(_) => format!("http://localhost{path}"),
        }
    }

    /// Name or address of the machine, without the brackets of an IPv6 address.
    pub fn host(&self) -> String {
        match self {
            Self::Http(url) => url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            Self::Unix(_) => "127.0.0.1".into(),
        }
    }

    /// Whether the node is on this machine, so that its process can be watched.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Http(url) => url.host().is_some_and(|host| match host.to_string().as_str() {
                "localhost" | "[::1]" => true,
                other => other.starts_with("127."),
            }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => f.write_str(url.as_str().trim_end_matches('/')),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl Target {
    /// Reads `http://[USER:PASSWORD@]HOST[:PORT][/PREFIX]` or `unix:///PATH`.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("unix://") {
            if !path.starts_with('/') {
                return Err(bad(text, "a socket is named with three slashes: unix:///PATH/admin.sock"));
            }
            return Ok(Self { address: Address::Unix(path.into()), credentials: None });
        }
        let mut url = Url::parse(text).map_err(|error| bad(text, &error.to_string()))?;
        match url.scheme() {
            "http" => {}
            "https" => return Err(bad(text, "this build has no TLS; use http:// or the admin socket")),
            other => return Err(bad(text, &format!("'{other}' is neither http nor unix"))),
        }
        let credentials = (!url.username().is_empty()).then(|| {
            let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
            (decode(url.username()), decode(url.password().unwrap_or_default()))
        });
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| bad(text, "it has no host"))?;
        if url.port().is_none() {
            let _ = url.set_port(Some(15672));
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self { address: Address::Http(url), credentials })
    }
}

/// The text may hold a password, so that only what cannot be one is repeated.
fn bad(text: &str, problem: &str) -> Failure {
    let shown = match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => text.to_owned(),
    };
    Failure::new(Kind::BadNode, format!("'{shown}' does not name a node: {problem}"))
        .with_hint("Write --node http://USER:PASSWORD@HOST:PORT or --node unix:///PATH/admin.sock.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_holds_credentials_and_a_prefix() {
        let target = Target::parse("http://a%40b:p%3A%2F@example:8080/prefix/").unwrap();
        assert_eq!(target.credentials, Some(("a@b".into(), "p:/".into())));
        assert_eq!(target.address.to_string(), "http://example:8080/prefix");
        assert_eq!(target.address.url("/api/users"), "http://example:8080/prefix/api/users");
    }

    #[test]
    fn the_port_is_the_management_port_unless_it_is_said() {
        let target = Target::parse("http://example").unwrap();
        assert_eq!((target.address.to_string().as_str(), target.credentials), ("http://example:15672", None));
        assert!(!target.address.is_local());
        assert!(Target::parse("http://127.0.0.1:1").unwrap().address.is_local());
    }

    #[test]
    fn a_socket_is_a_path() {
        let target = Target::parse("unix:///run/admin.sock").unwrap();
        assert_eq!(target.address, Address::Unix("/run/admin.sock".into()));
        assert_eq!(target.address.url("/api/users"), "http://localhost/api/users");
        assert!(Target::parse("unix://run/admin.sock").is_err());
    }

    #[test]
    fn a_password_is_never_repeated() {
        for text in ["ftp://u:secret@h", "http://u:secret@h:99999", "http://u:se@cret@h:x"] {
            let message = Target::parse(text).unwrap_err().to_string();
            assert!(!message.contains("secret") && !message.contains("cret@"), "{message}");
        }
    }
}
