//! How the values of settings are written: numbers with bounds, switches, sizes with units, levels, names.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use warren_broker::queues::QueueKind;
use warren_store::Durability;

/// A whole number within bounds.
pub fn integer<T>(text: &str, bounds: RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    match text.parse::<T>() {
        Ok(number) if bounds.contains(&number) => Ok(number),
        _ => Err(format!("'{text}' is no whole number from {} to {}", bounds.start(), bounds.end())),
    }
}

/// A number that something is limited to, or `infinity`, which is no limit.
pub fn limit(text: &str) -> Result<Option<u64>, String> {
    match text {
        "infinity" => Ok(None),
        number => {
            number.parse().map(Some).map_err(|_| format!("'{text}' is neither a whole number nor infinity"))
        }
    }
}

/// The name of a kind of queue.
pub fn queue_type(text: &str) -> Result<Option<QueueKind>, String> {
    let kind = QueueKind::from_name(text);
    kind.map(Some).ok_or_else(|| format!("'{text}' is none of classic, quorum, stream"))
}

/// `true` or `false`.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
}

/// A size in bytes, with the units that RabbitMQ has for it: `k`, `K`, `kiB`, `KiB` are 1024, `kB`, `KB` are 1000,
/// and so on for M, G and T (<https://www.rabbitmq.com/docs/memory#configuring-threshold>).
pub fn size(text: &str, bounds: RangeInclusive<u64>) -> Result<u64, String> {
    let wrong = || {
        let (low, high) = (bounds.start(), bounds.end());
        format!("'{text}' is no size from {low} to {high} bytes, such as 65536, 64KiB or 64kB")
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let factor = unit_factor(unit).ok_or_else(wrong)?;
    match number.checked_mul(factor) {
        Some(bytes) if bounds.contains(&bytes) => Ok(bytes),
        _ => Err(wrong()),
    }
}

/// A size of at least a byte, with units of which every one is a power of 1024, as RabbitMQ has it for what is not the size of
/// its memory or disk.
pub fn bytesize(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size of at least a byte, such as 65536, 64kB or 1MB");
    let bytes = split_unit(text).and_then(|(number, unit)| number.checked_mul(power_of_1024(unit)?));
    bytes.filter(|bytes| (1..=i64::MAX.unsigned_abs()).contains(bytes)).ok_or_else(wrong)
}

/// A time of at least a millisecond, in milliseconds or with a unit.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no time of at least a millisecond, such as 60000, 60s or 1h");
    let factor = |unit: &str| match unit {
        "" | "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        "w" => Some(7 * 86_400_000),
        _ => None,
    };
    let time = split_unit(text).and_then(|(number, unit)| number.checked_mul(factor(unit)?));
    time.filter(|time| (1..=i64::MAX.unsigned_abs()).contains(time)).ok_or_else(wrong)
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit))
}

fn power_of_1024(unit: &str) -> Option<u64> {
    match unit.to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        "g" | "gb" | "gib" => Some(1 << 30),
        _ => None,
    }
}

