//! Keys of what new virtual hosts are given: `default_limits`, `default_policies` and `default_users`.

use serde_json::{Map, Value};
use warren_broker::state::node::vhost_defaults::check_pattern;
use warren_model::policy::ApplyTo;

use super::Key;
use crate::config::settings::Secret;
use crate::config::settings::draft::Draft;
use crate::config::settings::values::{bytesize, integer, milliseconds};
use crate::config::settings::vhost_defaults::{Limits, Policy, User};

fn limits<'d>(draft: &'d mut Draft, id: &str) -> &'d mut Limits {
    draft.settings.vhost_defaults.limits.entry(id.to_owned()).or_default()
}

fn policy<'d>(draft: &'d mut Draft, id: &str) -> &'d mut Policy {
    draft.settings.vhost_defaults.policies.entry(id.to_owned()).or_default()
}

fn user<'d>(draft: &'d mut Draft, name: &str) -> &'d mut User {
    draft.settings.vhost_defaults.users.entry(name.to_owned()).or_default()
}

fn pattern(place: &mut Option<String>, value: &str) -> Result<(), String> {
    check_pattern(value)?;
    *place = Some(value.to_owned());
    Ok(())
}

fn positive(value: &str) -> Result<u64, String> {
    integer(value, 1..=i64::MAX.unsigned_abs())
}

fn put(document: &mut Map<String, Value>, key: &str, value: Result<u64, String>) -> Result<(), String> {
    document.insert(key.to_owned(), value?.into());
    Ok(())
}

fn apply_to(value: &str) -> Result<ApplyTo, String> {
    let known = || "all, queues, exchanges, classic_queues, quorum_queues, streams";
    ApplyTo::from_name(value).ok_or_else(|| format!("'{value}' is none of {}", known()))
}

fn tags(value: &str) -> Result<Vec<String>, String> {
    let tags: Vec<_> = value.split(',').map(|tag| tag.trim().to_owned()).collect();
    match tags.iter().find(|tag| tag.is_empty() || tag.len() > 255) {
        Some(tag) => Err(format!("'{tag}' is no tag; they are separated by commas")),
        None => Ok(tags),
    }
}

const PATTERN: &str = "regular expression over names";
const NUMBER: &str = "a number, at least 1";
const TIME: &str = "milliseconds, or a number with a unit: `ms`, `s`, `m`, `h`, `d`, `w`";
const SIZE: &str = "bytes, or a number with a unit: `kB`, `MB`, `GB`, powers of 1024";

const fn key(
    pattern: &'static str,
    takes: &'static str,
    default: &'static str,
    meaning: &'static str,
    apply: fn(&mut Draft, &str, &str) -> Result<(), String>,
) -> Key {
    Key { pattern, takes, default, meaning, apply }
}

/// The keys, in the order in which the documentation lists them.
pub const KEYS: &[Key] = &[
    key(
        "default_limits.vhosts.$id.pattern",
        PATTERN,
        "",
        "Virtual hosts whose limits these are when they are created: of the groups of limits the first, by their ids, whose pattern is found in the name. Without one, all.",
        |draft, id, value| pattern(&mut limits(draft, id).pattern, value),
    ),
    key(
        "default_limits.vhosts.$id.max_connections",
        NUMBER,
        "",
        "Their limit of connections.",
        |draft, id, value| put(&mut limits(draft, id).limits, "max-connections", positive(value)),
    ),
    key("default_limits.vhosts.$id.max_queues", NUMBER, "", "Their limit of queues.", |draft, id, value| {
        put(&mut limits(draft, id).limits, "max-queues", positive(value))
    }),
    key(
        "default_policies.operator.$id.vhost_pattern",
        PATTERN,
        "",
        "Virtual hosts that get the operator policy of that name when they are created. Without one, all.",
        |draft, id, value| pattern(&mut policy(draft, id).vhost_pattern, value),
    ),
    key(
        "default_policies.operator.$id.queue_pattern",
        PATTERN,
        "",
        "The pattern of the operator policy. Without one, every name.",
        |draft, id, value| pattern(&mut policy(draft, id).queue_pattern, value),
    ),
    key(
        "default_policies.operator.$id.apply_to",
        "`all`, `queues`, `exchanges`, `classic_queues`, `quorum_queues`, `streams`",
        "",
        "What it is for; `all` without the key.",
        |draft, id, value| {
            policy(draft, id).apply_to = apply_to(value)?;
            Ok(())
        },
    ),
    key("default_policies.operator.$id.expires", TIME, "", "Its `expires`.", |draft, id, value| {
        put(&mut policy(draft, id).definition, "expires", milliseconds(value))
    }),
    key("default_policies.operator.$id.message_ttl", TIME, "", "Its `message-ttl`.", |draft, id, value| {
        put(&mut policy(draft, id).definition, "message-ttl", milliseconds(value))
    }),
    key("default_policies.operator.$id.max_length", NUMBER, "", "Its `max-length`.", |draft, id, value| {
        put(&mut policy(draft, id).definition, "max-length", positive(value))
    }),
    key(
        "default_policies.operator.$id.max_length_bytes",
        SIZE,
        "",
        "Its `max-length-bytes`.",
        |draft, id, value| put(&mut policy(draft, id).definition, "max-length-bytes", bytesize(value)),
    ),
    key(
        "default_policies.operator.$id.max_in_memory_bytes",
        SIZE,
        "",
        "Its `max-in-memory-bytes`.",
        |draft, id, value| put(&mut policy(draft, id).definition, "max-in-memory-bytes", bytesize(value)),
    ),
    key(
        "default_policies.operator.$id.max_in_memory_length",
        NUMBER,
        "",
        "Its `max-in-memory-length`.",
        |draft, id, value| put(&mut policy(draft, id).definition, "max-in-memory-length", positive(value)),
    ),
    key(
        "default_policies.operator.$id.delivery_limit",
        NUMBER,
        "",
        "Its `delivery-limit`.",
        |draft, id, value| put(&mut policy(draft, id).definition, "delivery-limit", positive(value)),
    ),
    key(
        "default_policies.operator.$id.classic_queues.queue_version",
        "1, 2",
        "",
        "Its `queue-version`.",
        |draft, id, value| put(&mut policy(draft, id).definition, "queue-version", integer(value, 1..=2)),
    ),
    key(
        "default_users.$name.vhost_pattern",
        PATTERN,
        "",
        "Virtual hosts in which that user has permissions when they are created, and with the first of which he is. Without one, all.",
        |draft, name, value| pattern(&mut user(draft, name).vhost_pattern, value),
    ),
    key(
        "default_users.$name.password",
        "text",
        "",
        "His password; without one, none logs in.",
        |draft, name, value| {
            user(draft, name).password = Some(Secret(value.to_owned()));
            Ok(())
        },
    ),
    key(
        "default_users.$name.tags",
        "tags with commas between them",
        "",
        "His tags.",
        |draft, name, value| {
            user(draft, name).tags = tags(value)?;
            Ok(())
        },
    ),
    key(
        "default_users.$name.configure",
        PATTERN,
        "",
        "What he may configure. Without one, everything.",
        |draft, name, value| pattern(&mut user(draft, name).configure, value),
    ),
    key("default_users.$name.read", PATTERN, "", "What he may read, likewise.", |draft, name, value| {
        pattern(&mut user(draft, name).read, value)
    }),
    key("default_users.$name.write", PATTERN, "", "What he may write, likewise.", |draft, name, value| {
        pattern(&mut user(draft, name).write, value)
    }),
];
