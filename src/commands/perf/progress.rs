//! The line that shows how far a run is, on standard error if that is a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use warren_perf::{Mode, Plan, Progress};

use super::words::{grouped, per_second};
use crate::output::Style;

/// How long rates are counted until they are shown.
const INTERVAL: Duration = Duration::from_millis(500);

/// The line.
pub struct ProgressLine {
    bar: Option<ProgressBar>,
    mode: Mode,
    /// What the bar grows with: messages, if their number is what ends the run, or time.
    by_count: bool,
    copies: u64,
    shown: Progress,
}

impl ProgressLine {
    /// A line for this run; none if it would not be seen, or is not wanted.
    pub fn new(plan: &Plan, style: Style) -> Self {
        let wanted = !style.quiet && !style.silent && io::stderr().is_terminal();
        let time = plan.time.unwrap_or_default().as_millis() as u64;
        let length = plan.count.unwrap_or(time);
        Self {
            bar: wanted.then(|| {
                let bar = ProgressBar::new(length);
                let style = ProgressStyle::with_template("{bar:20} {elapsed} {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar
            }),
            mode: plan.mode,
            by_count: plan.count.is_some(),
            copies: plan.copies(),
            shown: Progress::default(),
        }
    }

    /// Shows how far things are, if that was not done a moment ago.
    pub fn show(&mut self, progress: &Progress) {
        let Some(bar) = &self.bar else { return };
        let passed = progress.elapsed - self.shown.elapsed;
        if passed < INTERVAL {
            return;
        }
        let rate = |before: u64, now: u64| grouped(per_second(now - before, passed) as u64);
        let published = rate(self.shown.published, progress.published);
        let delivered = rate(self.shown.delivered, progress.delivered);
        let under_way = (progress.published * self.copies).saturating_sub(progress.delivered);
        bar.set_message(match self.mode {
            Mode::Publish => format!("published {published}/s"),
            Mode::Consume => format!("delivered {delivered}/s"),
            Mode::Both => {
                format!("published {published}/s, delivered {delivered}/s, under way {}", grouped(under_way))
            }
        });
        bar.set_position(match (self.by_count, self.mode) {
            (false, _) => progress.elapsed.as_millis() as u64,
            (true, Mode::Consume) => progress.delivered,
            (true, _) => progress.published,
        });
        self.shown = *progress;
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
