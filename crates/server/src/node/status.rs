//! What a node tells about itself.

use serde_json::Value;
use warren_broker::state::node::parameters::CLUSTER_NAME;
use warren_store::Durability;

use super::Node;

impl Node {
    /// The cluster's name: what an operator gave, else the node's own.
    pub fn cluster_name(&self) -> String {
        let given = self.broker.global_parameters.get(CLUSTER_NAME);
        given.as_ref().and_then(Value::as_str).unwrap_or(&self.name).to_owned()
    }

    /// The configuration files that were read.
    pub fn config_files(&self) -> Vec<String> {
        self.config.iter().map(|file| file.display().to_string()).collect()
    }

    /// Where the log goes.
    pub fn log_files(&self) -> Vec<String> {
        let log = &self.settings.log;
        let console = log.console.then(|| "<stderr>".to_owned());
        let file = log.path(&self.data_dir).map(|path| path.display().to_string());
        console.into_iter().chain(file).collect()
    }

    /// Resource alarms in effect: `memory`, `disk`.
    pub fn alarms(&self) -> Vec<String> {
        self.alarms.in_effect().resources().into_iter().map(str::to_owned).collect()
    }

    /// When something counts as durable, as the configuration names it.
    pub fn durability(&self) -> &'static str {
        match self.settings.durability {
            Durability::Sync => "sync",
            Durability::Os => "os",
        }
    }

    /// Why the store failed for good, if it did.
    pub fn store_failure(&self) -> Option<String> {
        let store = self.broker.log_handle().store()?;
        store.poisoned().map(|error| error.to_string())
    }
}
