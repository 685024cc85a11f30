//! How much memory the program has taken.

/// The most that this process has had in memory so far, bytes; where the system does not say so (it is Linux that does),
/// nothing. What lies on a GPU is not in it.
pub(in crate::cli) fn peak() -> Option<u64> {
    of_status(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn of_status(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
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
        assert!(!cfg!(target_os = "linux") || peak().is_some_and(|bytes| bytes > 1 << 20));
    }
}