/// A number with up to three decimals as thousandths: `0.6` is 600.
pub fn thousandths(text: &str, bounds: RangeInclusive<u32>) -> Result<u32, String> {
    let wrong = || {
        let bound = |thousandths: &u32| f64::from(*thousandths) / 1000.0;
        format!(
            "'{text}' is no number from {} to {}, such as 0.6",
            bound(bounds.start()),
            bound(bounds.end())
        )
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || decimals.len() > 3 {
        return Err(wrong());
    }
    let read = format!("{whole}{decimals:0<3}").parse().map_err(|_| wrong())?;
    if bounds.contains(&read) { Ok(read) } else { Err(wrong()) }
}

fn unit_factor(unit: &str) -> Option<u64> {
    let mut letters = unit.chars();
    let power = match letters.next() {
        None => return Some(1),
        Some('k' | 'K') => 1,
        Some('m' | 'M') => 2,
        Some('g' | 'G') => 3,
        Some('t' | 'T') => 4,
        Some(_) => return None,
    };
    let base: u64 = match letters.as_str() {
        "" | "ib" | "iB" | "IB" => 1024,
        "b" | "B" => 1000,
        _ => return None,
    };
    base.checked_pow(power)
}

/// A log level by RabbitMQ's names (<https://www.rabbitmq.com/docs/logging#log-levels>).
///
/// Nothing is logged above `error`, so `critical` is as silent as `none`.
pub fn level(text: &str) -> Result<LevelFilter, String> {
    match text {
        "debug" => Ok(LevelFilter::DEBUG),
        "info" => Ok(LevelFilter::INFO),
        "warning" => Ok(LevelFilter::WARN),
        "error" => Ok(LevelFilter::ERROR),
        "critical" | "none" => Ok(LevelFilter::OFF),
        _ => Err(format!("'{text}' is none of debug, info, warning, error, critical, none")),
    }
}

/// A name that fits an AMQP short string.
pub fn name(text: &str) -> Result<String, String> {
    match text.len() {
        0 => Err("must not be empty".into()),
        1..=255 => Ok(text.to_owned()),
        length => Err(format!("has {length} bytes; at most 255 are allowed")),
    }
}

/// A level of durability.
pub fn durability(value: &str) -> Result<Durability, String> {
    match value {
        "sync" => Ok(Durability::Sync),
        "os" => Ok(Durability::Os),
        _ => Err(format!("'{value}' is no level of durability; write sync or os")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_rabbitmqs_units() {
        let read = |text| size(text, 0..=u64::MAX).ok();
        assert_eq!(read("131072"), Some(131_072));
        for kib in ["2k", "2K", "2kiB", "2KiB", "2kib", "2KIB"] {
            assert_eq!(read(kib), Some(2048), "{kib}");
        }
        for kb in ["2kB", "2KB", "2kb", "2Kb"] {
            assert_eq!(read(kb), Some(2000), "{kb}");
        }
        assert_eq!(read("1MB"), Some(1_000_000));
        assert_eq!(read("1MiB"), Some(1 << 20));
        assert_eq!(read("3GB"), Some(3_000_000_000));
        assert_eq!(read("1g"), Some(1 << 30));
        assert_eq!(read("1TiB"), Some(1 << 40));
    }

    #[test]
    fn sizes_refuse_the_rest_without_overflow() {
        for text in [
            "",
            "k",
            "1x",
            "1kbb",
            "-1",
            "1 k",
            "99999999999999999999",
            "18446744073709551615T",
            "1é",
            "1K\u{0}",
        ] {
            assert!(size(text, 0..=u64::MAX).is_err(), "{text:?}");
        }
        assert!(size("4095", 4096..=8192).is_err());
        assert!(size("8193", 4096..=8192).is_err());
    }

    #[test]
    fn times_and_binary_sizes_have_units() {
        assert_eq!(
            (milliseconds("60s"), milliseconds("1h"), milliseconds("5")),
            (Ok(60_000), Ok(3_600_000), Ok(5))
        );
        assert_eq!((bytesize("1MB"), bytesize("2k"), bytesize("7")), (Ok(1 << 20), Ok(2048), Ok(7)));
        for text in ["", "0", "-1", "1x", "s", "99999999999999999999", "9999999999999999w", "1 s"] {
            assert!(milliseconds(text).is_err() && bytesize(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_are_read_in_thousandths() {
        let read = |text| thousandths(text, 0..=2000).ok();
        assert_eq!(
            [read("0.6"), read("0.375"), read("1"), read("2.0")],
            [Some(600), Some(375), Some(1000), Some(2000)]
        );
        for text in ["", ".", ".5", "1.", "-1", "0.1234", "2.001", "1e3", "99999999999"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_keep_to_their_bounds() {
        assert_eq!(integer("65535", 0..=u16::MAX), Ok(65535));
        assert!(integer("65536", 0..=u16::MAX).is_err());
        assert!(integer("5", 10..=20u16).unwrap_err().contains("from 10 to 20"));
    }
}
