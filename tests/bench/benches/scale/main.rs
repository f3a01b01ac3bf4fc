//! `make bench-scale`: the cost of a store of two million meetings and three sinks with a backlog to pages, passes, shutdown and retention.
//!
//! `COLLECTOR_BENCH_MEETINGS` sets the number of meetings (2,000,000), in 1,000 rooms over two years; `COLLECTOR_BENCH_PROGRAM` names
//! another program, such as an earlier version. The sinks are webhooks at a closed port.

#![allow(clippy::print_stdout)] // Its figures are its output.

mod looks;
mod stored;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::{Service, Source, Workplace};
use graph_sim::{Event, Simulator, generate_dense};

use self::looks::Looks;

const MEETINGS: i64 = 2_000_000;
const ROOMS: usize = 1_000;
/// Meetings of each room in the window of a pass.
const BOOKED: usize = 20;
/// Rooms that get a meeting before each measured pass.
const CHANGED: usize = 100;
const PASSES: usize = 7;
const LOOKS: usize = 100;
const SINKS: [&str; 3] = ["first", "second", "third"];
const PAGES: [&str; 8] = [
    "/metrics",
    "/readyz",
    "/",
    "/rooms",
    "/timeline",
    "/sinks",
    "/connectors",
    "/sources/contoso",
];
/// So seldom that no pass interferes.
const SELDOM: &str = "1h";
/// So often that one pass follows the other.
const OFTEN: &str = "200ms";

fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and only checks that this builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let meetings = match std::env::var("COLLECTOR_BENCH_MEETINGS") {
        Ok(text) => text.parse().context("COLLECTOR_BENCH_MEETINGS")?,
        Err(_) => MEETINGS,
    };
    let mut scale = Scale::new(meetings)?;
    scale.pages_and_passes()?;
    scale.sinks_come_and_go()?;
    scale.purge()?;
    scale.retention()
}

/// A tenant, and a workplace with a large store.
struct Scale {
    simulator: Simulator,
    workplace: Workplace,
    configuration: Configuration,
    booked: i64,
}

/// The configuration for a part of the measurement.
struct Configuration {
    every: &'static str,
    keep: Option<&'static str>,
    sinks: Vec<&'static str>,
    file: bool,
}

