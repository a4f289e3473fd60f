//! How long it takes to route one message, for each exchange type with 1, 1,000 and 100,000 bindings.
//!
//! Every message finds one of the bindings, except with `fanout`, where it finds all: read that one as time per destination.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use warren_broker::exchanges::{Addressed, Router, router};
use warren_model::binding::{Binding, Destination};
use warren_model::properties::BasicProperties;
use warren_model::value::FieldTable;

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
        ("x-consistent-hash", _) => (n % 4 + 1).to_string(),
        _ => key(n),
    };
    Arc::new(Binding {
        source: "x".into(),
        destination: Destination::Queue(format!("q{n}").into()),
        routing_key: routing_key.into(),
        arguments: if kind == "headers" { headers(n) } else { FieldTable::new() },
    })
}

fn filled(kind: &str, count: usize) -> Box<dyn Router> {
    let mut router = router(kind, &FieldTable::new()).expect("a known type");
    for n in 0..count {
        router.bind(&binding(kind, n)).expect("a good binding");
    }
    router
}

fn route(c: &mut Criterion) {
    for kind in ["direct", "fanout", "headers", "topic", "x-consistent-hash", "x-modulus-hash", "x-random"] {
        let mut group = c.benchmark_group(kind);
        group
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(800))
            .sample_size(20);
        for count in [1usize, 1000, 100_000] {
            let router = filled(kind, count);
            let headers = Some(headers(count / 2));
            let properties = BasicProperties { headers, ..BasicProperties::default() }.to_bytes();
            let key = key(count / 2);
            let message = Addressed { keys: &[&key], properties: &properties, random: 7 };
            let mut found = Vec::new();
            router.route(&message, &mut found);
            assert!(!found.is_empty(), "{kind} finds what is bound");
            group.throughput(Throughput::Elements(found.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(count), |b| {
                b.iter(|| {
                    found.clear();
                    router.route(black_box(&message), &mut found);
                    black_box(found.len())
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, route);
criterion_main!(benches);
