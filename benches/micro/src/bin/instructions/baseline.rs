//! The committed counts, and how others compare with them.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// By how many percent a case may be worse with the baseline's compiler.
const TOLERANCE: f64 = 5.0;
/// The same with another one, which makes other code.
const OTHER_COMPILER: f64 = 20.0;

/// The committed counts.
pub struct Baseline {
    /// The compiler that they were made with.
    pub compiler: String,
    counts: Vec<(String, f64)>,
}

/// How a count compares with the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Within what is accepted, by this many percent more or less.
    Same(f64, f64),
    /// Better by more than that: worth a new baseline.
    Better { before: f64, change: f64 },
    /// Worse.
    Worse { before: f64, change: f64 },
    /// Not in the baseline.
    Unknown,
}

impl Verdict {
    /// A line of the table.
    pub fn line(&self, name: &str, now: f64) -> String {
        let with = |before: f64, change: f64, what: &str| {
            format!("{name:<20} {before:>12.1} {now:>12.1} {change:>+7.1} %{what}")
        };
        match *self {
            Self::Same(before, change) => with(before, change, ""),
            Self::Better { before, change } => with(before, change, "  better: accept it, so that it stays"),
            Self::Worse { before, change } => with(before, change, "  WORSE"),
            Self::Unknown => format!("{name:<20} {:>12} {now:>12.1}          not in the baseline", ""),
        }
    }
}

impl Baseline {
    /// Reads the committed file.
    pub fn read() -> Result<Self, String> {
        let path = path();
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut baseline = Self { compiler: String::new(), counts: Vec::new() };
        for line in text.lines() {
            if let Some(compiler) = line.strip_prefix("# compiler: ") {
                compiler.clone_into(&mut baseline.compiler);
            } else if !line.starts_with('#') && !line.is_empty() {
                let parts = line.split_once(' ').map(|(name, count)| (name, count.trim().parse()));
                let Some((name, Ok(count))) = parts else {
                    return Err(format!("{}: '{line}' is not a name and a number", path.display()));
                };
                baseline.counts.push((name.to_owned(), count));
            }
        }
        Ok(baseline)
    }

    /// Writes the file anew.
    pub fn write(compiler: &str, counts: &[(&str, f64)]) -> Result<(), String> {
        let mut text = format!(
            "# Instructions for each message, written by: cargo run --release -p warren-micro -- accept\n# compiler: {compiler}\n"
        );
        for (name, count) in counts {
            let _ = writeln!(text, "{name:<20} {count:>10.1}");
        }
        print!("{text}");
        fs::write(path(), text).map_err(|error| format!("{}: {error}", path().display()))
    }

    /// The names in the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.counts.iter().map(|(name, _)| name.as_str())
    }

    /// By how many percent a case may be worse.
    pub fn tolerance(&self, compiler: &str) -> f64 {
        if compiler == self.compiler { TOLERANCE } else { OTHER_COMPILER }
    }

    /// Compares a count.
    pub fn judge(&self, name: &str, now: f64, tolerance: f64) -> Verdict {
        let Some((_, before)) = self.counts.iter().find(|(known, _)| known == name) else {
            return Verdict::Unknown;
        };
        let (before, change) = (*before, (now / before - 1.0) * 100.0);
        if change > tolerance {
            Verdict::Worse { before, change }
        } else if change < -tolerance {
            Verdict::Better { before, change }
        } else {
            Verdict::Same(before, change)
        }
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("baseline.txt")
}
