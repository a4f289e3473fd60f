//! Times the cases of this crate.
#![allow(missing_docs, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use warren_micro::cases;

fn micro(criterion: &mut Criterion) {
    for case in cases() {
        let (group, name) = case.name.split_once('/').unwrap_or(("", case.name));
        let mut group = criterion.benchmark_group(group);
        group.throughput(Throughput::Elements(case.messages));
        let mut work = (case.prepare)();
        work.round();
        work.rest();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                let mut measured = Duration::ZERO;
                for _ in 0..rounds {
                    let began = Instant::now();
                    work.round();
                    measured += began.elapsed();
                    work.rest();
                }
                measured
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .measurement_time(Duration::from_secs(1))
        .warm_up_time(Duration::from_millis(300))
        .sample_size(20);
    targets = micro
}
criterion_main!(benches);
