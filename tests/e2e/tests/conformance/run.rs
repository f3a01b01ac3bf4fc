//! Runs the cases as tests with names, and keeps what became of each for the table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::case::{Area, Check};
use crate::client::{Client, Verdict};
use crate::table::{self, Row, Section};

/// What became of each case, by area and case.
type Verdicts = Arc<Mutex<Vec<Vec<Option<Vec<Verdict>>>>>>;

/// Runs what the arguments ask for. With `CONFORMANCE_TABLE` the other clients are asked as well, and the table is written.
/// Ends the process: with 1 when the collector failed in a case, whatever became of the others.
pub(crate) fn run(areas: Vec<Area>) {
    let mut arguments = Arguments::from_args();
    // Many a case is mostly waiting.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(5 * cores);
    let table = std::env::var("CONFORMANCE_TABLE")
        .ok()
        .filter(|_| !arguments.list);
    let clients: Arc<Vec<Client>> = Arc::new(match table {
        Some(_) => Client::all().unwrap(),
        None => Vec::new(),
    });
    let verdicts: Verdicts = Arc::default();
    let mut sections = Vec::new();
    let mut trials = Vec::new();
    for (area, Area { title, cases }) in areas.into_iter().enumerate() {
        let mut rows = Vec::new();
        let mut blank = Vec::new();
        for (place, case) in cases.into_iter().enumerate() {
            rows.push((case.name.clone(), case.recorded));
            blank.push(None);
            let (clients, verdicts) = (Arc::clone(&clients), Arc::clone(&verdicts));
            let keep = move |found| {
                verdicts.lock().unwrap_or_else(PoisonError::into_inner)[area][place] = Some(found);
            };
            let name = format!("{}: {}", title.to_lowercase(), case.name);
            trials.push(Trial::test(name, move || tried(case.check, &clients, keep)));
        }
        sections.push((title, rows));
        verdicts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(blank);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(file) = table {
        let sections = sections_of(sections, &verdicts);
        let names: Vec<&str> = clients.iter().map(|client| client.name.as_str()).collect();
        // Cargo runs tests in the directory of their package.
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
        match sections {
            Some(sections) => table::write(&file, &names, &sections).unwrap(),
            None => println!("some cases were not run: {} stays as it was", file.display()),
        }
    }
    conclusion.exit()
}

/// Tries a case with the collector, and a scenario with the other clients.
fn tried(check: Check, clients: &[Client], keep: impl FnOnce(Vec<Verdict>)) -> Result<(), Failed> {
    let (own, others) = match check {
        Check::Own(check) => (caught(check), vec![Verdict::NotAsked(None); clients.len()]),
        Check::Reading(scenario) => {
            let own = caught(|| scenario().check());
            let read = |client: &Client| {
                client
                    .read(&scenario())
                    .unwrap_or_else(|error| Verdict::Fail(format!("{error:#}")))
            };
            (own, clients.iter().map(read).collect())
        }
    };
    let mut found = vec![match own {
        Ok(()) => Verdict::Pass,
        Err(_) => Verdict::Fail("fail".to_owned()),
    }];
    found.extend(others);
    keep(found);
    own
}

/// The message of a panic as an error.
fn caught(check: impl FnOnce()) -> Result<(), Failed> {
    catch_unwind(AssertUnwindSafe(check)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Failed::from(text.unwrap_or_else(|| "it panicked".to_owned()))
    })
}

/// The tables; none when a case was not run.
fn sections_of(
    sections: Vec<(&'static str, Vec<(String, &'static str)>)>,
    verdicts: &Verdicts,
) -> Option<Vec<Section>> {
    let mut verdicts = verdicts.lock().unwrap_or_else(PoisonError::into_inner);
    sections
        .into_iter()
        .zip(verdicts.drain(..))
        .map(|((title, rows), verdicts)| {
            let rows = rows.into_iter().zip(verdicts);
            let rows: Option<Vec<Row>> = rows
                .map(|((case, recorded), verdicts)| {
                    Some(Row {
                        case,
                        recorded,
                        verdicts: verdicts?,
                    })
                })
                .collect();
            Some(Section { title, rows: rows? })
        })
        .collect()
}
