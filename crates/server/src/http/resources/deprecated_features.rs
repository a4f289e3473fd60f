//! `/api/deprecated-features`.

use axum::extract::State;
use axum::response::Response;
use warren_api::deprecated_features::DeprecatedFeature as View;
use warren_broker::broker::Broker;
use warren_broker::deprecated_features::DeprecatedFeature;

use crate::http::framework::caller::Management;
use crate::http::framework::error::ApiError;
use crate::http::framework::listing::Listing;
use crate::http::framework::state::AppState;

/// All deprecated features.
pub async fn list(
    _: Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(views(&state.node.broker, |_| true))
}

/// Those that are in use now.
pub async fn list_used(
    _: Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let broker = &state.node.broker;
    query.list(views(broker, |feature| broker.uses(feature)))
}

fn views(broker: &Broker, which: impl Fn(DeprecatedFeature) -> bool) -> Vec<View> {
    let features = DeprecatedFeature::ALL.into_iter().filter(|feature| which(*feature));
    features
        .map(|feature| View {
            name: feature.name().into(),
            desc: String::new(),
            deprecation_phase: "permitted_by_default".into(),
            doc_url: feature.doc_url().into(),
            state: if broker.permits(feature) { "permitted" } else { "denied" }.into(),
            provided_by: "rabbit".into(),
        })
        .collect()
}
