//! Worker threads that wait awake for a moment before they sleep: see [`AdaptiveWait`].
//!
//! One does at a time, and only while all others sleep: to the runtime a worker that waits here looks like one that is about to take up
//! the next task, and it wakes no other. What would wake it otherwise is what it looks at: the sockets' readiness, and tasks that
//! threads outside of the runtime have readied.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::net::UnixDatagram;
use tokio::runtime::RuntimeMetrics;
use tracing::debug;
use warren_broker::log::LogHandle;
use warren_store::{AdaptiveWait, Outlook};

use crate::metrics::process;

/// See the module's description.
pub struct BusyWait {
    workers: usize,
    /// Workers that sleep or are about to.
    resting: AtomicUsize,
    /// The worker that sleeps on the sockets' readiness; the others sleep until they are told.
    watcher: AtomicUsize,
    adaptive_wait: Mutex<AdaptiveWait>,
    wakers: OnceLock<Wakers>,
}

/// What a worker is woken by.
struct Wakers {
    sockets: OwnedFd,
    runtime: RuntimeMetrics,
    log_handle: LogHandle,
}

const NOBODY: usize = 0;
/// How long threads wait awake where nobody says otherwise.
const USUAL: Duration = Duration::from_micros(100);

/// How long threads wait awake: as the configuration says, else not at all where processor time is rationed.
pub fn longest(configured: Option<Duration>) -> Duration {
    configured.unwrap_or_else(|| if process::has_cpu_quota() { Duration::ZERO } else { USUAL })
}

thread_local! {
    static MARK: u8 = const { 0 };
}

