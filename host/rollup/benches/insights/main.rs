//! `make bench-insights`: what figures cost a large company, with a store of 5,000 rooms, two years, 20 million bookings and 30 million records
//! of devices: the first fill, a new day, reports, and other pages of the API.
//!
//! The store is generated once, by a seed, and kept in the target directory; each run computes the same. `COLLECTOR_BENCH_ROOMS` (5,000),
//! `COLLECTOR_BENCH_DAYS` (731) and `COLLECTOR_BENCH_SEED` (1) say what is generated, `COLLECTOR_BENCH_DATA` where it is kept. Two hundred rooms
//! take a minute. Names of phases measure only these: `cargo bench -p collector-rollup --bench insights -- fill reports`.
//! `COLLECTOR_BENCH_QUESTIONS` asks only the questions whose names contain it, such as `by date, two years`.

#![allow(clippy::print_stdout)] // Its figures are its output.

mod calendar;
mod days;
mod devices;
mod filled;
mod life;
mod measured;
mod newest;
mod pages;
mod passes;
mod phases;
mod portfolio;
mod questions;
mod rows;
mod same;
mod size;
mod words;

use std::process::Command;

use anyhow::ensure;

use crate::phases::Phase;
use crate::size::Size;

/// The argument that makes this program do the one phase that follows, in its own process.
const ONLY: &str = "--only";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let phase = |argument: &String| Phase::ALL.into_iter().find(|phase| phase.name() == argument);
    let mut named: Vec<Phase> = arguments.iter().filter_map(phase).collect();
    if arguments.first().is_some_and(|first| first == ONLY) {
        let size = Size::from_environment()?;
        let places = portfolio::places(&size);
        // A run that was stopped may have left it on another day.
        newest::take_back(&size, &places)?;
        return named.iter().try_for_each(|phase| phase.run(&size, &places));
    }
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and only checks that this builds.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    if named.is_empty() {
        named = Phase::ALL.to_vec();
    }
    for phase in named {
        let ended = Command::new(std::env::current_exe()?)
            .args([ONLY, phase.name()])
            .status()?;
        ensure!(ended.success(), "{}: {ended}", phase.name());
    }
    Ok(())
}