impl Scale {
    fn new(meetings: i64) -> anyhow::Result<Self> {
        let now = e2e::now();
        let simulator = Simulator::start(generate_dense(
            1,
            ROOMS,
            0,
            BOOKED,
            now - chrono::Duration::hours(20),
            now + chrono::Duration::days(13),
        ))?;
        simulator.record_nothing();
        let workplace = Workplace::of_program(program()?, "", &["o365"])?;
        workplace.write_private("hook", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")?;
        let scale = Self {
            simulator,
            workplace,
            configuration: Configuration {
                every: SELDOM,
                keep: None,
                sinks: SINKS.to_vec(),
                file: false,
            },
            booked: 0,
        };
        scale.configure()?;
        let ended = scale.workplace.run(&["run-once", "--format", "jsonl"])?;
        ensure!(ended.code == 0, "{}", ended.stderr);
        let data = scale.workplace.path().join("data");
        let begun = Instant::now();
        stored::fill(&data, meetings, SINKS)?;
        println!(
            "{} meetings in {ROOMS} rooms, {} changes in the outbox for each of {} sinks; {:.0} MiB, made in {:.0} s",
            stored::count(&data)?,
            stored::CHANGES,
            SINKS.len(),
            std::fs::metadata(data.join("collector.sqlite3"))?.len() as f64 / f64::from(1 << 20),
            begun.elapsed().as_secs_f64()
        );
        Ok(scale)
    }

    /// Writes the current configuration.
    fn configure(&self) -> anyhow::Result<()> {
        let Configuration {
            every,
            keep,
            sinks,
            file,
        } = &self.configuration;
        let mut text = String::new();
        if let Some(keep) = keep {
            text.push_str(&format!("[collector]\nkeep = \"{keep}\"\n"));
        }
        text.push_str("[service]\nlisten = \"127.0.0.1:0\"\n[portal]\nlisten = \"127.0.0.1:0\"\n");
        text.push_str(
            &Source::contoso(&self.simulator)
                .line(&format!("every = \"{every}\""))
                .to_string(),
        );
        for sink in sinks {
            text.push_str(&format!(
                "[[sink]]\nname = \"{sink}\"\ntype = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\nsecret = {{ file = \"hook\" }}\n"
            ));
        }
        if *file {
            text.push_str("[[sink]]\nname = \"file\"\ntype = \"jsonl\"\npath = \"changes.jsonl\"\n");
        }
        self.workplace.configure(&text)
    }

    /// Changes the configuration of a running service, and returns the time until it is applied.
    fn reconfigure(
        &mut self,
        service: &mut Service,
        change: impl FnOnce(&mut Configuration),
    ) -> anyhow::Result<Duration> {
        const APPLIED: &str = "the configuration was applied";
        change(&mut self.configuration);
        let before = service.count(APPLIED);
        let begun = Instant::now();
        self.configure()?;
        service.wait_for(APPLIED, |service| (service.count(APPLIED) > before).then_some(()))?;
        Ok(begun.elapsed())
    }

    fn start(&self) -> anyhow::Result<Service> {
        let begun = Instant::now();
        let service = Service::start(&self.workplace)?;
        row("start until the service runs", &[begun.elapsed()]);
        Ok(service)
    }

    /// Runs passes one after the other, each with changes in some rooms, and returns their times.
    fn passes(&mut self, service: &mut Service, count: usize) -> anyhow::Result<Vec<Duration>> {
        let mut passes = Vec::new();
        // The first pass may have begun earlier, without changes.
        for pass in 0..=count {
            self.book()?;
            let before = times(service)?.len();
            service.wait_for("a pass", |service| {
                (service.passes("contoso") > before).then_some(())
            })?;
            if pass > 0 {
                passes.extend(times(service)?.get(before..).unwrap_or_default());
            }
        }
        Ok(passes)
    }

    /// Waits a moment, books meetings for the next pass if one has ended, and returns how many have.
    fn book_for_the_next(&mut self, service: &Service, seen: usize) -> anyhow::Result<usize> {
        std::thread::sleep(Duration::from_millis(20));
        let ended = service.passes("contoso");
        if ended > seen {
            self.book()?;
        }
        Ok(ended)
    }

    /// Adds a meeting to some rooms.
    fn book(&mut self) -> anyhow::Result<()> {
        self.booked += 1;
        let start = e2e::now() + chrono::Duration::minutes(1_440 + self.booked);
        self.simulator.update(|tenant| {
            for room in tenant.rooms_mut().iter_mut().take(CHANGED) {
                room.events_mut().push(Event::between(
                    "Booked",
                    start,
                    start + chrono::Duration::minutes(30),
                ));
            }
            Ok(())
        })?;
        Ok(())
    }

    fn pages_and_passes(&mut self) -> anyhow::Result<()> {
        let mut service = self.start()?;
        service.wait_for_passes("contoso", 1)?;
        let looks = Looks::at(&mut service, false)?;
        for page in PAGES {
            row(&format!("{page}, idle"), &looks.looks(page, LOOKS)?);
        }
        let mut status = Vec::new();
        for _ in 0..10 {
            let begun = Instant::now();
            let ended = self.workplace.run(&["status"])?;
            ensure!(ended.code == 0, "{}", ended.stderr);
            status.push(begun.elapsed());
        }
        row("collector status", &status);

        self.reconfigure(&mut service, |configuration| configuration.every = OFTEN)?;
        let alone = self.passes(&mut service, PASSES)?;
        row(&format!("a pass of {ROOMS} rooms, alone"), &alone);
        for paths in [
            &["/metrics"] as &[&str],
            &["/metrics", "/"],
            &["/metrics", "/timeline"],
        ] {
            let looking = looks.keep_looking(paths);
            let beside = self.passes(&mut service, PASSES)?;
            let what = paths.join(" and ");
            row(&format!("a pass beside {what}, ten times a second"), &beside);
            row(&format!("{what} beside passes"), &looking.end()?);
            ratio("such a pass / a pass alone", &beside, &alone);
        }
        self.reconfigure(&mut service, |configuration| configuration.every = SELDOM)?;
        stop(service, "SIGTERM to the end, idle")
    }

    fn sinks_come_and_go(&mut self) -> anyhow::Result<()> {
        let mut service = self.start()?;
        service.wait_for_passes("contoso", 1)?;
        let looks = Looks::at(&mut service, true)?;
        let same = self.reconfigure(&mut service, |configuration| configuration.every = "2h")?;
        row("a change of the configuration without sinks", &[same]);
        let added = self.reconfigure(&mut service, |configuration| configuration.file = true)?;
        row("a new sink, until it is applied", &[added]);
        let alone = rate(&looks)?;
        let looking = looks.keep_looking(&["/metrics", "/"]);
        let beside = rate(&looks)?;
        row("/metrics and / beside the filling of a new sink", &looking.end()?);
        println!("changes a second to a new file: {alone:.0} alone, {beside:.0} beside /metrics and /");
        let removed = self.reconfigure(&mut service, |configuration| {
            configuration.file = false;
            configuration.sinks.pop();
        })?;
        row(
            "two sinks with a backlog removed, until it is applied",
            &[removed],
        );
        stop(service, "SIGTERM to the end, idle again")
    }

    fn purge(&mut self) -> anyhow::Result<()> {
        self.configuration.every = OFTEN;
        self.configure()?;
        let mut service = self.start()?;
        let looks = Looks::at(&mut service, true)?;
        row("a pass before a purge", &self.passes(&mut service, PASSES)?);
        let before = times(&service)?.len();
        let looking = looks.keep_looking(&["/metrics", "/"]);
        let begun = Instant::now();
        let mut purge = self
            .workplace
            .command(&["purge", "contoso", "--subjects", "--yes"])
            .spawn()?;
        let mut seen = before;
        while purge.try_wait()?.is_none() {
            seen = self.book_for_the_next(&service, seen)?;
        }
        row("collector purge --subjects", &[begun.elapsed()]);
        ensure!(purge.wait()?.success(), "the purge failed");
        row("/metrics and / beside a purge", &looking.end()?);
        // Includes the pass during which it ended.
        let seen = times(&service)?.len();
        service.wait_for("a pass", |service| {
            (service.passes("contoso") > seen).then_some(())
        })?;
        row(
            "passes beside a purge",
            times(&service)?.get(before..).unwrap_or_default(),
        );

        let mut purge = self
            .workplace
            .command(&["purge", "contoso", "--subjects", "--yes"])
            .spawn()?;
        // In the middle of it.
        std::thread::sleep(Duration::from_secs(3));
        stop(service, "SIGTERM to the end, during a purge")?;
        ensure!(purge.wait()?.success(), "the purge failed");
        Ok(())
    }

    fn retention(&mut self) -> anyhow::Result<()> {
        const FORGOT: &str = "deleted meetings";
        let data = self.workplace.path().join("data");
        self.configuration.keep = Some("365d");
        self.configure()?;
        let before = stored::count(&data)?;
        let service = self.start()?;
        std::thread::sleep(Duration::from_secs(2));
        stop(service, "SIGTERM to the end, during retention")?;
        let mut service = self.start()?;
        let looks = Looks::at(&mut service, true)?;
        let looking = looks.keep_looking(&["/metrics", "/"]);
        let begun = Instant::now();
        let mut seen = 0;
        while service.count(FORGOT) == 0 {
            seen = self.book_for_the_next(&service, seen)?;
            ensure!(begun.elapsed() < Duration::from_secs(600), "{}", service.said());
        }
        row("retention, from the start to its end", &[begun.elapsed()]);
        row("/metrics and / beside retention", &looking.end()?);
        row("passes beside retention", &times(&service)?);
        stop(service, "SIGTERM to the end, idle with a smaller store")?;
        println!(
            "{before} meetings before retention, {} after it",
            stored::count(&data)?
        );
        Ok(())
    }
}

/// Stops a service, and returns the time that takes.
fn stop(service: Service, what: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    let (status, said) = service.stop()?;
    row(what, &[begun.elapsed()]);
    if !status.success() {
        println!(
            "it ended with {status}: {}",
            said.lines().last().unwrap_or_default()
        );
    }
    Ok(())
}

fn program() -> anyhow::Result<PathBuf> {
    if let Some(program) = std::env::var_os("COLLECTOR_BENCH_PROGRAM") {
        return Ok(std::path::absolute(program)?);
    }
    Ok(e2e::program()?.to_owned())
}

/// The times of the passes that ended so far.
fn times(service: &Service) -> anyhow::Result<Vec<Duration>> {
    service
        .said()
        .lines()
        .filter(|line| line.contains("the pass "))
        .map(|line| {
            let (_, seconds) = line.split_once("seconds=").with_context(|| line.to_owned())?;
            let seconds = seconds.split_whitespace().next().unwrap_or_default();
            Ok(Duration::from_secs_f64(seconds.parse()?))
        })
        .collect()
}

/// The changes a second that the sink `file` takes.
fn rate(looks: &Looks) -> anyhow::Result<f64> {
    const SECONDS: u64 = 5;
    let taken = || looks.figure("collector_sink_delivered_changes_total{sink=\"file\"}");
    let (begun, before) = (Instant::now(), taken()?);
    std::thread::sleep(Duration::from_secs(SECONDS));
    Ok((taken()? - before) / begun.elapsed().as_secs_f64())
}

/// Prints the number of times, their median, 95th percentile and maximum.
fn row(what: &str, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| {
        let time = sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1)));
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
    };
    println!(
        "{what:56} {:5} {:10.1} {:10.1} {:10.1} ms",
        sorted.len(),
        at(50),
        at(95),
        at(100)
    );
}

fn ratio(what: &str, times: &[Duration], usual: &[Duration]) {
    let median = |times: &[Duration]| {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        sorted
            .get(sorted.len() / 2)
            .map_or(f64::NAN, Duration::as_secs_f64)
    };
    println!("{what:56}       {:10.2}", median(times) / median(usual));
}
