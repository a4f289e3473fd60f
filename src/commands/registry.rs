//! The list of all commands. A new one is a file in its noun's folder and a line here.

use clap::Subcommand;

use super::{
    Run, bindings, channels, connections, consumers, exchanges, nodes, perf, permissions, queues, tool,
    users, vhosts,
};

/// Makes the enum that clap parses into, the match that finds what to run, and the groups of the help text, from one list.
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
        "start" => Start(nodes::Start),
        "start_app" => StartApp(nodes::StartApp),
        "stop" => Stop(nodes::Stop),
        "stop_app" => StopApp(nodes::StopApp),
    }
    "Users" {
        "add_user" => AddUser(users::AddUser),
        "authenticate_user" => AuthenticateUser(users::AuthenticateUser),
        "change_password" => ChangePassword(users::ChangePassword),
        "delete_user" => DeleteUser(users::DeleteUser),
        "list_users" => ListUsers(users::ListUsers),
        "set_user_tags" => SetUserTags(users::SetUserTags),
    }
    "Access control" {
        "clear_permissions" => ClearPermissions(permissions::ClearPermissions),
        "list_permissions" => ListPermissions(permissions::ListPermissions),
        "list_user_permissions" => ListUserPermissions(permissions::ListUserPermissions),
        "set_permissions" => SetPermissions(permissions::SetPermissions),
    }
    "Virtual hosts" {
        "add_vhost" => AddVhost(vhosts::AddVhost),
        "delete_vhost" => DeleteVhost(vhosts::DeleteVhost),
        "list_vhosts" => ListVhosts(vhosts::ListVhosts),
    }
    "Monitoring" {
        "list_bindings" => ListBindings(bindings::ListBindings),
        "list_channels" => ListChannels(channels::ListChannels),
        "list_connections" => ListConnections(connections::ListConnections),
        "list_consumers" => ListConsumers(consumers::ListConsumers),
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
