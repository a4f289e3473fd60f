//! Numbers and plans in words.

use std::time::Duration;

use warren_perf::{Ack, Exchange, Mode, Plan};

/// Reads a size: a number of bytes, with `k`, `M`, `KiB`, `MiB` and the like behind it.
pub fn size(text: &str) -> Result<usize, String> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "ki" | "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mi" | "mib" => 1 << 20,
        _ => return Err("a size is a number of bytes, such as 16, 4k or 1MiB".into()),
    };
    let number: usize = number.parse().map_err(|_| "a size begins with a number".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "that is too large".to_owned())
}

/// What is about to be done.
pub fn banner(plan: &Plan) -> String {
    let verb = match plan.mode {
        Mode::Publish => "Publishing",
        Mode::Consume => "Consuming",
        Mode::Both => "Publishing and consuming",
    };
    let mut parts = Vec::new();
    let mut count = |number: usize, noun: &str| {
        parts.push(format!("{} {noun}{}", grouped(number as u64), if number == 1 { "" } else { "s" }));
    };
    if plan.mode != Mode::Consume {
        count(plan.producers, "producer");
    }
    if plan.mode != Mode::Publish {
        count(plan.consumers, "consumer");
    }
    count(plan.queues, "queue");
    if plan.mode != Mode::Consume {
        count(plan.size, "byte");
    }
    let further = [
        (plan.persistent && plan.mode != Mode::Consume).then(|| "persistent".to_owned()),
        plan.exchange.type_name().map(|name| format!("{name} exchange")),
        plan.rate.map(|rate| format!("{rate} messages/s")),
        plan.confirms.map(|window| format!("confirm window {window}")),
        (plan.mode != Mode::Publish).then(|| acknowledging(plan)),
    ];
    parts.extend(further.into_iter().flatten());
    let time = plan.time.map(|time| format!(" for {} s", time.as_secs_f64()));
    let messages = plan.count.map(|count| format!(" {} messages", grouped(count)));
    format!("{verb}{}{}: {} ...", messages.unwrap_or_default(), time.unwrap_or_default(), parts.join(", "))
}

fn acknowledging(plan: &Plan) -> String {
    match plan.ack {
        Ack::Auto => "auto-ack".into(),
        Ack::Each => format!("manual ack, prefetch {}", plan.prefetch),
        Ack::Every(every) => format!("an ack for {every}, prefetch {}", plan.prefetch),
    }
}

/// The exchange as the option names it.
pub fn exchange(exchange: Exchange) -> &'static str {
    exchange.type_name().unwrap_or("default")
}

/// A number with a comma at each thousand.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count by a time; 0 when no time has passed.
pub fn per_second(count: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { count as f64 / time.as_secs_f64() }
}

/// Nanoseconds in a unit that leaves few digits.
pub fn duration(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    match nanoseconds {
        0..10_000 => format!("{:.1} µs", value / 1e3),
        10_000..1_000_000 => format!("{:.0} µs", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", value / 1e6),
        _ => format!("{:.2} s", value / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use warren_perf::Uri;

    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(
            (size("16"), size("4k"), size("1KiB"), size("2 MiB")),
            (Ok(16), Ok(4000), Ok(1024), Ok(2 << 20))
        );
        assert!(size("k").is_err() && size("1x").is_err() && size("-1").is_err() && size("").is_err());
        assert!(size("99999999999999999999").is_err() && size("18446744073709551615k").is_err());
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(
            (grouped(0), grouped(999), grouped(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
        assert_eq!(
            (duration(420), duration(42_400), duration(1_500_000)),
            ("0.4 µs".into(), "42 µs".into(), "1.5 ms".into())
        );
        assert_eq!(duration(2_345_000_000), "2.35 s");
    }

    #[test]
    fn a_plan_is_a_sentence() {
        let mut plan = Plan::new(Uri::parse("amqp://h").unwrap());
        assert_eq!(
            banner(&plan),
            "Publishing and consuming for 10 s: 1 producer, 1 consumer, 1 queue, 16 bytes, auto-ack ..."
        );
        (plan.mode, plan.count, plan.time, plan.persistent) = (Mode::Publish, Some(5000), None, true);
        (plan.confirms, plan.producers, plan.exchange) = (Some(100), 2, Exchange::Topic);
        assert_eq!(
            banner(&plan),
            "Publishing 5,000 messages: 2 producers, 1 queue, 16 bytes, persistent, topic exchange, confirm window 100 ..."
        );
    }
}
