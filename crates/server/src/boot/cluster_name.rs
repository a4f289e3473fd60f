//! The cluster's name as versions before 0.2 kept it: in a file of the data directory. It goes into the log, and the file goes.

use std::fs;
use std::io;
use std::path::Path;

use tracing::{info, warn};
use warren_broker::state::node::broker::Broker;
use warren_broker::state::node::parameters::CLUSTER_NAME;
use warren_model::change::Change;

use super::ServerError;
use crate::node::datadir::DataDirError;

/// Name of the file.
const FILE: &str = "cluster_name";

/// Takes the name over, if there is such a file: it is deleted once the log has the name for good.
///
/// # Errors
/// What the log refuses, or that the file cannot be read or deleted.
pub fn take_over(data_dir: &Path, broker: &Broker) -> Result<(), ServerError> {
    let path = data_dir.join(FILE);
    let failed = |source| ServerError::DataDir(DataDirError::Unwritable { path: path.clone(), source });
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if broker.global_parameters.get(CLUSTER_NAME).is_none() {
        let change = Change::PutGlobalParameter { name: CLUSTER_NAME.into(), value: text.clone().into() };
        match broker.change(&[change]) {
            Ok(done) => {
                if let (Some(store), Some(position)) = (broker.log_handle().store(), done.position) {
                    store.wait_durable(position)?;
                }
                info!(name = text, "the cluster's name is in the log now");
            }
            // A machine that lost its power may have left anything in the file.
            Err(why) => warn!(%why, "the file of the cluster's name holds none and is deleted"),
        }
    }
    fs::remove_file(&path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use warren_broker::log::LogHandle;
    use warren_broker::state::node::broker::BrokerSettings;

    use super::*;

    fn broker() -> Broker {
        Broker::new(
            BrokerSettings::default(),
            LogHandle::default(),
            Box::new(|bytes: &mut [u8]| bytes.fill(7)),
        )
    }

    #[test]
    fn the_name_in_the_file_becomes_the_parameter_and_the_file_goes() {
        let dir = tempfile::tempdir().unwrap();
        take_over(dir.path(), &broker()).unwrap();
        for (bytes, expected) in [(&b"east\n"[..], Some("east")), (&[0; 8], None), (b"", None)] {
            fs::write(dir.path().join(FILE), bytes).unwrap();
            let broker = broker();
            take_over(dir.path(), &broker).unwrap();
            let name = broker.global_parameters.get(CLUSTER_NAME);
            assert_eq!(name.as_ref().and_then(|name| name.as_str()), expected);
            assert!(!dir.path().join(FILE).exists());
        }
    }

    #[test]
    fn a_name_that_the_log_has_stays() {
        let dir = tempfile::tempdir().unwrap();
        let broker = broker();
        let _ = broker
            .change(&[Change::PutGlobalParameter { name: CLUSTER_NAME.into(), value: "west".into() }])
            .unwrap();
        fs::write(dir.path().join(FILE), "east").unwrap();
        take_over(dir.path(), &broker).unwrap();
        assert_eq!(broker.global_parameters.get(CLUSTER_NAME), Some("west".into()));
    }
}
