//! `delete_queue`

use clap::Args;
use warren_api::queues::{self, DeleteConditions};

use crate::client::ClientError;
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Deletes a queue with the messages in it
#[derive(Debug, Args)]
pub struct DeleteQueue {
    /// Name of the queue
    #[arg(value_name = "QUEUE")]
    name: String,
    /// Only if it holds no message
    #[arg(short = 'e', long)]
    if_empty: bool,
    /// Only if it has no consumer
    #[arg(short = 'u', long)]
    if_unused: bool,
}

impl Run for DeleteQueue {
    fn check(&self, context: &Context) -> Result<()> {
        if self.name.is_empty() {
            return Err(Failure::new(Kind::Data, "Bad argument: queue name cannot be an empty string"));
        }
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let conditions = match (self.if_empty, self.if_unused) {
            (false, false) => "",
            (true, false) => " if queue is empty",
            (false, true) => " if queue is unused",
            (true, true) => " if queue is empty and if queue is unused",
        };
        Some(format!("Deleting queue '{}' on vhost '{}'{conditions} ...", self.name, context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let vhost = context.vhost()?;
        let queue = client.call(queues::Get { vhost: &vhost, queue: &self.name }).map_err(refused)?;
        let conditions = DeleteConditions { if_empty: self.if_empty, if_unused: self.if_unused };
        client
            .call_with::<_, ()>(queues::Delete { vhost: &vhost, queue: &self.name }, &conditions)
            .map_err(refused)?;
        let ready = queue.messages_ready.unwrap_or_default();
        Ok(Output::Message(format!("Queue was successfully deleted with {ready} ready messages")))
    }
}

/// The conditions and a missing queue, in rabbitmqctl's words.
fn refused(error: ClientError) -> Failure {
    let reason = match &error {
        ClientError::Refused { status: 404, .. } => return Failure::new(Kind::Condition, "Queue not found"),
        ClientError::Refused { status: 400, error } => error.reason_text(),
        _ => return error.into(),
    };
    if reason.contains("not empty") {
        Failure::new(Kind::Condition, "Queue is not empty")
    } else if reason.contains("in use") {
        Failure::new(Kind::Condition, "Queue is in use")
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use warren_api::ApiError;

    use super::*;

    #[test]
    fn conditions_are_told_apart() {
        let said = |status, reason: &str| {
            let failure =
                refused(ClientError::Refused { status, error: ApiError::new("bad_request", reason) });
            (failure.kind.exit_code(), failure.to_string())
        };
        assert_eq!(said(400, "queue 'q' in vhost '/' in use"), (64, "Error:\nQueue is in use".into()));
        assert_eq!(said(400, "queue 'q' in vhost '/' not empty"), (64, "Error:\nQueue is not empty".into()));
        assert_eq!(said(404, "Not Found"), (64, "Error:\nQueue not found".into()));
        assert_eq!(said(400, "other").0, 69);
    }
}
