//! Routing one message, by each exchange type, among 1,000 bindings.

use std::hint::black_box;
use std::sync::Arc;

use warren_broker::exchanges::{Addressed, Router, router};
use warren_model::binding::{Binding, Destination};
use warren_model::properties::BasicProperties;
use warren_model::value::FieldTable;

use crate::{Cases, Work};

const BINDINGS: usize = 1000;
/// How often a round routes.
const TIMES: u64 = 100;

pub(crate) const CASES: Cases = &[
    ("route/direct", TIMES, || Route::new("direct")),
    ("route/fanout", TIMES, || Route::new("fanout")),
    ("route/headers", TIMES, || Route::new("headers")),
    ("route/topic", TIMES, || Route::new("topic")),
];

struct Route {
    router: Box<dyn Router>,
    /// Different ones, so that what a single key happens to cost in a hash table does not count.
    keys: Vec<String>,
    properties: Vec<u8>,
}

impl Route {
    #[allow(clippy::new_ret_no_self, reason = "a case is a box")]
    fn new(kind: &str) -> Box<dyn Work> {
        let mut router = router(kind, &FieldTable::new()).unwrap();
        for n in 0..BINDINGS {
            router.bind(&binding(kind, n)).unwrap();
        }
        let headers = Some(headers(BINDINGS / 2));
        let properties = BasicProperties { headers, ..BasicProperties::default() }.to_bytes();
        let keys = (0..TIMES as usize).map(|n| key(n * BINDINGS / TIMES as usize)).collect();
        Box::new(Self { router, keys, properties })
    }
}

impl Work for Route {
    fn round(&mut self) {
        let mut found = Vec::with_capacity(BINDINGS);
        for key in &self.keys {
            let message = Addressed { keys: &[key], properties: &self.properties, random: 7 };
            found.clear();
            self.router.route(black_box(&message), &mut found);
            assert!(!found.is_empty());
        }
    }
}

/// A number as three words, so that many patterns share their beginnings.
fn key(n: usize) -> String {
    format!("sensor{}.room{}.floor{}", n % 100, n / 100 % 100, n / 10_000)
}

fn headers(n: usize) -> FieldTable {
    let mut table = FieldTable::new();
    table.insert("kind", "order");
    table.insert("number", n as i64);
    table
}

fn binding(kind: &str, n: usize) -> Arc<Binding> {
    let routing_key = match (kind, n % 4) {
        ("topic", 0) => format!("*.room{}.floor{}", n / 100 % 100, n / 10_000),
        ("topic", 1) => format!("{}.#", key(n)),
        _ => key(n),
    };
    Arc::new(Binding {
        source: "x".into(),
        destination: Destination::Queue(format!("q{n}").into()),
        routing_key: routing_key.into(),
        arguments: if kind == "headers" { headers(n) } else { FieldTable::new() },
    })
}
