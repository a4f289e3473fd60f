//! How long things took: counts by duration, with a resolution of 1.6 % over the whole range.

/// Buckets for each doubling of the duration.
const STEPS: usize = 64;
/// Its logarithm.
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// All buckets of 64 bits of nanoseconds.
const BUCKETS: usize = STEPS * (64 - STEP_BITS as usize + 1);

/// Counts of durations in nanoseconds.
#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts a duration `times` times.
    #[inline]
    pub fn record(&mut self, nanoseconds: u64, times: u64) {
        if let Some(count) = self.counts.get_mut(bucket(nanoseconds)) {
            *count += times;
        }
        self.total += times;
        self.max = self.max.max(nanoseconds);
    }

    /// Adds all that another counted.
    pub fn merge(&mut self, other: &Self) {
        for (own, count) in self.counts.iter_mut().zip(&other.counts) {
            *own += count;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The longest, exactly.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The duration that this part of all, such as 0.99, did not exceed; 0 when nothing was counted.
    pub fn quantile(&self, part: f64) -> u64 {
        let wanted = ((self.total as f64 * part).ceil() as u64).clamp(1, self.total.max(1));
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(at).min(self.max);
            }
        }
        self.max
    }
}

/// The bucket of a duration: exact below [`STEPS`], then [`STEPS`] to each doubling.
#[inline]
fn bucket(nanoseconds: u64) -> usize {
    if nanoseconds < STEPS as u64 {
        return nanoseconds as usize;
    }
    let shift = 63 - nanoseconds.leading_zeros() - STEP_BITS;
    (shift as usize + 1) * STEPS + ((nanoseconds >> shift) as usize - STEPS)
}

/// The longest duration of a bucket.
fn upper(bucket: usize) -> u64 {
    if bucket < STEPS {
        return bucket as u64;
    }
    let shift = (bucket / STEPS - 1) as u32;
    let first = ((bucket % STEPS + STEPS) as u128) << shift;
    u64::try_from(first + (1u128 << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket() {
        for nanoseconds in [0, 1, 63, 64, 65, 127, 128, 129, 1000, 123_456_789, u64::MAX / 3, u64::MAX] {
            let at = bucket(nanoseconds);
            assert!(upper(at) >= nanoseconds, "{nanoseconds}");
            assert!(at == 0 || upper(at - 1) < nanoseconds, "{nanoseconds}");
            assert!((upper(at) - nanoseconds) as f64 <= nanoseconds as f64 / 60.0, "{nanoseconds}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_list() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), 0);
        for nanoseconds in 1..=1000 {
            histogram.record(nanoseconds * 1000, 1);
        }
        let near = |part: f64, expected: f64| {
            let found = histogram.quantile(part) as f64;
            assert!((found - expected).abs() <= expected * 0.017, "{part}: {found}");
        };
        near(0.5, 500_000.0);
        near(0.99, 990_000.0);
        near(0.999, 999_000.0);
        assert_eq!(
            (histogram.quantile(1.0), histogram.max(), histogram.count()),
            (1_000_000, 1_000_000, 1000)
        );
        let mut both = Histogram::default();
        both.record(5, 3000);
        both.merge(&histogram);
        assert_eq!((both.quantile(0.5), both.count(), both.max()), (5, 4000, 1_000_000));
    }
}
