//! Refusals of the management API: a status, and the `{"error", "reason"}` body that RabbitMQ's clients read.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use warren_api::declaration::Tag;
use warren_model::error::Error;

use super::json;

/// What RabbitMQ says to who may not look at an object.
const NOT_YOURS: &str = "User not authorised to access object";

/// A refused request.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    error: Cow<'static, str>,
    reason: Value,
}

impl ApiError {
    fn new(status: StatusCode, error: &'static str, reason: impl Into<Value>) -> Self {
        Self { status, error: error.into(), reason: reason.into() }
    }

    /// 400: the request is wrong, `reason` says how.
    pub fn bad_request(reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", reason)
    }

    /// 400 with another machine-readable error than `bad_request`.
    pub fn bad_request_as(error: &'static str, reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, reason)
    }

    /// 401 for credentials that are missing or wrong: the answer asks for others.
    pub fn unauthenticated(reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authorized", reason)
    }

    /// 401 for a user who is known but may not do this. RabbitMQ does not use 403.
    pub fn not_authorised(reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authorised", reason)
    }

    /// 401 for a caller without a tag, or one that includes it.
    pub fn lacks_tag(tag: Tag) -> Self {
        Self::not_authorised(match tag {
            Tag::Management => "Not management user",
            Tag::Monitoring => "Not monitor user",
            Tag::Policymaker => NOT_YOURS,
            Tag::Administrator => "Not administrator user",
        })
    }

    /// 401 for somebody else's, which only monitors see.
    pub fn not_yours() -> Self {
        Self::not_authorised(NOT_YOURS)
    }

    /// 401 for credentials that were sent to be checked and are wrong; those of the request itself are good.
    pub fn credentials_refused(reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "credentials_refused", reason)
    }

    /// 404 for an object named by the path.
    pub fn object_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Object Not Found", "Not Found")
    }

    /// 404 for something that the request refers to.
    pub fn not_found(reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", reason)
    }

    /// 404 for the virtual host in which something is to be made.
    pub fn vhost_not_found() -> Self {
        Self::not_found("vhost_not_found")
    }

    /// 406: the client accepts no JSON.
    pub fn not_acceptable() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", "only application/json is served")
    }

    /// 408: the request did not arrive in time.
    pub fn request_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "the request body did not arrive in time")
    }

    /// 409: the node is not in a state for this.
    pub fn conflict(error: &'static str, reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::CONFLICT, error, reason)
    }

    /// 412: something forbids it that can be changed.
    pub fn precondition_failed(reason: impl Into<Value>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", reason)
    }

    /// 503: the application does not run.
    pub fn app_stopped() -> Self {
        let reason = "the broker is stopped; start it with 'warrenctl start_app'";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "app_stopped", reason)
    }

    /// Its reason, as text.
    pub fn reason_text(&self) -> String {
        self.reason.as_str().map_or_else(|| self.reason.to_string(), str::to_owned)
    }

    /// 500, for what should not happen. The cause goes to the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "an HTTP request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", "see the node's log")
    }
}

/// Status and word of each of the broker's refusals, as RabbitMQ has them: a missing permission is 401, and what AMQP
/// knows as a condition of the request is 400.
fn status(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::AccessRefused(_) | Error::LoginRefused(_) => (StatusCode::UNAUTHORIZED, "not_authorised"),
        Error::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
        Error::AlreadyExists(_) => (StatusCode::CONFLICT, "conflict"),
        Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error"),
        Error::ResourceError(_) => (StatusCode::SERVICE_UNAVAILABLE, "resource_error"),
        Error::ConnectionForced(_)
        | Error::ResourceLocked(_)
        | Error::PreconditionFailed(_)
        | Error::CommandInvalid(_)
        | Error::NotAllowed(_)
        | Error::NotImplemented(_)
        | Error::FeatureDenied(_) => (StatusCode::BAD_REQUEST, "bad_request"),
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match status(&error) {
            (StatusCode::INTERNAL_SERVER_ERROR, _) => Self::internal(error.reason()),
            (status, word) => Self::new(status, word, error.reason()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "reason": self.reason});
        let mut response = json::with_status(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED && self.error == "not_authorized" {
            let challenge = HeaderValue::from_static(r#"Basic realm="Warren Management""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_statuses_are_those_of_the_management_api() {
        assert_eq!(status(&Error::queue_not_found("q", "/")).0, 404);
        assert_eq!(status(&Error::default_exchange()).0, 401);
        assert_eq!(status(&Error::queue_not_empty("q", "/")).0, 400);
        assert_eq!(status(&Error::internal("x")).0, 500);
    }
}
