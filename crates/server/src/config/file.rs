//! From a file to settings, or to an error that names file, line and key.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::keys::{keys, nearest};
use super::lines::{self, Entry, MAX_FILE_BYTES};
use super::settings::draft::Draft;
use super::{ConfigError, Settings};

/// Reads a configuration file.
pub fn read(file: &Path) -> Result<Settings, ConfigError> {
    let text = read_text(file)?;
    parse(&text, file)
}

/// Parses the text of a configuration file; `file` is for error messages.
pub fn parse(text: &str, file: &Path) -> Result<Settings, ConfigError> {
    let entries = lines::parse(text).map_err(|bad| ConfigError::Syntax {
        file: file.to_owned(),
        line: bad.line,
        problem: bad.problem,
    })?;
    let mut draft = Draft::default();
    for entry in entries {
        apply(&mut draft, &entry, file)?;
    }
    Ok(draft.finish())
}

fn apply(draft: &mut Draft, entry: &Entry, file: &Path) -> Result<(), ConfigError> {
    let line = entry.line;
    let Some(key) = keys().find(|key| key.matches(&entry.key)) else {
        let nearest = nearest(&entry.key);
        return Err(ConfigError::UnknownKey { file: file.to_owned(), line, key: entry.dotted(), nearest });
    };
    key.apply(draft, &entry.key, &entry.value).map_err(|problem| ConfigError::BadValue {
        file: file.to_owned(),
        line,
        key: entry.dotted(),
        problem,
    })
}

