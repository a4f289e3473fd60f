//! Keys of the user that a first start creates, and of who may log in from where.

use super::{Key, set};
use crate::config::settings::Secret;
use crate::config::settings::values::name;

/// See the module's description.
pub const KEYS: &[Key] = &[
    Key {
        pattern: "default_user",
        takes: "user name",
        default: "guest",
        meaning: "The user that the first start in an empty data directory creates.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.name, name(value)),
    },
    Key {
        pattern: "default_pass",
        takes: "text",
        default: "guest",
        meaning: "Its password.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.password, Ok(Secret(value.to_owned()))),
    },
    Key {
        pattern: "default_user_tags.$tag",
        takes: "`true`, `false`",
        default: "administrator",
        meaning: "Its tags. The first such key replaces the default tag.",
        apply: |draft, tag, value| draft.default_user_tag(tag, value),
    },
    Key {
        pattern: "default_vhost",
        takes: "virtual host name",
        default: "/",
        meaning: "The virtual host that the first start creates.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.vhost, name(value)),
    },
    Key {
        pattern: "default_permissions.configure",
        takes: "regular expression",
        default: ".*",
        meaning: "What the default user may configure in the default virtual host.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.configure, Ok(value.to_owned())),
    },
    Key {
        pattern: "default_permissions.write",
        takes: "regular expression",
        default: ".*",
        meaning: "What it may write.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.write, Ok(value.to_owned())),
    },
    Key {
        pattern: "default_permissions.read",
        takes: "regular expression",
        default: ".*",
        meaning: "What it may read.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.read, Ok(value.to_owned())),
    },
    Key {
        pattern: "loopback_users",
        takes: "`none`",
        default: "",
        meaning: "Lets every user log in from anywhere, unless a later line names one.",
        apply: |draft, _, value| draft.no_loopback_users(value),
    },
    Key {
        pattern: "loopback_users.$user",
        takes: "`true`, `false`",
        default: "guest",
        meaning: "Whether that user may log in from the loopback interface only, over AMQP and over HTTP.",
        apply: |draft, user, value| draft.loopback_user(user, value),
    },
];
