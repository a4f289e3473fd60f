//! What goes with what goes: auto-delete exchanges go with their last binding (AMQP 0-9-1, `exchange.declare.auto-delete`).

use std::collections::HashSet;
use std::sync::Arc;

use super::VHostDraft;
use crate::topology::{BindingId, Topology};
use warren_model::binding::{Binding, Destination};
use warren_model::change::Change;

impl VHostDraft<'_> {
    /// An exchange goes, and what goes with it.
    pub(super) fn exchange_goes(&mut self, topology: &Topology, name: &str) {
        let mut gone = Gone::default();
        let bindings = self.drop_exchange(topology, name, &mut gone);
        self.follow(topology, bindings, gone);
    }

    /// Bindings go, and what goes with them.
    pub(super) fn bindings_go(&mut self, topology: &Topology, bindings: Vec<Arc<Binding>>) {
        self.follow(topology, bindings, Gone::default());
    }

    fn follow(&mut self, topology: &Topology, mut bindings: Vec<Arc<Binding>>, mut gone: Gone) {
        while !bindings.is_empty() {
            let sources = auto_delete_sources(topology, &bindings, &gone);
            if sources.is_empty() {
                return;
            }
            gone.bindings.extend(bindings.drain(..).map(|binding| BindingId::from(&*binding)));
            for source in sources {
                let is_gone = |binding: Arc<Binding>| gone.bindings.contains(&BindingId::from(&*binding));
                if topology.bindings_from(&source).all(is_gone) {
                    bindings.extend(self.drop_exchange(topology, &source, &mut gone));
                }
            }
        }
    }

    /// Decides that an exchange goes. Returns the bindings from it and to it.
    fn drop_exchange(&mut self, topology: &Topology, name: &str, gone: &mut Gone) -> Vec<Arc<Binding>> {
        let Some(exchange) = topology.exchanges.get(name) else { return Vec::new() };
        gone.exchanges.insert(Arc::clone(&exchange.name));
        self.changes.push(Change::DeleteExchange {
            vhost: self.vhost.to_owned(),
            name: name.to_owned(),
            store: exchange.store(),
            durable: exchange.settings.durable,
        });
        let mut bindings: Vec<_> = topology.bindings_from(&exchange.name).collect();
        bindings.extend(topology.bindings_to(&Destination::Exchange(Arc::clone(&exchange.name))));
        bindings
    }
}

/// What was decided to go.
#[derive(Default)]
struct Gone {
    exchanges: HashSet<Arc<str>>,
    bindings: HashSet<BindingId>,
}

/// The sources of bindings that go with their last one and were not decided to go yet, each once.
fn auto_delete_sources(topology: &Topology, bindings: &[Arc<Binding>], gone: &Gone) -> Vec<Arc<str>> {
    let mut seen: HashSet<&Arc<str>> = HashSet::new();
    let mut last: Option<&Arc<str>> = None;
    let goes = |source: &&Arc<str>| {
        let exchange = topology.exchanges.get(*source);
        exchange.is_some_and(|exchange| exchange.settings.auto_delete) && !gone.exchanges.contains(*source)
    };
    // Those of one source mostly lie together.
    let sources = bindings.iter().map(|binding| &binding.source);
    let sources = sources.filter(|source| last.replace(source) != Some(source));
    sources.filter(goes).filter(|source| seen.insert(source)).map(Arc::clone).collect()
}
