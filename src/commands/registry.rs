//! The list of all commands. A new one is a file in its noun's folder and a line here.

use clap::{Args, Command as ClapCommand, Subcommand};

use super::{
    Run, bindings, channels, connections, consumers, deprecated_features, exchanges, limits, nodes,
    parameters, perf, permissions, policies, queues, tool, topic_permissions, users, vhosts,
};

/// Makes the enum that clap parses into, the matches that find what to run and what defines it, and the groups of the help text, from
/// one list.
macro_rules! registry {
    ($($heading:literal { $($name:literal => $variant:ident($args:path),)+ })+) => {
        /// A command with its arguments.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[command(name = $name)] $variant($args),)+)+
        }

        impl Command {
            /// What is to be run.
            pub fn as_run(&self) -> &dyn Run {
                match self {
                    $($(Self::$variant(command) => command,)+)+
                }
            }
        }

        /// The definition of one command alone.
        pub fn define(name: &str) -> Option<ClapCommand> {
            match name {
                $($($name => Some(<$args as Args>::augment_args(ClapCommand::new($name))),)+)+
                _ => None,
            }
        }

        /// Headings of the help text, each with the names of its commands.
        pub const GROUPS: &[(&str, &[&str])] = &[$(($heading, &[$($name),+])),+];
    };
}

registry! {
    "Help" {
        "completions" => Completions(tool::Completions),
        "help" => Help(tool::Help),
        "man" => Man(tool::Man),
        "version" => Version(tool::Version),
    }
    "Nodes" {
        "await_startup" => AwaitStartup(nodes::AwaitStartup),
        "reset" => Reset(nodes::Reset),
        "server" => Server(nodes::Server),
        "set_disk_free_limit" => SetDiskFreeLimit(nodes::SetDiskFreeLimit),
        "set_vm_memory_high_watermark" => SetVmMemoryHighWatermark(nodes::SetVmMemoryHighWatermark),
        "start" => Start(nodes::Start),
        "start_app" => StartApp(nodes::StartApp),
        "stop" => Stop(nodes::Stop),
        "stop_app" => StopApp(nodes::StopApp),
    }
    "Users" {
        "add_user" => AddUser(users::AddUser),
        "authenticate_user" => AuthenticateUser(users::AuthenticateUser),
        "change_password" => ChangePassword(users::ChangePassword),
        "clear_user_limits" => ClearUserLimits(limits::ClearUserLimits),
        "delete_user" => DeleteUser(users::DeleteUser),
        "list_user_limits" => ListUserLimits(limits::ListUserLimits),
        "list_users" => ListUsers(users::ListUsers),
        "set_user_limits" => SetUserLimits(limits::SetUserLimits),
        "set_user_tags" => SetUserTags(users::SetUserTags),
    }
    "Access control" {
        "clear_permissions" => ClearPermissions(permissions::ClearPermissions),
        "clear_topic_permissions" => ClearTopicPermissions(topic_permissions::ClearTopicPermissions),
        "list_permissions" => ListPermissions(permissions::ListPermissions),
        "list_topic_permissions" => ListTopicPermissions(topic_permissions::ListTopicPermissions),
        "list_user_permissions" => ListUserPermissions(permissions::ListUserPermissions),
        "list_user_topic_permissions" => ListUserTopicPermissions(topic_permissions::ListUserTopicPermissions),
        "set_permissions" => SetPermissions(permissions::SetPermissions),
        "set_topic_permissions" => SetTopicPermissions(topic_permissions::SetTopicPermissions),
    }
    "Virtual hosts" {
        "add_vhost" => AddVhost(vhosts::AddVhost),
        "clear_vhost_limits" => ClearVhostLimits(limits::ClearVhostLimits),
        "delete_vhost" => DeleteVhost(vhosts::DeleteVhost),
        "list_vhost_limits" => ListVhostLimits(limits::ListVhostLimits),
        "list_vhosts" => ListVhosts(vhosts::ListVhosts),
        "set_vhost_limits" => SetVhostLimits(limits::SetVhostLimits),
        "update_vhost_metadata" => UpdateVhostMetadata(vhosts::UpdateVhostMetadata),
    }
    "Parameters" {
        "clear_global_parameter" => ClearGlobalParameter(parameters::ClearGlobalParameter),
        "clear_parameter" => ClearParameter(parameters::ClearParameter),
        "list_global_parameters" => ListGlobalParameters(parameters::ListGlobalParameters),
        "list_parameters" => ListParameters(parameters::ListParameters),
        "set_global_parameter" => SetGlobalParameter(parameters::SetGlobalParameter),
        "set_parameter" => SetParameter(parameters::SetParameter),
    }
    "Policies" {
        "clear_operator_policy" => ClearOperatorPolicy(policies::ClearOperatorPolicy),
        "clear_policy" => ClearPolicy(policies::ClearPolicy),
        "list_operator_policies" => ListOperatorPolicies(policies::ListOperatorPolicies),
        "list_policies" => ListPolicies(policies::ListPolicies),
        "set_operator_policy" => SetOperatorPolicy(policies::SetOperatorPolicy),
        "set_policy" => SetPolicy(policies::SetPolicy),
    }
    "Monitoring" {
        "list_bindings" => ListBindings(bindings::ListBindings),
        "list_channels" => ListChannels(channels::ListChannels),
        "list_connections" => ListConnections(connections::ListConnections),
        "list_consumers" => ListConsumers(consumers::ListConsumers),
        "list_deprecated_features" => ListDeprecatedFeatures(deprecated_features::ListDeprecatedFeatures),
        "list_exchanges" => ListExchanges(exchanges::ListExchanges),
        "list_queues" => ListQueues(queues::ListQueues),
        "ping" => Ping(nodes::Ping),
        "status" => Status(nodes::Status),
    }
    "Measuring" {
        "perf" => Perf(perf::Perf),
    }
    "Queues" {
        "delete_queue" => DeleteQueue(queues::DeleteQueue),
        "purge_queue" => PurgeQueue(queues::PurgeQueue),
    }
}
