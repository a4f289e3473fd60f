//! `/api/deprecated-features`.

use warren_api::deprecated_features::{DeprecatedFeature as View, List, ListUsed};
use warren_broker::deprecated_features::DeprecatedFeature;
use warren_broker::state::node::broker::Broker;

use crate::http::framework::{Call, Handle, Outcome};

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(DeprecatedFeature::ALL.map(|feature| view(call.broker(), feature)))
    }
}

impl Handle for ListUsed {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        let used = DeprecatedFeature::ALL.into_iter().filter(|feature| broker.uses(*feature));
        call.list(used.map(|feature| view(broker, feature)))
    }
}

fn view(broker: &Broker, feature: DeprecatedFeature) -> View {
    View {
        name: feature.name().into(),
        desc: String::new(),
        deprecation_phase: "permitted_by_default".into(),
        doc_url: feature.doc_url().into(),
        state: if broker.permits(feature) { "permitted" } else { "denied" }.into(),
        provided_by: "rabbit".into(),
    }
}
