//! The broker: virtual hosts, users, permissions and connections of one node.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::{Mutex, RwLock};

use crate::access::permissions::Permissions;
use crate::access::topic_permissions::TopicPermissions;
use crate::access::user_limits::UserLimits;
use crate::access::users::Users;
use crate::churn::Churn;
use crate::clock::Clock;
use crate::connections::Connections;
use crate::deprecated_features::DeprecatedFeature;
use crate::effects::Effects;
use crate::log::{Durable, LogHandle};
use crate::queues::PageMemory;
use crate::queues::QueueKind;
use crate::randomness::Randomness;
use crate::state::node::parameters::GlobalParameters;
use crate::state::node::vhost_defaults::VHostDefaults;
use crate::timers::Timers;
use crate::topology::limits::NodeLimits;
use crate::topology::vhosts::{Shared, VHost};
use warren_model::access::PermissionEntry;
use warren_model::access::User;
use warren_model::change::{Change, VHostDefinition};
use warren_model::error::Error;

/// Source of randomness: names of the broker's making, password salts. Passed in so that a run can be repeated.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

impl<F: Fn(&mut [u8]) + Send + Sync> Entropy for F {
    fn fill(&self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// What a new node is given.
#[derive(Debug, Clone)]
pub struct BrokerSettings {
    /// Name of the node, `warren@HOST`.
    pub node: String,
    /// The first virtual host.
    pub default_vhost: String,
    /// The first user.
    pub default_user: String,
    /// Its password.
    pub default_password: String,
    /// Its tags.
    pub default_tags: Vec<String>,
    /// What it may configure, write and read in the first virtual host: regular expressions.
    pub default_permissions: [String; 3],
    /// Users that may log in from this machine only.
    pub loopback_users: Vec<String>,
    /// How much there may be of what.
    pub limits: NodeLimits,
    /// Kind of queues that are declared without one, where their virtual host has no other default.
    pub default_queue_type: Option<QueueKind>,
    /// What new virtual hosts are given.
    pub vhost_defaults: VHostDefaults,
    /// Deprecated features that are denied.
    pub denied_features: Vec<DeprecatedFeature>,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        Self {
            node: "warren@localhost".into(),
            default_vhost: "/".into(),
            default_user: "guest".into(),
            default_password: "guest".into(),
            default_tags: vec!["administrator".into()],
            default_permissions: [".*".into(), ".*".into(), ".*".into()],
            loopback_users: vec!["guest".into()],
            limits: NodeLimits::default(),
            default_queue_type: None,
            vhost_defaults: VHostDefaults::default(),
            denied_features: Vec::new(),
        }
    }
}

/// See the module's description.
pub struct Broker {
    /// What the node was given.
    pub settings: BrokerSettings,
    /// Who may log in.
    pub users: Users,
    /// Who may do what.
    pub permissions: Permissions,
    /// Who may use which routing keys.
    pub topic_permissions: TopicPermissions,
    /// How much each user may open.
    pub user_limits: UserLimits,
    /// Documents of the whole cluster.
    pub global_parameters: GlobalParameters,
    /// Who is connected.
    pub connections: Connections,
    /// How often things come and go.
    pub churn: Arc<Churn>,
    pub(crate) vhosts: RwLock<BTreeMap<Arc<str>, Arc<VHost>>>,
    /// Held while users, permissions and virtual hosts change, so that the log has the changes in their order.
    pub(crate) changing: Mutex<()>,
    /// Held while a checkpoint is made.
    pub(crate) checkpointing: Mutex<()>,
    pub(crate) shared: Shared,
    entropy: Box<dyn Entropy>,
    running: AtomicBool,
}

impl Broker {
    /// A broker with nothing in it.
    pub fn new(settings: BrokerSettings, log_handle: LogHandle, entropy: Box<dyn Entropy>) -> Self {
        let page_memory = PageMemory::new(log_handle.clone());
        Self::with_page_memory(settings, log_handle, entropy, page_memory)
    }

    /// As [`new`](Self::new), with pages kept in `page_memory`.
    pub(crate) fn with_page_memory(
        settings: BrokerSettings,
        log_handle: LogHandle,
        entropy: Box<dyn Entropy>,
        page_memory: PageMemory,
    ) -> Self {
        let (churn, page_memory) = (Arc::new(Churn::default()), Arc::new(page_memory));
        let queue_ids = Arc::new(AtomicU64::new(0));
        let default_queue_type = settings.default_queue_type;
        let mut seed = [0; 8];
        entropy.fill(&mut seed);
        let randomness = Arc::new(Randomness::new(u64::from_le_bytes(seed)));
        let (clock, timers) = (Arc::default(), Arc::default());
        let shared = Shared {
            node: settings.node.as_str().into(),
            page_memory,
            log_handle,
            churn: Arc::clone(&churn),
            clock,
            timers,
            queue_ids,
            randomness,
            default_queue_type,
            limits: settings.limits.clone(),
            counts: Arc::default(),
            denied: settings.denied_features.clone(),
        };
        Self {
            settings,
            users: Users::default(),
            permissions: Permissions::default(),
            topic_permissions: TopicPermissions::default(),
            user_limits: UserLimits::default(),
            global_parameters: GlobalParameters::default(),
            connections: Connections::new(Arc::clone(&churn)),
            churn,
            vhosts: RwLock::default(),
            changing: Mutex::new(()),
            checkpointing: Mutex::new(()),
            shared,
            entropy,
            running: AtomicBool::new(true),
        }
    }

