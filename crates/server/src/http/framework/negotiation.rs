//! What every answer has in common: JSON is all that is served, and nothing may be cached.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;

/// Refuses a client that takes no JSON, and marks the answer.
pub async fn negotiate(request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if asks && !accepts_json(request.headers()) {
        ApiError::not_acceptable().into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding, origin"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(header::ACCEPT) else { return true };
    let Ok(accept) = accept.to_str() else { return false };
    let range = |part: &str| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    accept
        .split(',')
        .map(range)
        .any(|range| matches!(range.as_str(), "*/*" | "application/*" | "application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_wildcards_are_accepted() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            accepts_json(&headers)
        };
        for value in [
            "*/*",
            "application/json",
            "text/html, */*;q=0.1",
            "Application/JSON; charset=utf-8",
            "application/*",
        ] {
            assert!(accepts(value), "{value}");
        }
        for value in ["text/html", "application/bert", ""] {
            assert!(!accepts(value), "{value}");
        }
        assert!(accepts_json(&HeaderMap::new()));
    }
}
