//! Who asks, and what his tags allow: an extractor for each of RabbitMQ's authorization classes, so that a
//! handler's signature says who may call it (<https://www.rabbitmq.com/docs/management#permissions>).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::ApiError;

/// What a user without any tag of the API is told first.
const NO_MANAGEMENT: &str = "Not management user";

/// The name that is shown for whoever comes in through the admin socket.
pub const ADMIN_SOCKET: &str = "admin socket";

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// User name.
    pub name: String,
    /// The user's tags.
    pub tags: Vec<String>,
    /// Whether the caller came through the admin socket, and so is no user of the broker.
    pub local: bool,
}

impl Caller {
    /// Whoever can open the admin socket.
    pub fn admin_socket() -> Self {
        Self { name: ADMIN_SOCKET.into(), tags: vec!["administrator".into()], local: true }
    }

    /// Tag `administrator`.
    pub fn is_administrator(&self) -> bool {
        self.has_any(&["administrator"])
    }

    /// Tag `monitoring` or one that includes it.
    pub fn is_monitor(&self) -> bool {
        self.has_any(&["administrator", "monitoring"])
    }

    /// Any tag that lets a user into the management API.
    pub fn is_management(&self) -> bool {
        self.has_any(&["administrator", "monitoring", "policymaker", "management"])
    }

    /// Tag `policymaker` or one that includes it.
    pub fn is_policymaker(&self) -> bool {
        self.has_any(&["administrator", "policymaker"])
    }

    fn has_any(&self, tags: &[&str]) -> bool {
        self.tags.iter().any(|tag| tags.contains(&tag.as_str()))
    }
}

/// A caller with any management tag.
#[derive(Debug)]
pub struct Management(pub Caller);

/// A caller who may see what belongs to others.
#[derive(Debug)]
pub struct Monitor;

/// A caller who may set policies and parameters.
#[derive(Debug)]
pub struct Policymaker(pub Caller);

/// A caller who may do everything.
#[derive(Debug)]
pub struct Administrator(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Management {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        checked(parts, Caller::is_management, NO_MANAGEMENT).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Monitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        checked(parts, Caller::is_monitor, "Not monitor user").map(|_| Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Policymaker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        checked(parts, Caller::is_policymaker, "User not authorised to access object").map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        checked(parts, Caller::is_administrator, "Not administrator user").map(Self)
    }
}

fn checked(parts: &Parts, may: fn(&Caller) -> bool, refusal: &'static str) -> Result<Caller, ApiError> {
    let caller = parts.extensions.get::<Caller>().cloned();
    let caller = caller.ok_or_else(|| ApiError::unauthenticated("Login failed"))?;
    match () {
        _ if !caller.is_management() => Err(ApiError::not_authorised(NO_MANAGEMENT)),
        _ if !may(&caller) => Err(ApiError::not_authorised(refusal)),
        _ => Ok(caller),
    }
}
