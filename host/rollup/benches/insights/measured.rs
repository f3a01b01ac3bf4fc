//! What work takes: time, processor time and memory, and how that is printed.

use std::path::Path;
use std::time::{Duration, Instant};

/// Ticks of the processor times that the kernel tells, a second.
const TICKS: f64 = 100.0;

/// Work that has begun.
pub(crate) struct Work {
    begun: Instant,
    processor: f64,
    read: u64,
}

impl Work {
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            processor: processor(),
            read: read(),
        }
    }

    /// Seconds since it began.
    pub(crate) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Seconds of processors that this process spent since.
    pub(crate) fn processor(&self) -> f64 {
        processor() - self.processor
    }

    /// MiB that the kernel fetched from the disk for this process since.
    pub(crate) fn read(&self) -> f64 {
        mebibytes(read().saturating_sub(self.read))
    }
}

/// Prints a figure with what it should be.
pub(crate) fn row(what: &str, figure: &str, aim: &str) {
    let aim = if aim.is_empty() {
        String::new()
    } else {
        format!("   aim: {aim}")
    };
    println!("{what:64} {figure:>14}{aim}");
}

/// Prints the most memory that this process has had.
pub(crate) fn peak(what: &str) {
    row(
        &format!("{what}, peak memory"),
        &format!("{:.0} MiB", peak_memory()),
        "under 200 MB",
    );
}

/// The size of a file with those that SQLite keeps beside it, in MiB.
pub(crate) fn file_size(file: &Path) -> f64 {
    let sizes = ["", "-wal"].map(|ending| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        std::fs::metadata(name).map_or(0, |file| file.len())
    });
    mebibytes(sizes.iter().sum())
}

/// The time below which such a share of all lies, in percent.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or_default()
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

fn mebibytes(bytes: u64) -> f64 {
    let kibibytes = u32::try_from(bytes / 1_024).unwrap_or(u32::MAX);
    f64::from(kibibytes) / 1_024.0
}

/// Seconds of processors that this process has spent; 0 where the kernel does not tell it as Linux does.
fn processor() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may have blanks in it.
    let fields = told.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u32 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    f64::from(ticks) / TICKS
}

/// Bytes that the kernel fetched from the disk for this process; 0 where it does not tell them as Linux does.
fn read() -> u64 {
    let told = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("read_bytes:"));
    line.and_then(|line| line.trim().parse().ok()).unwrap_or_default()
}

/// The most memory that this process has had, in MiB.
fn peak_memory() -> f64 {
    let told = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u32>().ok());
    f64::from(kibibytes.unwrap_or_default()) / 1_024.0
}
