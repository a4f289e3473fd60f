//! The log: one line an event, to standard error and, when wished, to a file.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::ServerError;
use crate::config::LogSettings;

const TIME: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6][offset_hour sign:mandatory]:[offset_minute]"
);

/// Starts logging for the whole process. A process that logs already keeps its log.
pub fn init(settings: &LogSettings, data_dir: &Path) -> Result<(), ServerError> {
    let console = settings.console.then(|| {
        tracing_subscriber::fmt::layer()
            .event_format(Line)
            .with_writer(io::stderr)
            .log_internal_errors(false)
            .with_filter(settings.console_level)
    });
    let file = match settings.path(data_dir) {
        None => None,
        Some(path) => Some(
            tracing_subscriber::fmt::layer()
                .event_format(Line)
                .with_writer(Mutex::new(open(&path)?))
                .log_internal_errors(false)
                .with_filter(settings.file_level),
        ),
    };
    let _ = tracing_subscriber::registry().with(console).with(file).try_init();
    Ok(())
}

fn open(path: &Path) -> Result<fs::File, ServerError> {
    let failed = |source| ServerError::LogFile { path: path.to_owned(), source };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o640).open(path).map_err(failed)
}

/// `2026-01-31 12:00:00.000000+00:00 [info] message key=value`, as RabbitMQ 3.9 and later writes it.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = OffsetDateTime::now_utc().format(TIME).map_err(|_| fmt::Error)?;
        write!(writer, "{now} [{}] ", level_name(*event.metadata().level()))?;
        ctx.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG | Level::TRACE => "debug",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_line_has_time_level_message_and_fields() {
        let dir = tempfile::tempdir().unwrap();
        let file = Arc::new(open(&dir.path().join("deep/w.log")).unwrap());
        let layer = tracing_subscriber::fmt::layer().event_format(Line).with_writer(file).with_ansi(false);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::warn!(port = 5672, "cannot accept");
        });
        let text = fs::read_to_string(dir.path().join("deep/w.log")).unwrap();
        let (time, rest) = text.split_at(32);
        assert!(time.ends_with("+00:00"), "{text}");
        assert_eq!(rest, " [warning] cannot accept port=5672\n");
    }
}
