//! What a run found, as text and as JSON.

use std::time::Duration;

use serde_json::{Value, json};
use warren_perf::{Ack, Histogram, Mode, Plan, Report};

use super::words::{duration, exchange, grouped, per_second};

/// The parts of all messages for which a latency is told.
const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999)];

/// The figures for people.
pub fn text(plan: &Plan, report: &Report) -> String {
    let mut lines = Vec::new();
    let mut rate = |name: &str, count: u64, time: Duration| {
        let rate = per_second(count, time);
        lines.push(format!(
            "{name:<12}{:>15}{:>15}/s{:>12.1} MiB/s",
            grouped(count),
            grouped(rate as u64),
            rate * plan.size as f64 / f64::from(1 << 20)
        ));
    };
    if plan.mode != Mode::Consume {
        rate("published", report.published, report.publish_time);
    }
    if plan.confirms.is_some() {
        rate("confirmed", report.confirmed, report.publish_time);
    }
    if plan.mode != Mode::Publish {
        rate("delivered", report.delivered, report.deliver_time);
    }
    let latencies = [("latency", &report.latency), ("to confirm", &report.confirm_latency)];
    for (name, latency) in latencies.into_iter().filter(|(_, latency)| latency.count() > 0) {
        let mut line = format!("{name:<12}");
        for (label, part) in QUANTILES {
            line.push_str(&format!("{} {}, ", label.replace('_', "."), duration(latency.quantile(part))));
        }
        lines.push(line + &format!("max {}", duration(latency.max())));
    }
    if report.faults.is_empty() {
        lines.push(match plan.mode {
            Mode::Both => "Every message arrived once and in order.".into(),
            Mode::Publish if plan.confirms.is_some() => "Every message was confirmed once.".into(),
            Mode::Publish => "The broker has taken every message.".into(),
            Mode::Consume => "No delivery was missing.".to_owned(),
        });
    }
    lines.join("\n")
}

/// The figures for programs, with what was asked for.
pub fn json(plan: &Plan, report: &Report) -> Value {
    let (ack, ack_every) = match plan.ack {
        Ack::Auto => ("auto", 0),
        Ack::Each => ("manual", 1),
        Ack::Every(every) => ("manual", every),
    };
    let part = |count: u64, time: Duration, latency: Option<&Histogram>| {
        let rate = per_second(count, time);
        let mut part = json!({
            "messages": count,
            "seconds": time.as_secs_f64(),
            "per_second": rate,
            "bytes_per_second": rate * plan.size as f64,
        });
        if let Some(latency) = latency {
            part["latency_us"] = quantiles(latency);
        }
        part
    };
    let published = part(report.published, report.publish_time, None);
    let confirmed = part(report.confirmed, report.publish_time, Some(&report.confirm_latency));
    let delivered = part(report.delivered, report.deliver_time, Some(&report.latency));
    let samples: Vec<Value> = report
        .samples
        .iter()
        .map(|sample| {
            json!({
                "at": sample.at,
                "published_per_second": sample.published,
                "confirmed_per_second": sample.confirmed,
                "delivered_per_second": sample.delivered,
            })
        })
        .collect();
    json!({
        "mode": match plan.mode {
            Mode::Publish => "publish",
            Mode::Consume => "consume",
            Mode::Both => "both",
        },
        "producers": plan.active_producers(),
        "consumers": plan.active_consumers(),
        "queues": plan.queues,
        "exchange": exchange(plan.exchange),
        "size": plan.size,
        "persistent": plan.persistent,
        "rate": plan.rate,
        "confirm": plan.confirms,
        "ack": ack,
        "ack_every": ack_every,
        "prefetch": plan.prefetch,
        "published": if plan.mode == Mode::Consume { Value::Null } else { published },
        "confirmed": if plan.confirms.is_none() { Value::Null } else { confirmed },
        "delivered": if plan.mode == Mode::Publish { Value::Null } else { delivered },
        "samples": samples,
    })
}

/// Microseconds; null when nothing was measured.
fn quantiles(latency: &Histogram) -> Value {
    if latency.count() == 0 {
        return Value::Null;
    }
    let microseconds = |nanoseconds: u64| nanoseconds as f64 / 1000.0;
    let mut all = json!({});
    for (label, part) in QUANTILES {
        all[label] = microseconds(latency.quantile(part)).into();
    }
    all["max"] = microseconds(latency.max()).into();
    all
}