    /// The way to the log.
    pub fn log_handle(&self) -> &LogHandle {
        &self.shared.log_handle
    }

    /// The time. Whoever drives the broker tells it ahead of each batch of work.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// What waits for a time. Whoever drives the broker fires it when something is due.
    pub fn timers(&self) -> &Timers {
        &self.shared.timers
    }

    /// Memory and segments of all queues.
    pub fn page_memory(&self) -> &Arc<PageMemory> {
        &self.shared.page_memory
    }

    /// Whether the broker serves clients; stopped by `stop_app`.
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// Starts or stops serving clients.
    pub fn set_running(&self, running: bool) {
        self.running.store(running, Ordering::Release);
    }

    /// A name that nothing has yet: `prefix` and 22 characters, as RabbitMQ makes them.
    pub fn unique_name(&self, prefix: &str) -> String {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Salt for a password.
    pub fn salt(&self) -> [u8; 4] {
        let mut salt = [0; 4];
        self.entropy.fill(&mut salt);
        salt
    }

    /// The virtual host of that name.
    pub fn vhost(&self, name: &str) -> Option<Arc<VHost>> {
        self.vhosts.read().get(name).cloned()
    }

    /// All virtual hosts, by name.
    pub fn vhosts(&self) -> Vec<Arc<VHost>> {
        self.vhosts.read().values().cloned().collect()
    }

    /// Checks a client's credentials.
    ///
    /// # Errors
    /// `ACCESS_REFUSED` with the reason for the log; the client must not be told more than that it was refused.
    pub fn authenticate(&self, name: &str, password: &[u8], peer: IpAddr) -> Result<User, Error> {
        self.users.authenticate(
            name,
            password,
            peer.to_canonical().is_loopback(),
            &self.settings.loopback_users,
        )
    }

    /// The virtual host that a client asks for.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if there is none or the user has no permissions in it.
    pub fn open_vhost(&self, user: &str, name: &str) -> Result<Arc<VHost>, Error> {
        let vhost = self.vhost(name).ok_or_else(|| Error::vhost_not_found(name))?;
        if !self.permissions.has_access(user, name) {
            return Err(Error::vhost_refused(user, name));
        }
        Ok(vhost)
    }

    /// Gives a new node its first virtual host and user. Does nothing if there is anything already.
    ///
    /// # Errors
    /// What the log or a bad setting refuses.
    pub fn create_defaults(&self) -> Result<Durable<()>, Error> {
        self.change_with(|broker| {
            let is_new = broker.users.is_empty() && broker.vhosts.read().is_empty();
            if is_new { broker.defaults() } else { Ok(Vec::new()) }
        })
    }

    /// The changes that give a new node its first virtual host and user.
    fn defaults(&self) -> Result<Vec<Change>, Error> {
        let settings = &self.settings;
        let definition = VHostDefinition {
            name: settings.default_vhost.clone(),
            description: "Default virtual host".into(),
            ..VHostDefinition::default()
        };
        let user = User::with_password(
            &settings.default_user,
            settings.default_password.as_bytes(),
            self.salt(),
            settings.default_tags.clone(),
        );
        let [configure, write, read] = settings.default_permissions.clone();
        let permission = PermissionEntry {
            user: settings.default_user.clone(),
            vhost: settings.default_vhost.clone(),
            configure,
            write,
            read,
        };
        let mut changes =
            vec![Change::PutVhost(definition), Change::PutUser(user), Change::PutPermission(permission)];
        // The first user is who he is, whatever users of that name are to be.
        changes.extend(self.vhost_defaults(&settings.default_vhost, |user| user == settings.default_user)?);
        Ok(changes)
    }

    /// Gives all queues and exchanges the policies that apply to them, once they are back after a start.
    pub(crate) fn refresh_policies(&self) {
        let mut effects = Effects::new(self.shared.log_handle.clone());
        self.vhosts().iter().for_each(|vhost| vhost.refresh_policies(&mut effects));
        effects.finish();
    }

    /// Forgets everything and starts anew with the default virtual host and user.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` while the broker serves clients; what the log refuses.
    pub fn reset(&self) -> Result<Durable<()>, Error> {
        if self.is_running() {
            return Err(Error::PreconditionFailed("the app must be stopped before the node is reset".into()));
        }
        self.change_with(|broker| {
            let mut changes = broker.defaults()?;
            changes.insert(0, Change::Reset);
            Ok(changes)
        })
    }
}
