//! Answers that are no refusals: a status, and the body that the endpoint declares.

use std::marker::PhantomData;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::json;

/// An answer that carries an `A`.
#[derive(Debug)]
pub struct Reply<A> {
    response: Response,
    carries: PhantomData<fn() -> A>,
}

impl<A> Reply<A> {
    /// What has been written already, and is an `A` or as much of it as was asked for.
    pub(super) fn written(response: Response) -> Self {
        Self { response, carries: PhantomData }
    }

    /// The same with a header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().insert(name, value);
        self
    }

    /// What goes out.
    pub fn into_response(self) -> Response {
        self.response
    }
}

impl<A: Serialize> Reply<A> {
    /// 200.
    pub fn ok(answer: &A) -> Self {
        Self::with_status(StatusCode::OK, answer)
    }

    /// Any status.
    pub fn with_status(status: StatusCode, answer: &A) -> Self {
        Self::written(json::with_status(status, answer))
    }
}

impl Reply<()> {
    /// 204: it is done.
    pub fn done() -> Self {
        Self::written(StatusCode::NO_CONTENT.into_response())
    }

    /// 201 for what is new, else 204.
    pub fn put(new: bool) -> Self {
        if new { Self::created() } else { Self::done() }
    }

    /// 201: it is there now.
    pub fn created() -> Self {
        Self::written(StatusCode::CREATED.into_response())
    }
}
