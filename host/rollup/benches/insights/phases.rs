//! What is measured, each in a process of its own, so that each has its own peak of memory.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use collector_rollup::{Rollups, Scope};
use collector_store::Store;

use crate::filled::FILE;
use crate::measured::{Work, file_size, milliseconds, peak, percentile, row};
use crate::portfolio::Place;
use crate::questions::{Asked, questions};
use crate::size::{DAY, NOW, Size};
use crate::{filled, newest, pages};

/// The file of figures.
const FIGURES: &str = "insights.sqlite3";
/// How often each question is asked, if that takes no longer than [`ENOUGH`] together.
const TIMES: usize = 5;
const ENOUGH: Duration = Duration::from_secs(2);
/// Questions are no longer asked after this, so that a slow version ends too.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// A phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The store is made, if it was not made before.
    Make,
    /// All rooms of all times are computed into an empty file.
    Fill,
    /// Questions are asked.
    Reports,
    /// Pages of the API are asked for that are no reports.
    Pages,
    /// A day passes, and what is new is computed.
    Day,
}

impl Phase {
    /// All, in the order in which they follow each other.
    pub(crate) const ALL: [Self; 5] = [Self::Make, Self::Fill, Self::Reports, Self::Pages, Self::Day];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Fill => "fill",
            Self::Reports => "reports",
            Self::Pages => "pages",
            Self::Day => "day",
        }
    }

    /// Does it, and prints what it took.
    pub(crate) fn run(self, size: &Size, places: &[Place]) -> anyhow::Result<()> {
        match self {
            Self::Make => make(size, places),
            Self::Fill => fill(size, places),
            Self::Reports => reports(size, places),
            Self::Pages => pages::measure(size, places),
            Self::Day => day(size, places),
        }
    }
}

fn make(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let work = Work::begin();
    let is_new = filled::make(size, places)?;
    let directory = size.directory();
    if is_new {
        row("making the store", &format!("{:.0} s", work.seconds()), "");
    }
    for (what, count) in filled::counts(&directory)? {
        row(&format!("the store has {what}"), &count.to_string(), "");
    }
    row(
        "its size",
        &format!("{:.0} MiB", file_size(&directory.join(FILE))),
        "",
    );
    Ok(())
}

fn fill(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let directory = size.directory();
    remove_figures(&directory)?;
    let mut store = Store::open(&directory)?;
    let scope = crate::portfolio::scope(size, places)?;
    let work = Work::begin();
    fold(&mut store, &directory, &scope, NOW)?;
    row("first fill", &format!("{:.1} s", work.seconds()), "under 300 s");
    row("first fill, processor", &format!("{:.1} s", work.processor()), "");
    peak("first fill");
    row(
        "insights.sqlite3",
        &format!("{:.0} MiB", file_size(&directory.join(FIGURES))),
        "under 3 GB",
    );
    Ok(())
}

/// Computes everything that is not up to date, and forgets what changed, as the service does.
fn fold(store: &mut Store, figures: &Path, scope: &Scope, now: i64) -> anyhow::Result<()> {
    let last = compute(store, figures, scope, now)?;
    store.forget_touched(last)?;
    Ok(())
}

/// Computes everything that is not up to date. Returns the number of the last change that is taken over.
fn compute(store: &Store, figures: &Path, scope: &Scope, now: i64) -> anyhow::Result<i64> {
    let all: Vec<usize> = (0..scope.rooms.len()).collect();
    let folded = Rollups::with(figures, |rollups| rollups.fold(store, scope, &all, now, &|| true))?;
    ensure!(folded.done == all.len(), "{} of {} rooms", folded.done, all.len());
    Ok(folded.last)
}

