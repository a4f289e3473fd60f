//! Every command once in each format. Lists with rows of every kind, and what quietness leaves, are with their nouns.

use lapin::types::FieldTable;

use super::assert_transcript;
use crate::amqp::Client;
use crate::node::Node;
use crate::transcript::Transcript;

/// Commands whose output is the same in every run, in an order in which each has something to do.
const COMMANDS: [&str; 49] = [
    "version",
    "ping",
    "await_startup",
    "add_vhost v",
    "add_user alice secret",
    "change_password alice other",
    "authenticate_user alice other",
    "set_user_tags alice management policymaker",
    "set_permissions -p v alice .* .* .*",
    "list_permissions -p v",
    "list_user_permissions alice",
    "clear_permissions -p v alice",
    "set_policy -p v p ^q {\"max-length\":9}",
    "list_policies -p v",
    "clear_policy -p v p",
    "set_operator_policy -p v p ^q {\"max-length\":9}",
    "list_operator_policies -p v",
    "list_parameters -p v",
    "clear_operator_policy -p v p",
    "set_parameter -p v vhost-limits limits {\"max-queues\":9}",
    "clear_parameter -p v vhost-limits limits",
    "set_global_parameter g [1]",
    "list_global_parameters",
    "clear_global_parameter g",
    "set_vhost_limits -p v {\"max-queues\":9}",
    "list_vhost_limits -p v",
    "list_vhost_limits --global",
    "clear_vhost_limits -p v",
    "set_user_limits alice {\"max-channels\":9}",
    "list_user_limits --user alice",
    "list_user_limits --global",
    "clear_user_limits alice all",
    "set_topic_permissions -p v alice amq.topic ^w ^r",
    "list_topic_permissions -p v",
    "list_user_topic_permissions alice",
    "clear_topic_permissions -p v alice",
    "update_vhost_metadata v --description d",
    "list_deprecated_features",
    "list_users",
    "list_vhosts",
    "list_queues name durable messages_ready",
    "list_exchanges name type",
    "list_bindings",
    "purge_queue q",
    "delete_queue q",
    "delete_user alice",
    "delete_vhost v",
    "delete_queue q",
    "add_user",
];

/// The commands about the node's state, which end it.
const LAST: [&str; 6] = ["reset", "stop_app", "reset", "start_app", "list_queues", "stop"];

fn session<'n>(node: &'n Node, format: &str) -> Transcript<'n> {
    let mut client = Client::connect(node);
    client.queue("q", FieldTable::default());
    client.publish("q", 3);
    client.consume("q", "tag", 1, FieldTable::default());
    let in_format = |line: &str| format!("{line} --formatter {format}");
    let mut transcript = Transcript::new(node);
    for line in ["list_consumers", "list_connections name", "list_channels number", "status"] {
        transcript = transcript.run_without_numbers(&in_format(line));
    }
    for line in COMMANDS.iter().chain(&LAST) {
        transcript = transcript.run(&in_format(line));
    }
    transcript
}

macro_rules! in_format {
    ($name:ident, $snapshot:literal, $format:literal) => {
        #[test]
        fn $name() {
            let node = Node::start();
            assert_transcript!($snapshot, session(&node, $format));
        }
    };
}

in_format!(every_command_as_a_table, "every_command_as_table", "table");
in_format!(every_command_as_a_drawn_table, "every_command_as_pretty_table", "pretty_table");
in_format!(every_command_as_json, "every_command_as_json", "json");
in_format!(every_command_as_csv, "every_command_as_csv", "csv");
in_format!(every_command_as_tsv, "every_command_as_tsv", "tsv");
