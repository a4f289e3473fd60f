# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_warrenctl_global_optspecs
    string join \n n/node= q/quiet s/silent formatter= t/timeout= p/vhost= no-table-headers dry-run h/help V/version
end

function __fish_warrenctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_warrenctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_warrenctl_using_subcommand
    set -l cmd (__fish_warrenctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c warrenctl -n "__fish_warrenctl_needs_command" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_needs_command" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_needs_command" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_needs_command" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_needs_command" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -s V -l version -d 'Print version'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "completions" -d 'Prints the completion script of a shell'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "help" -d 'Explains a command, or lists all of them'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "man" -d 'Writes the manual pages, one for each command, into a directory'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "version" -d 'Prints the version of this tool'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "await_startup" -d 'Waits until the node answers and its app runs'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "reset" -d 'Returns a node to its first state: all it holds is deleted; the app must be stopped'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "server" -d 'Runs a node in the foreground, for service managers and containers'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_disk_free_limit" -d 'Sets how much free disk space there must be for publishers not to be held back'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_vm_memory_high_watermark" -d 'Sets how much memory the node may take before publishers are held back'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "start" -d 'Starts a node in the background, and waits until AMQP and the management API answer'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "start_app" -d 'Starts the app again after stop_app'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "stop" -d 'Stops the node: its process ends'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "stop_app" -d 'Stops the app: clients are disconnected and refused, and the process stays'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "add_user" -d 'Creates a user, at first without permissions in any virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "authenticate_user" -d 'Checks a password; exits with 65 when it does not log in'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "change_password" -d 'Changes the password of a user'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_user_limits" -d 'Takes a limit of a user away, or all of them'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "delete_user" -d 'Deletes a user with all its permissions'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_user_limits" -d 'Shows the limits of a user, or of all'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_users" -d 'Lists the users with their tags'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_user_limits" -d 'Sets limits of a user'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_user_tags" -d 'Sets the tags of a user; without tags it takes all away'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_permissions" -d 'Takes away all that a user may do in a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_topic_permissions" -d 'Takes topic permissions of a user away, at one exchange or at all'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_permissions" -d 'Lists what each user may do in a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_topic_permissions" -d 'Lists which routing keys each user may use at topic exchanges of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_user_permissions" -d 'Lists what a user may do in each virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_user_topic_permissions" -d 'Lists which routing keys a user may use at topic exchanges of each virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_permissions" -d 'Sets what a user may do in a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_topic_permissions" -d 'Sets which routing keys a user may use at a topic exchange'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "add_vhost" -d 'Creates a virtual host; one that exists is left as it is'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_vhost_limits" -d 'Takes all limits of a virtual host away'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "delete_vhost" -d 'Deletes a virtual host with all its exchanges, queues, bindings and permissions'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_vhost_limits" -d 'Shows the limits of a virtual host, or of all'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_vhosts" -d 'Lists the virtual hosts'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_vhost_limits" -d 'Sets the limits of a virtual host, in place of those that it had'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "update_vhost_metadata" -d 'Changes what is known about a virtual host; what is not given stays as it is'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_global_parameter" -d 'Clears a runtime parameter of the whole cluster'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_parameter" -d 'Clears a runtime parameter of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_global_parameters" -d 'Lists the runtime parameters of the whole cluster'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_parameters" -d 'Lists the runtime parameters of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_global_parameter" -d 'Sets a runtime parameter of the whole cluster'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_parameter" -d 'Sets a runtime parameter of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_operator_policy" -d 'Clears an operator policy'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "clear_policy" -d 'Clears a policy'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_operator_policies" -d 'Lists the operator policies of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_policies" -d 'Lists the policies of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_operator_policy" -d 'Sets an operator policy: limits that policies and arguments cannot exceed'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "set_policy" -d 'Sets a policy: arguments for all queues and exchanges whose names match'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_bindings" -d 'Lists the bindings of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_channels" -d 'Lists the channels of all virtual hosts'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_connections" -d 'Lists the connections of all virtual hosts'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_consumers" -d 'Lists the consumers in a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_deprecated_features" -d 'Lists deprecated features, and whether they may be used'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_exchanges" -d 'Lists the exchanges of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "list_queues" -d 'Lists the queues of a virtual host'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "ping" -d 'Checks that the node\'s process is up and answers, whether its app runs or not'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "status" -d 'Shows what a node is, what it holds, and what it listens on'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "perf" -d 'Puts a load on a broker, and measures rates and latencies'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "delete_queue" -d 'Deletes a queue with the messages in it'
complete -c warrenctl -n "__fish_warrenctl_needs_command" -f -a "purge_queue" -d 'Drops all messages of a queue that wait for delivery'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand completions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -l list-commands -d 'Print the names of all commands, one a line'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand help" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand man" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand version" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand await_startup" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand reset" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l data-dir -d 'Directory for all that the node keeps [default: $XDG_DATA_HOME/warren, else ~/.local/share/warren]' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l config -d 'Configuration file in rabbitmq.conf\'s format [default: warren.conf in the data directory, if it is there]' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l amqp -d 'Where AMQP clients connect; port 0 takes a free one [default: 127.0.0.1:5672]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l http -d 'Where the management API answers; port 0 takes a free one [default: 127.0.0.1:15672]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l socket -d 'Path of the admin socket [default: admin.sock in the data directory]' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l ready-file -d 'File that receives the real addresses and the process id as JSON once both listeners answer' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l salvage -d 'Copy damaged files aside and start with the rest; what is left out is listed in the log'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l detach -d 'Leave the terminal\'s session, so that the node outlives it; what `start` sets'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand server" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_disk_free_limit" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vm_memory_high_watermark" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l data-dir -d 'Directory for all that the node keeps [default: $XDG_DATA_HOME/warren, else ~/.local/share/warren]' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l config -d 'Configuration file in rabbitmq.conf\'s format [default: warren.conf in the data directory, if it is there]' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l amqp -d 'Where AMQP clients connect; port 0 takes a free one [default: 127.0.0.1:5672]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l http -d 'Where the management API answers; port 0 takes a free one [default: 127.0.0.1:15672]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l socket -d 'Path of the admin socket [default: admin.sock in the data directory]' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l ready-file -d 'File that receives the real addresses and the process id as JSON once both listeners answer' -r -F
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l salvage -d 'Copy damaged files aside and start with the rest; what is left out is listed in the log'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand start_app" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -l idempotent -d 'A node that does not answer is no failure'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand stop_app" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -l pre-hashed-password -d 'Take the password for a salted hash in base64, as definitions hold it'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_user" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand authenticate_user" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand change_password" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_user_limits" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_user" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -l user -d 'Name of the user' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -l global -d 'Limits of all users that have any'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_limits" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_users" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_limits" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_user_tags" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_topic_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_topic_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_user_topic_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_topic_permissions" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s d -l description -d 'A sentence about it' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -l tags -d 'Tags, separated by commas' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -l default-queue-type -d 'Type of queues that are declared without one' -r -f -a "classic\t''
quorum\t''
stream\t''"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand add_vhost" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_vhost_limits" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_vhost" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -l global -d 'Limits of all virtual hosts that have any'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhost_limits" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_vhosts" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_vhost_limits" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s d -l description -d 'A sentence about it' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -l tags -d 'Tags, separated by commas' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -l default-queue-type -d 'Type of queues that are declared without one' -r -f -a "classic\t''
quorum\t''
stream\t''"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -l protected-from-deletion -d 'Whether it cannot be deleted' -r -f -a "true\t''
false\t''"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand update_vhost_metadata" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_global_parameter" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_parameter" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_global_parameters" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_parameters" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_global_parameter" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_parameter" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_operator_policy" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand clear_policy" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_operator_policies" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_policies" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -l priority -d 'The highest one wins' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -l apply-to -d 'What it is for' -r -f -a "all\t''
queues\t''
exchanges\t''
classic_queues\t''
quorum_queues\t''
streams\t''"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_operator_policy" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -l priority -d 'The highest one wins' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -l apply-to -d 'What it is for' -r -f -a "all\t''
queues\t''
exchanges\t''
classic_queues\t''
quorum_queues\t''
streams\t''"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand set_policy" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_bindings" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_channels" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_connections" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_consumers" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -l used -d 'Only those that are in use now'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_deprecated_features" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_exchanges" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -l online -d 'Only queues that serve'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -l offline -d 'Only queues that do not serve'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -l local -d 'Only queues on the node that is asked'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand list_queues" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand ping" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -l unit -d 'Unit of sizes' -r -f -a "bytes\t''
kb\t''
kib\t''
mb\t''
mib\t''
gb\t''
gib\t''
tb\t''
tib\t''
pb\t''
pib\t''"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand status" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l uri -d 'The broker: amqp://USER:PASSWORD@HOST:PORT/VHOST [default: where the node listens]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l producers -d 'Producers, each with a connection' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l consumers -d 'Consumers, each with a connection' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l queues -d 'Queues; consumers share them out' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l queue -d 'Name of the queue, or what the names of several begin with; it stays behind the run' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l queue-type -d 'Type of the queues that are declared, such as quorum' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l exchange -d 'What is published to' -r -f -a "default\t'The default exchange, to each queue in turn'
direct\t'A direct exchange, to each queue in turn'
topic\t'A topic exchange, to each queue in turn'
fanout\t'A fanout exchange, to all queues'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l size -d 'Bytes of a message; k, M, KiB, MiB may follow. From 16 on latency is measured' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l rate -d 'Messages a second, by all producers together [default: as many as possible]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l confirm -d 'Publisher confirms, with this many publishes unconfirmed at most for each producer' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l in-flight -d 'Messages published and not yet delivered at most [default: 20000, and 16 MiB]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l ack -d 'How consumers acknowledge' -r -f -a "auto\t'Not at all'
manual\t'Every message, or many at once with --ack-every'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l ack-every -d 'Messages that one acknowledgement is for' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l prefetch -d 'Deliveries unacknowledged at most for each consumer; 0 is no limit' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l time -d 'Stop after this many seconds [default: 10, or none with --count]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l count -d 'Stop after this many messages' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l persistent -d 'Messages that survive a restart'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand perf" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s e -l if-empty -d 'Only if it holds no message'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s u -l if-unused -d 'Only if it has no consumer'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand delete_queue" -s h -s ? -l help -d 'Print help'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -s n -l node -d 'The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -l formatter -d 'Format of the result' -r -f -a "table\t'Columns with a tab between them'
pretty_table\t'A table with lines, for people'
json\t'One JSON document'
csv\t'Comma-separated, everything quoted, with a header'
tsv\t'Tab-separated with a header; tabs, line ends and backslashes in values are escaped'"
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -s t -l timeout -d 'Give up after this many seconds' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -s p -l vhost -d 'Virtual host, for commands that work in one [default: that of the node\'s alias, else /]' -r
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -s q -l quiet -d 'Print the result only: no banner and no closing words'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -s s -l silent -d 'As --quiet, and tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -l no-table-headers -d 'Tables without their header'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -l dry-run -d 'Check the command line, say what would be done, and do nothing'
complete -c warrenctl -n "__fish_warrenctl_using_subcommand purge_queue" -s h -s ? -l help -d 'Print help'
