//! How much is generated, from which seed, up to which moment, and where it is kept between runs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3_600;
/// Seconds of a day.
pub(crate) const DAY: i64 = 24 * HOUR;
/// The moment of all questions, in UTC seconds: 2026-11-17T04:00:00Z, a Tuesday. Monday is over in Europe, and not yet on the west coast of
/// America. It is fixed, so that each run computes the same.
pub(crate) const NOW: i64 = 1_794_888_000;
/// How far passes look back and ahead, in seconds: the collector's defaults.
pub(crate) const BACK: i64 = DAY;
pub(crate) const AHEAD: i64 = 14 * DAY;

/// Where stores are kept, unless `COLLECTOR_BENCH_DATA` names another directory.
const DATA: &str = "bench-insights";

/// What decides about every generated row.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) seed: u64,
    pub(crate) rooms: usize,
    /// Days before [`NOW`] that are known.
    pub(crate) days: i64,
}

impl Size {
    /// As the environment says.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        Ok(Self {
            seed: number("COLLECTOR_BENCH_SEED", 1)?,
            rooms: number("COLLECTOR_BENCH_ROOMS", 5_000)?,
            days: number("COLLECTOR_BENCH_DAYS", 731)?,
        })
    }

    /// The moment of the first pass, in UTC seconds.
    pub(crate) fn begin(&self) -> i64 {
        NOW - self.days * DAY
    }

    /// The data directory of this store.
    pub(crate) fn directory(&self) -> PathBuf {
        let parent = match std::env::var_os("COLLECTOR_BENCH_DATA") {
            Some(named) => PathBuf::from(named),
            None => target().join(DATA),
        };
        parent.join(format!(
            "seed-{}-rooms-{}-days-{}",
            self.seed, self.rooms, self.days
        ))
    }

    /// A generator for one thing, the same in each run.
    pub(crate) fn random(&self, room: usize, thing: u64) -> fastrand::Rng {
        let room = u64::try_from(room).unwrap_or_default();
        // Neighbouring seeds give similar first numbers, so they are spread.
        let mut spread = fastrand::Rng::with_seed(self.seed ^ room.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        fastrand::Rng::with_seed(spread.u64(..) ^ thing.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }
}

/// The target directory: Cargo runs benchmarks in the directory of their crate, so it is found from the executable.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    // target/release/deps/insights-0123456789abcdef
    program
        .ancestors()
        .nth(3)
        .map_or_else(|| PathBuf::from("target"), Path::to_owned)
}

fn number<T: std::str::FromStr>(name: &str, default: T) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| name.to_owned()),
        Err(_) => Ok(default),
    }
}
