//! The connector for the calls of Teams rooms against a simulated tenant with a generated company: its calls are stored as they took place,
//! later versions of a record repair earlier ones, and a missing permission says which.

use std::collections::BTreeSet;

use company::{Company, Plan};
use e2e::{Ended, Workplace};
use graph_sim::{App, CLIENT_ID, ROLES, Simulator, tenant_of};
use serde_json::Value;

/// A company whose last calls are over, with records that are complete, since more than a day.
fn company() -> Company {
    let plan = Plan {
        rooms: 6,
        first: chrono::Utc::now().timestamp() - 8 * 24 * 3_600,
        days: 6,
        ..Plan::default()
    };
    plan.company()
}

fn simulator(company: &Company, may_read_calls: bool) -> Simulator {
    let calls = may_read_calls.then_some("CallRecords.Read.All");
    let app = App::default().roles(ROLES.into_iter().chain(calls));
    Simulator::start(tenant_of(company).app(app)).unwrap()
}

fn workplace(simulator: &Simulator, domain: &str) -> Workplace {
    let url = simulator.url();
    let configuration = format!(
        "[[source]]\nname = \"teams\"\nconnector = \"teams-calls\"\nwindow = {{ back = \"9d\", ahead = \"0h\" }}\n\
         [source.settings]\ntenant = \"{domain}\"\ngraph-url = \"{url}/v1.0\"\nlogin-url = \"{url}\"\n\
         [source.credentials]\nclient-id = \"{CLIENT_ID}\"\nclient-secret = {{ env = \"O365_CLIENT_SECRET\" }}\n\
         [source.grants]\nhttp = [\"{url}\"]\n"
    );
    Workplace::new(&configuration, &["teams-calls"]).unwrap()
}

fn collect(workplace: &Workplace) -> Ended {
    workplace.run(&["run-once", "--format", "jsonl"]).unwrap()
}

/// The stored calls: when each began and ended, in UTC seconds.
fn stored(workplace: &Workplace) -> BTreeSet<(i64, i64)> {
    let ended = workplace.run(&["usage", "export"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let seconds = |value: &Value| {
        let text = value.as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
    };
    ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .inspect(|record| assert_eq!(record["form"], "interval", "{record}"))
        .filter(|record| record["kind"] == "call")
        .map(|record| (seconds(&record["start"]), seconds(&record["end"])))
        .collect()
}

/// When rooms of the company were in calls.
fn took_place(company: &Company) -> BTreeSet<(i64, i64)> {
    company
        .rooms
        .iter()
        .flat_map(|room| &room.calls)
        .flat_map(|call| &call.in_room)
        .map(|span| (span.start, span.end))
        .collect()
}

#[test]
fn the_calls_of_rooms_are_stored_as_they_took_place() {
    let company = company();
    let simulator = simulator(&company, true);
    let workplace = workplace(&simulator, company.domain);
    let ended = collect(&workplace);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let said = "teams: spaces: 6 collected, 0 refused, 0 missing, 0 failed\n";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let (stored, took_place) = (stored(&workplace), took_place(&company));
    assert!(!took_place.is_empty());
    let missing: Vec<_> = took_place.difference(&stored).collect();
    assert!(missing.is_empty(), "{missing:?} of {took_place:?}");
    // A second pass asks for no session again.
    simulator.forget_requests();
    let again = collect(&workplace);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("records: 0 new, 0 replaced"),
        "{}",
        again.stderr
    );
    assert_eq!(self::stored(&workplace), stored);
}

#[test]
fn without_the_permission_the_source_fails_and_names_it() {
    let company = company();
    let simulator = simulator(&company, false);
    let workplace = workplace(&simulator, company.domain);
    let ended = collect(&workplace);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("CallRecords.Read.All"), "{}", ended.stderr);
}
