//! Measures the service: how soon an updated connector serves, and the cost of a day with many sources.
//!
//! `make bench-service` runs both; `COLLECTOR_BENCH_PASSES` sets the passes of each source (a day of one every five minutes: 288), and
//! `COLLECTOR_BENCH_EVERY` the seconds between two of them: with 60 or more, what the collector does once a minute is in the figures as often as in a
//! day.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::time::{Duration, Instant};

use e2e::{Ledger, Service, Source, Workplace, marked};
use graph_sim::{Event, Simulator, generate};

const UPDATES: usize = 20;
const SOURCES: usize = 20;
const ROOMS: usize = 250;
const PASSES: usize = 288;
/// Seconds of the accelerated day that stand for five minutes.
const EVERY: u64 = 2;
const REST: &str = "[service]\nlisten = \"127.0.0.1:0\"\n[portal]\nlisten = \"off\"\n[[sink]]\nname = \"file\"\ntype = \"jsonl\"\npath = \"changes.jsonl\"\n";

fn main() {
    reload();
    day();
}

fn workplace(configuration: &str) -> Workplace {
    Workplace::new(configuration, &["o365"]).unwrap()
}

/// Measures the time from the new file to the serving version, and to the end of its first pass.
fn reload() {
    let simulator = Simulator::start(generate(1, 20, 0, e2e::now())).unwrap();
    let source = Source::contoso(&simulator).line("every = \"100ms\"");
    let workplace = workplace(&format!("{source}{REST}"));
    let original = std::fs::read(e2e::component("o365").unwrap()).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_passes("contoso", 3).unwrap();
    let (mut serves, mut passed) = (Vec::new(), Vec::new());
    for update in 1..=UPDATES {
        workplace
            .write("plugins/.new", marked(&original, &update.to_string()))
            .unwrap();
        let plugins = workplace.path().join("plugins");
        std::fs::rename(plugins.join(".new"), plugins.join("o365.wasm")).unwrap();
        let begun = Instant::now();
        let count = |what: &'static str, times: usize| {
            move |service: &Service| (service.count(what) >= times).then_some(())
        };
        service
            .wait_for("the update", count("activated", update))
            .unwrap();
        serves.push(begun.elapsed());
        // The end of its first pass proves a version; the initial version counts too.
        service
            .wait_for("its first pass", count("proved", update + 1))
            .unwrap();
        passed.push(begun.elapsed());
    }
    println!(
        "update of o365.wasm, file written to serving:          {}",
        spread(&mut serves)
    );
    println!(
        "update of o365.wasm, file written to first pass ended: {}",
        spread(&mut passed)
    );
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let ms = |time: Duration| time.as_millis();
    format!(
        "{} / {} / {} ms (min / median / max of {})",
        ms(times[0]),
        ms(times[times.len() / 2]),
        ms(times[times.len() - 1]),
        times.len()
    )
}

/// Collects twenty sources of 250 rooms as often as in a day, with a new meeting in each source between two passes.
fn day() {
    let passes = number("COLLECTOR_BENCH_PASSES", PASSES as u64) as usize;
    let every = Duration::from_secs(number("COLLECTOR_BENCH_EVERY", EVERY));
    let tenants: Vec<Simulator> = (0..SOURCES)
        .map(|number| {
            let tenant = Simulator::start(generate(number as u64, ROOMS, 0, e2e::now())).unwrap();
            tenant.record_nothing();
            tenant
        })
        .collect();
    let sources: String = tenants
        .iter()
        .enumerate()
        .map(|(number, tenant)| {
            Source::contoso(tenant)
                .named(&format!("tenant-{number:02}"))
                .line(&format!("every = \"{}s\"", every.as_secs()))
                .to_string()
        })
        .collect();
    let workplace = workplace(&format!("{sources}{REST}"));
    let mut service = Service::start(&workplace).unwrap();
    service
        .wait_for("the first passes", |service| {
            (service.count("the pass was complete") >= SOURCES).then_some(())
        })
        .unwrap();
    let stored = |name: &str| std::fs::metadata(workplace.path().join(name)).map_or(0, |file| file.len());
    let first = (
        stored("data/collector.sqlite3") + stored("data/collector.sqlite3-wal"),
        resident(service.id(), "VmRSS"),
        cpu(service.id()),
        service.count("the pass was complete"),
    );
    let begun = Instant::now();
    for pass in 0..passes {
        for tenant in &tenants {
            book(tenant, pass);
        }
        // Sets the pace of the day; the benchmark measures the cost of keeping it.
        std::thread::sleep((every * u32::try_from(pass + 1).unwrap()).saturating_sub(begun.elapsed()));
    }
    let ended = service.count("the pass was complete") - first.3;
    let seconds = cpu(service.id()) - first.2;
    let delivered = Ledger::read(&workplace.path().join("changes.jsonl"), true).unwrap();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{ended} passes of {ROOMS} rooms in {:.0} s ({} due), others than complete: {}",
        begun.elapsed().as_secs_f64(),
        passes * SOURCES,
        service.count("the pass was partial") + service.count("the pass failed"),
    );
    println!(
        "processor: {seconds:.1} s, {:.1} ms a pass, {:.2} % of one core over the day",
        seconds * 1_000.0 / ended as f64,
        seconds / 864.0 * (PASSES as f64 / passes as f64)
    );
    println!(
        "memory: {:.0} MiB after the first passes, {:.0} at the end, {:.0} at most",
        mib(first.1),
        mib(resident(service.id(), "VmRSS")),
        mib(resident(service.id(), "VmHWM"))
    );
    println!(
        "store: {:.1} MiB after the first passes, {:.1} at the end; {} meetings, {} changes delivered, {} repeated",
        mib(first.0),
        mib(stored("data/collector.sqlite3") + stored("data/collector.sqlite3-wal")),
        delivered.meetings.len(),
        delivered.changes,
        delivered.repeats
    );
    service.stop().unwrap();
}

/// A number of the environment.
fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// Adds a meeting to one room.
fn book(tenant: &Simulator, pass: usize) {
    let at = |minutes: usize| {
        (e2e::now() + chrono::Duration::minutes(1_440 + minutes as i64))
            .format("%Y-%m-%dT%H:%M:00Z")
            .to_string()
    };
    tenant
        .update(|tenant| {
            if let Some(room) = tenant.rooms_mut().get_mut(pass % ROOMS) {
                let event = Event::new(&format!("Booked {pass}"), &at(pass), &at(pass + 30));
                room.events_mut().push(event);
            }
            Ok(())
        })
        .unwrap();
}

/// Bytes from the kernel's status of a process.
fn resident(process: u32, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// Seconds of processor time of a process, user and system.
fn cpu(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let ticks: f64 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>().unwrap())
        .sum();
    // USER_HZ is 100 on every Linux target.
    ticks / 100.0
}
