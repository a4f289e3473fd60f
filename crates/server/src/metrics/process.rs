//! What the node takes from its machine: memory, open files, disk. Read when somebody asks.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

/// Bytes of memory that are resident, or `None` where the system does not tell (proc(5), `VmRSS`).
pub fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Gives memory back to the system that the allocator has kept for later (malloc_trim(3)).
pub fn release_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes nothing but a number, and may be called by any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Bytes of memory that the machine has, or that the process's control group allows if that is less (cgroup v2,
/// `memory.max`).
pub fn total_memory_bytes() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let machine = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)?;
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|max| max.trim().parse().ok());
    Some(group.map_or(machine, |group: u64| group.min(machine)))
}

/// Whether a control group limits the process's share of the processors (cgroup v2, `cpu.max`).
pub fn has_cpu_quota() -> bool {
    fs::read_to_string("/proc/self/cgroup")
        .is_ok_and(|groups| limits_cpu(&groups, Path::new("/sys/fs/cgroup")))
}

/// Whether one of the groups that a process is in has a quota, or one that contains it. `groups` is as in cgroups(7),
/// `/proc/pid/cgroup`.
fn limits_cpu(groups: &str, root: &Path) -> bool {
    let Some(group) = groups.lines().find_map(|line| line.strip_prefix("0::/")) else { return false };
    let has_quota = |group: &Path| {
        let max = fs::read_to_string(root.join(group).join("cpu.max"));
        max.is_ok_and(|max| !max.starts_with("max"))
    };
    Path::new(group).ancestors().any(has_quota)
}

/// Open file descriptors, sockets included.
pub fn open_files() -> Option<u64> {
    let listed = fs::read_dir("/proc/self/fd").or_else(|_| fs::read_dir("/dev/fd")).ok()?;
    // One of them is the directory that is being read.
    u64::try_from(listed.count().saturating_sub(1)).ok()
}

/// How many file descriptors may be open.
pub fn open_files_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Bytes that are free for this user on the disk of `path`.
pub fn free_disk_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// Processors that this process may use.
pub fn processors() -> u64 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u64)
}

/// The operating system and its release.
pub fn system() -> String {
    let system = rustix::system::uname();
    format!("{} {}", system.sysname().to_string_lossy(), system.release().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_of_any_group_around_counts() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("slice/service")).unwrap();
        let max = |group: &str, text: &str| fs::write(root.path().join(group).join("cpu.max"), text).unwrap();
        let limits = |groups: &str| limits_cpu(groups, root.path());
        assert!(!limits("0::/slice/service\n"), "no file");
        max("slice", "max 100000\n");
        max("slice/service", "max 100000\n");
        assert!(!limits("1:cpu:/\n0::/slice/service\n"));
        max("slice/service", "50000 100000\n");
        assert!(limits("1:cpu:/\n0::/slice/service\n") && !limits("0::/slice\n") && !limits("1:cpu:/\n"));
        max("", "150000 100000\n");
        assert!(limits("0::/\n") && limits("0::/slice\n"));
    }

    #[test]
    fn a_process_has_memory_files_and_a_disk() {
        assert!(resident_bytes().unwrap() > 100_000);
        let before = open_files().unwrap();
        assert!((3..=open_files_limit()).contains(&before));
        assert!(free_disk_bytes(Path::new("/")).is_some());
        assert_eq!(free_disk_bytes(Path::new("/nowhere/at/all")), None);
        assert!(processors() > 0 && system().contains(' '));
    }
}
