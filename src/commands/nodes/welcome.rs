//! What `start` says to somebody whose node has just come up.

use std::env;
use std::path::Path;

use serde_json::Value;

use crate::node;

/// Where the node answers, how to stop it, and what to try next.
pub fn text(ready: &Value, socket: &Path, log: &Path) -> String {
    let field = |name: &str| ready.get(name).and_then(Value::as_str).unwrap_or_default();
    let tool = invocation(socket);
    format!(
        "Node {} is running in the background (process id {}).\n\n  \
         AMQP            amqp://{}\n  \
         Management API  http://{}\n  \
         Admin socket    {}\n  \
         Data directory  {}\n  \
         Log             {}\n\n\
         Stop it with\n\n  {tool} stop\n\n\
         Try next\n\n  \
         {tool} status\n  \
         {tool} add_user alice\n  \
         {tool} list_queues name messages_ready messages_unacknowledged",
        field("node"),
        ready.get("pid").unwrap_or(&Value::Null),
        field("amqp"),
        field("http"),
        socket.display(),
        field("data_dir"),
        log.display(),
    )
}

/// How this program is called from here so that it finds this node: by name if the shell would find it, else by path; with
/// the socket if it is not where it is looked for.
fn invocation(socket: &Path) -> String {
    let program = env::current_exe().unwrap_or_else(|_| "warrenctl".into());
    let on_path = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| same_file(&dir.join("warrenctl"), &program)));
    let relative = env::current_dir().ok().and_then(|dir| program.strip_prefix(dir).ok().map(Path::to_owned));
    let program = if on_path { "warrenctl".into() } else { relative.unwrap_or(program) };
    match node::admin_socket().is_some_and(|usual| usual == socket) {
        true => program.display().to_string(),
        false => format!("{} --node unix://{}", program.display(), socket.display()),
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_tells_where_how_to_stop_and_three_commands() {
        let ready = json!({"pid": 17, "node": "warren@host", "amqp": "127.0.0.1:1", "http": "127.0.0.1:2", "data_dir": "/d"});
        let text = text(&ready, Path::new("/d/admin.sock"), Path::new("/d/warren.log"));
        for part in
            ["warren@host", "17", "amqp://127.0.0.1:1", "http://127.0.0.1:2", "/d/warren.log", " stop\n"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches("--node unix:///d/admin.sock").count(), 4, "{text}");
    }
}