fn reports(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let directory = size.directory();
    let mut store = Store::open(&directory)?;
    let scope = crate::portfolio::scope(size, places)?;
    // Nothing of what follows is about what is not computed yet, or not read from the disk yet.
    fold(&mut store, &directory, &scope, NOW)?;
    std::io::copy(
        &mut std::fs::File::open(directory.join(FIGURES))?,
        &mut std::io::sink(),
    )?;
    let named = std::env::var("COLLECTOR_BENCH_QUESTIONS").unwrap_or_default();
    let (exports, pages): (Vec<Asked>, Vec<Asked>) = questions(places)
        .into_iter()
        .filter(|asked| asked.name.contains(&named))
        .partition(|asked| asked.is_export);
    let begun = Instant::now();
    let mut slowest: Vec<(Duration, usize, String)> = Vec::new();
    let mut times: Vec<Duration> = Vec::new();
    let all = pages.len();
    for (done, asked) in pages.into_iter().enumerate() {
        if done > 0 && done % 20 == 0 {
            println!(
                "  {done} of {all} questions after {:.0} s",
                begun.elapsed().as_secs_f64()
            );
        }
        if begun.elapsed() > LONGEST {
            row(
                "questions that were not asked, for lack of time",
                &(all - slowest.len()).to_string(),
                "0",
            );
            break;
        }
        let (mut own, groups) = ask(&store, &directory, &scope, &asked)?;
        own.sort_unstable();
        slowest.push((percentile(&own, 50), groups, asked.name));
        times.extend(own);
    }
    times.sort_unstable();
    row(
        &format!("{} questions, {} times", slowest.len(), times.len()),
        "",
        "",
    );
    for (what, percent, aim) in [
        ("report, median", 50, ""),
        ("report, 95th percentile", 95, "under 300 ms"),
        ("report, slowest", 100, ""),
    ] {
        row(what, &milliseconds(percentile(&times, percent)), aim);
    }
    slowest.sort_unstable_by(|one, other| other.cmp(one));
    for (time, groups, name) in slowest.into_iter().take(10) {
        row(&format!("  {name}, {groups} groups"), &milliseconds(time), "");
    }
    peak("reports");
    if begun.elapsed() < LONGEST {
        for asked in exports {
            let (own, groups) = ask(&store, &directory, &scope, &asked)?;
            let best = own.into_iter().min().unwrap_or_default();
            row(
                &format!("{}, {groups} groups", asked.name),
                &milliseconds(best),
                "",
            );
        }
        peak("the same");
    }
    Ok(())
}

/// Asks a question some times as a page does, each time with an opened file, and returns the times and the number of groups. The first time is
/// left out, unless that is already enough.
fn ask(
    store: &Store,
    figures: &Path,
    scope: &Scope,
    asked: &Asked,
) -> anyhow::Result<(Vec<Duration>, usize)> {
    let mut times: Vec<Duration> = Vec::new();
    let mut groups = 0;
    let begun = Instant::now();
    while times.len() <= TIMES {
        let this = Instant::now();
        let report = Rollups::with(figures, |rollups| {
            rollups.report(store, scope, &asked.question, NOW, &|| true)
        })?;
        groups = report.groups.len();
        serde_json::to_writer(std::io::sink(), &report)?;
        times.push(this.elapsed());
        if begun.elapsed() > ENOUGH {
            break;
        }
    }
    if times.len() > 1 {
        times.remove(0);
    }
    Ok((times, groups))
}

fn day(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let directory = size.directory();
    let scope = crate::portfolio::scope(size, places)?;
    // The kept file stays as it is: what is asked of it next is about the store before this day.
    let figures = directory.join("day");
    std::fs::create_dir_all(&figures)?;
    remove_figures(&figures)?;
    fold(&mut Store::open(&directory)?, &directory, &scope, NOW)?;
    let added = newest::pass_a_day(size, places)?;
    row(
        "a day passes",
        &format!("{} bookings, {} records", added.bookings, added.records),
        "",
    );
    let mut store = Store::open(&directory)?;
    for (what, aim) in [
        // After the copies, the kernel no longer has what a service would just have written.
        ("the new day, some of it on the disk", ""),
        ("the new day, files cached", "under 5 s"),
    ] {
        std::fs::copy(directory.join(FIGURES), figures.join(FIGURES))?;
        // Otherwise the first transaction that waits for the disk waits for the whole copy.
        std::fs::File::open(figures.join(FIGURES))?.sync_all()?;
        let work = Work::begin();
        compute(&store, &figures, &scope, NOW + DAY)?;
        row(what, &format!("{:.2} s", work.seconds()), aim);
        row("  processor", &format!("{:.2} s", work.processor()), "");
        row("  read from the disk", &format!("{:.0} MiB", work.read()), "");
        if aim.is_empty() {
            remove_figures(&figures)?;
        }
    }
    peak("the new day");
    let again = Work::begin();
    fold(&mut store, &figures, &scope, NOW + DAY)?;
    row(
        "the same when nothing is new",
        &format!("{:.2} s", again.seconds()),
        "",
    );
    drop(store);
    newest::take_back(size, places)?;
    remove_figures(&figures)
}

fn remove_figures(directory: &Path) -> anyhow::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        match std::fs::remove_file(directory.join(format!("{FIGURES}{ending}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