/// A number that no other living thread has.
fn this_thread() -> usize {
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

impl BusyWait {
    /// For a runtime with so many workers, that calls [`Self::before_sleep`] and [`Self::after_sleep`] on them. They wait awake for
    /// `longest`.
    pub fn new(workers: usize, longest: Duration) -> Self {
        Self {
            workers,
            resting: AtomicUsize::new(0),
            watcher: AtomicUsize::new(NOBODY),
            adaptive_wait: Mutex::new(AdaptiveWait::new(longest)),
            wakers: OnceLock::new(),
        }
    }

    /// From now on workers wait awake. Call it from a task of their runtime.
    pub fn begin(&self, runtime: RuntimeMetrics, log_handle: LogHandle) {
        match epoll() {
            Ok(sockets) => {
                let _ = self.wakers.set(Wakers { sockets, runtime, log_handle });
            }
            Err(error) => debug!(%error, "no worker waits awake: what wakes them is not found"),
        }
    }

    /// A worker is about to sleep.
    pub fn before_sleep(&self) {
        self.resting.fetch_add(1, SeqCst);
        if let Some(wakers) = self.wakers.get()
            && self.is_last()
            && let Some(mut adaptive_wait) = self.adaptive_wait.try_lock()
        {
            adaptive_wait.wait(|| if self.is_last() { wakers.look() } else { Outlook::Ready });
        }
        let _ = self.watcher.compare_exchange(NOBODY, this_thread(), SeqCst, SeqCst);
    }

    /// A worker was woken.
    pub fn after_sleep(&self) {
        self.resting.fetch_sub(1, SeqCst);
        let _ = self.watcher.compare_exchange(this_thread(), NOBODY, SeqCst, SeqCst);
    }

    /// Whether all others sleep, and none of them on the sockets.
    fn is_last(&self) -> bool {
        self.resting.load(SeqCst) == self.workers && self.watcher.load(SeqCst) == NOBODY
    }
}

impl Wakers {
    fn look(&self) -> Outlook {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut polled = [PollFd::new(&self.sockets, PollFlags::IN)];
        let nothing = matches!(poll(&mut polled, Some(&now)), Ok(0));
        if !nothing || self.runtime.global_queue_depth() > 0 {
            return Outlook::Ready;
        }
        // Who waits for a commit goes on once it is made.
        if self.log_handle.store().is_some_and(|store| store.is_committing()) {
            Outlook::Soon
        } else {
            Outlook::Unknown
        }
    }
}

/// The epoll(7) instance of the runtime that calls. It can be polled itself, but the runtime does not tell it: it is the one that
/// watches a socket which was just made.
fn epoll() -> io::Result<OwnedFd> {
    let probe = UnixDatagram::unbound()?;
    let watches_probe = |name: &OsString| {
        let link = fs::read_link(Path::new("/proc/self/fd").join(name));
        link.is_ok_and(|target| target.as_os_str() == "anon_inode:[eventpoll]")
            && fs::read_to_string(Path::new("/proc/self/fdinfo").join(name))
                .is_ok_and(|info| watched(&info).any(|watched| watched == probe.as_raw_fd()))
    };
    let names = fs::read_dir("/proc/self/fd")?.flatten().map(|entry| entry.file_name());
    let found = names.filter(watches_probe).find_map(|name| name.to_str()?.parse::<RawFd>().ok());
    let raw = found.ok_or(io::ErrorKind::NotFound)?;
    // SAFETY: the runtime that calls here has it open.
    let sockets = unsafe { BorrowedFd::borrow_raw(raw) };
    Ok(rustix::io::fcntl_dupfd_cloexec(sockets, 0)?)
}

/// What an epoll instance watches (proc_pid_fdinfo(5), `tfd`).
fn watched(info: &str) -> impl Iterator<Item = RawFd> {
    info.lines().filter_map(|line| line.strip_prefix("tfd:")?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::runtime::{Builder, Handle, Runtime};

    use super::*;

    /// Longer than any test.
    const LONGEST: Duration = Duration::from_secs(120);

    fn runtime(busy_wait: &Arc<BusyWait>) -> Runtime {
        let (before, after, begun) = (Arc::clone(busy_wait), Arc::clone(busy_wait), Arc::clone(busy_wait));
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_park(move || before.before_sleep())
            .on_thread_unpark(move || after.after_sleep())
            .enable_all()
            .build()
            .unwrap();
        runtime
            .block_on(runtime.spawn(async move {
                begun.begin(Handle::current().metrics(), LogHandle::default());
                assert!(begun.wakers.get().is_some());
            }))
            .unwrap();
        runtime
    }

    #[test]
    fn epoll_tells_what_it_watches() {
        let info = "pos:\t0\nflags:\t02000002\ntfd:        4 events: 80000019 data:       0 pos:0 ino:1 sdev:9\n\
                    tfd:       16 events: 8000201d data: 7f00 pos:0 ino:2 sdev:8\ntfd: x\n";
        assert_eq!(watched(info).collect::<Vec<_>>(), [4, 16]);
    }

    /// A worker that did not see what it waits for would wait for two minutes.
    #[test]
    fn what_comes_ends_the_wait() {
        let began = Instant::now();
        // Not the one that is looked for.
        let _other = Builder::new_current_thread().enable_all().build().unwrap();
        let busy_wait = Arc::new(BusyWait::new(2, LONGEST));
        let runtime = runtime(&busy_wait);
        let work = runtime.spawn(async {
            for _ in 0..100 {
                let (sender, receiver) = tokio::sync::oneshot::channel();
                std::thread::spawn(move || sender.send(()));
                receiver.await.unwrap();
            }
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let echo = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (mut reading, mut writing) = stream.split();
                tokio::io::copy(&mut reading, &mut writing).await.unwrap();
            });
            let mut stream = TcpStream::connect(address).await.unwrap();
            for byte in 0..100 {
                stream.write_u8(byte).await.unwrap();
                assert_eq!(stream.read_u8().await.unwrap(), byte);
            }
            drop(stream);
            echo.await.unwrap();
        });
        runtime.block_on(work).unwrap();
        // As if a third one worked: nobody is the last who sleeps.
        busy_wait.resting.fetch_sub(1, SeqCst);
        drop(runtime);
        assert!(began.elapsed() < LONGEST / 2);
    }
}
