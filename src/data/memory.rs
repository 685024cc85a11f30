//! How much memory the program has taken, and how much there is left for it. Linux says so; elsewhere nothing is known.

use std::fs::read_to_string;
use std::path::Path;

/// The most that this process has had in memory so far, bytes. What lies on a GPU is not in it.
pub fn peak() -> Option<u64> {
    of_status(&read_to_string("/proc/self/status").ok()?)
}

/// What the machine has left, bytes, caches that it can give up included: no more than the limits of the control groups that
/// this process is in leave.
pub fn left() -> Option<u64> {
    left_below(Path::new("/"))
}

/// Bytes in words: “310 MiB”, “1.3 GiB”.
pub fn in_words(bytes: u64) -> String {
    const GIB: f64 = (1u64 << 30) as f64;
    match bytes as f64 / GIB {
        few if few < 0.995 => format!("{} MiB", bytes.div_ceil(1 << 20)),
        some if some < 99.95 => format!("{some:.1} GiB"),
        many => format!("{many:.0} GiB"),
    }
}

/// The same on a machine whose files begin at `root`.
fn left_below(root: &Path) -> Option<u64> {
    let of_machine = kibibytes(&read_to_string(root.join("proc/meminfo")).ok()?, "MemAvailable:")?;
    let groups = read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let of_groups = groups.lines().flat_map(|line| left_in_group(root, line));
    Some(of_groups.fold(of_machine, u64::min))
}

/// What the group of a line of `/proc/self/cgroup` and those around it leave, where they have a limit.
fn left_in_group(root: &Path, line: &str) -> Vec<u64> {
    // “0::/path” of all controllers together (version 2), or “7:memory:/path” of this one (version 1).
    let [limit, used, reclaimable, mount] = match line.split(':').nth(1) {
        Some("") => ["memory.max", "memory.current", "inactive_file ", "sys/fs/cgroup"],
        Some(names) if names.split(',').any(|name| name == "memory") => {
            ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ", "sys/fs/cgroup/memory"]
        }
        _ => return Vec::new(),
    };
    let number = |place: &Path| -> Option<u64> { read_to_string(place).ok()?.trim().parse().ok() };
    let own = Path::new(line.splitn(3, ':').nth(2).unwrap_or_default().trim_start_matches('/'));
    let of_group = |group: &Path| {
        let folder = root.join(mount).join(group);
        // “max” is no number, and no limit.
        let (limit, used) = (number(&folder.join(limit))?, number(&folder.join(used))?);
        let stat = read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let caches = stat.lines().find_map(|line| line.strip_prefix(reclaimable)?.trim().parse().ok());
        Some(limit.saturating_sub(used.saturating_sub(caches.unwrap_or(0))))
    };
    own.ancestors().filter_map(of_group).collect()
}

fn of_status(text: &str) -> Option<u64> {
    kibibytes(text, "VmHWM:")
}

/// The bytes that a line of `name` says.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read() {
        assert_eq!(of_status("VmPeak:\t 99 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 7 kB\n"), Some(2048 * 1024));
        assert_eq!(of_status("VmPeak:\t 99 kB\n"), None);
        let linux = cfg!(target_os = "linux");
        assert!(!linux || (peak().is_some_and(|bytes| bytes > 1 << 20) && left().is_some()));
    }

    #[test]
    fn what_is_left_is_that_of_the_tightest_group() {
        let home = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let file = home.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        };
        let left = || left_below(home.path());
        assert_eq!(left(), None);
        write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:   5000 kB\n");
        assert_eq!(left(), Some(5000 * 1024));
        // Version 2: the group has no limit, the one around it has, and caches can go.
        write("proc/self/cgroup", "0::/desk/shell\n");
        write("sys/fs/cgroup/desk/shell/memory.max", "max\n");
        write("sys/fs/cgroup/desk/shell/memory.current", "70\n");
        write("sys/fs/cgroup/desk/memory.max", "1000000\n");
        write("sys/fs/cgroup/desk/memory.current", "400000\n");
        assert_eq!(left(), Some(600_000));
        write("sys/fs/cgroup/desk/memory.stat", "anon 300000\ninactive_file 100000\n");
        assert_eq!(left(), Some(700_000));
        // Version 1, which says that there is no limit with a number that no machine has.
        write("proc/self/cgroup", "7:cpu,memory:/desk\n2:pids:/\n");
        write("sys/fs/cgroup/memory/desk/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/desk/memory.usage_in_bytes", "10\n");
        assert_eq!(left(), Some(5000 * 1024));
        write("sys/fs/cgroup/memory/desk/memory.limit_in_bytes", "9\n");
        assert_eq!(left(), Some(0));
    }

    #[test]
    fn bytes_are_said_in_units_that_one_can_think_of() {
        for (bytes, words) in [
            (0, "0 MiB"),
            (1, "1 MiB"),
            (310 << 20, "310 MiB"),
            (1 << 30, "1.0 GiB"),
            (1_395_864_371, "1.3 GiB"),
            (200 << 30, "200 GiB"),
        ] {
            assert_eq!(in_words(bytes), words);
        }
    }
}
