//! HTTP's methods, as far as the API uses them.

use std::fmt;

/// The HTTP methods that the API uses. `HEAD` and `OPTIONS` come with every `GET` and are not declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces.
    Put,
    /// Acts, or creates with a server-made address.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// `GET`.
    pub const GET: Self = Self::Get;
    /// `PUT`.
    pub const PUT: Self = Self::Put;
    /// `POST`.
    pub const POST: Self = Self::Post;
    /// `DELETE`.
    pub const DELETE: Self = Self::Delete;

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