fn read_text(file: &Path) -> Result<String, ConfigError> {
    let unreadable = |source: io::Error| ConfigError::Unreadable { file: file.to_owned(), source };
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(unreadable)?;
    opened.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ConfigError::TooLarge { file: file.to_owned(), limit: MAX_FILE_BYTES });
    }
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count()
                + 1;
        ConfigError::Syntax { file: file.to_owned(), line, problem: "is not UTF-8 text".into() }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracing::level_filters::LevelFilter;

    use super::*;
    use crate::config::{Key, Secret};

    fn settings(text: &str) -> Settings {
        parse(text, Path::new("warren.conf")).unwrap_or_else(|error| panic!("{error}"))
    }

    fn error(text: &str) -> String {
        parse(text, Path::new("warren.conf")).expect_err(text).to_string()
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(settings("# nothing\n"), Settings::default());
    }

    #[test]
    fn listeners_replace_the_default_one() {
        let shown = |text| settings(text).amqp_listeners.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown(""), ["127.0.0.1:5672"]);
        assert_eq!(shown("listeners.tcp.default = 5673"), ["*:5673"]);
        assert_eq!(
            shown("listeners.tcp.1 = 127.0.0.1:1\nlisteners.tcp.2 = ::1:2"),
            ["127.0.0.1:1", "[::1]:2"]
        );
        assert_eq!(shown("listeners.tcp.1 = 127.0.0.1:1\nlisteners.tcp = none"), [""; 0]);
    }

    #[test]
    fn users_and_tags() {
        let text = "default_user = ann\ndefault_pass = 's # t'\ndefault_user_tags.monitoring = true\n\
                    default_vhost = prod\ndefault_permissions.configure = ^ann\\.\nloopback_users.guest = false\n\
                    loopback_users.ann = true";
        let read = settings(text);
        assert_eq!(read.default_user.name, "ann");
        assert_eq!(read.default_user.password, Secret("s # t".into()));
        assert_eq!(read.default_user.tags, ["monitoring".to_owned()].into());
        assert_eq!(read.default_user.vhost, "prod");
        assert_eq!(read.default_user.configure, "^ann\\.");
        assert_eq!(read.loopback_users, ["ann".to_owned()].into());
        assert!(settings("loopback_users = none").loopback_users.is_empty());
        assert!(!format!("{read:?}").contains("s # t"), "a password must not be printed");
    }

    #[test]
    fn amqp_and_log_settings() {
        let text = "heartbeat = 0\nchannel_max = 64\nframe_max = 64KiB\nmax_message_size = 1MB\n\
                    handshake_timeout = 500\nlog.console.level = warning\nlog.file = w.log\nlog.file.level = debug\n\
                    tcp_listen_options.nodelay = false\ntcp_listen_options.backlog = 4096\nmanagement.tcp.ip = ::1";
        let read = settings(text);
        assert_eq!((read.amqp.heartbeat, read.amqp.channel_max, read.amqp.frame_max), (0, 64, 65536));
        assert_eq!(read.amqp.max_message_size, 1_000_000);
        assert_eq!(read.amqp.handshake_timeout, Duration::from_millis(500));
        assert_eq!((read.amqp.nodelay, read.amqp.backlog), (false, 4096));
        assert_eq!(read.log.console_level, LevelFilter::WARN);
        assert_eq!(
            (read.log.file.as_deref(), read.log.file_level),
            (Some(Path::new("w.log")), LevelFilter::DEBUG)
        );
        assert_eq!(read.http_host, "::1");
    }

    #[test]
    fn errors_name_file_line_and_key() {
        assert_eq!(
            error("# one\ndefault_usr = a"),
            "warren.conf:2: unknown key 'default_usr'; did you mean 'default_user'?"
        );
        assert_eq!(
            error("listenrs.tcp.1 = 1"),
            "warren.conf:1: unknown key 'listenrs.tcp.1'; did you mean 'listeners.tcp.1'?"
        );
        assert_eq!(error("no.such.thing = 1"), "warren.conf:1: unknown key 'no.such.thing'");
        assert_eq!(
            error("heartbeat = 1m"),
            "warren.conf:1: bad value for 'heartbeat': '1m' is no whole number from 0 to 65535"
        );
        assert_eq!(error("\n\nx"), "warren.conf:3: this line has no '='; a setting is written 'key = value'");
    }

    #[test]
    fn every_key_but_free_text_refuses_a_bad_value() {
        let free = |key: &Key| matches!(key.takes, "text" | "regular expression" | "directory");
        // Neither a regular expression nor a name that is short enough.
        let bad = format!("({}", "x ".repeat(300));
        for key in keys().filter(|key| !free(key) && key.pattern != "log.file") {
            let refused = error(&format!("{} = {bad}", key.pattern.replace('$', "")));
            assert!(refused.starts_with("warren.conf:1: bad value for"), "{refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", value in "\\PC{0,40}", key in 0..keys().count()) {
            let _ = parse(&text, Path::new("f"));
            let line = format!("{} = {value}", keys().nth(key).unwrap().pattern.replace('$', ""));
            if let Err(error) = parse(&line, Path::new("f")) {
                proptest::prop_assert!(error.to_string().starts_with("f:1: "), "{error}");
            }
        }
    }

    #[test]
    fn the_table_gives_the_defaults_that_hold() {
        for key in keys().filter(|key| !key.default.is_empty() && key.pattern != "log.dir") {
            let line = match key.pattern.split_once('$') {
                Some(("listeners.tcp.", _)) => format!("listeners.tcp.default = {}", key.default),
                Some((family, _)) => format!("{family}{} = true", key.default),
                None => format!("{} = {}", key.pattern, key.default),
            };
            assert_eq!(settings(&line), Settings::default(), "{line}");
        }
    }

    #[test]
    fn the_page_lists_every_key() {
        let page = include_str!("../../../../docs/configuration.md");
        for key in keys() {
            let default = if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
            let row = format!("| `{}` | {} | {default} | {} |", key.pattern, key.takes, key.meaning);
            assert!(page.contains(&row), "docs/configuration.md lacks this row:\n{row}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| `") && !line.starts_with("| `--")).count();
        assert_eq!(rows, keys().count(), "docs/configuration.md has rows of keys that do not exist");
    }
}
