//! The proof of privacy: a tenant in which all that must not get out carries a marker, collected in every mode, with faults,
//! kills and everything logged. Then whatever the program wrote, said or sent is searched for the markers.

mod wire;

use std::time::Duration;

use e2e::{Ended, Receiver, Running, Service, Source, Workplace};
use graph_sim::{Event, Fault, Mailbox, Pattern, Refusal, RetryAfter, Room, Simulator, Tenant, when};
use serde_json::json;

use crate::service::served::get;
use crate::situation::{FILE_SINK, SERVICE};

/// Subjects that never get out, whatever the settings say.
const NEVER: [&str; 3] = ["MARK-PRIVATE", "MARK-CONFIDENTIAL", "MARK-UNKNOWN"];
/// What stands beside the subject.
const BESIDE: [&str; 6] = [
    "MARK-BODY",
    "MARK-ORGANIZER",
    "MARK-ATTENDEE",
    "MARK-PLACE",
    "MARK-CATEGORY",
    "MARK-LINK",
];
/// Subjects that the settings decide about.
const PERSONAL: &str = "MARK-PERSONAL";
const NORMAL: &str = "MARK-NORMAL";

/// How a source is collected, and which subjects may then be seen.
struct Mode {
    withhold: &'static str,
    changes_only: bool,
    seen: &'static [&'static str],
    hidden: &'static [&'static str],
}

#[test]
fn what_is_asked_for_by_windows_stays_inside() {
    prove(&Mode {
        withhold: "private",
        changes_only: false,
        seen: &[NORMAL, PERSONAL],
        hidden: &[],
    });
}

#[test]
fn what_a_delta_query_brings_stays_inside() {
    prove(&Mode {
        withhold: "private",
        changes_only: true,
        seen: &[NORMAL, PERSONAL],
        hidden: &[],
    });
}

#[test]
fn marked_subjects_stay_inside_on_demand() {
    prove(&Mode {
        withhold: "marked",
        changes_only: true,
        seen: &[NORMAL],
        hidden: &[PERSONAL],
    });
}

#[test]
fn every_subject_stays_inside_on_demand() {
    prove(&Mode {
        withhold: "all",
        changes_only: true,
        seen: &[],
        hidden: &[NORMAL, PERSONAL],
    });
}

/// A meeting of today or tomorrow, `hours` from now, with a marker in everything that can hold a text.
fn event(marker: &str, sensitivity: &str, hours: i64) -> Event {
    let start = e2e::now() + chrono::Duration::hours(hours);
    Event::between(marker, start, start + chrono::Duration::minutes(30))
        .sensitivity(sensitivity)
        .organizer("MARK-ORGANIZER", "MARK-ORGANIZER@contoso.com")
        .body("MARK-BODY")
        .with(
            "attendees",
            json!([{"type": "required", "status": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
                "emailAddress": {"name": "MARK-ATTENDEE", "address": "MARK-ATTENDEE@contoso.com"}}]),
        )
        .with(
            "location",
            json!({"displayName": "MARK-PLACE", "locationType": "default"}),
        )
        .with("categories", json!(["MARK-CATEGORY"]))
        .with("webLink", json!("https://outlook.example.com/?MARK-LINK"))
}

/// What a room has booked: each marking as a meeting and as a series, and an open series with a private exception. `more` is
/// booked besides, so that passes see changes.
fn booked(more: usize) -> Vec<Event> {
    let markings = [
        ("MARK-PRIVATE", "private"),
        ("MARK-CONFIDENTIAL", "confidential"),
        ("MARK-UNKNOWN", "somethingNew"),
        (PERSONAL, "personal"),
        (NORMAL, "normal"),
    ];
    let mut events = Vec::new();
    for (marker, sensitivity) in markings {
        events.push(event(marker, sensitivity, 2));
        events.push(event(marker, sensitivity, 3).repeats(Pattern::Daily(1)).times(5));
    }
    let tomorrow = (e2e::now() + chrono::Duration::hours(29))
        .format("%Y-%m-%d")
        .to_string();
    events.push(
        event(NORMAL, "normal", 5)
            .repeats(Pattern::Daily(1))
            .times(4)
            .change_on(&tomorrow, |open| open.private().subject("MARK-PRIVATE")),
    );
    events.extend((0..more).map(|_| event("MARK-PRIVATE", "private", 4)));
    events
}

fn tenant() -> Tenant {
    let room = |name: &str| Room::new(&format!("{name}@contoso.com"), name);
    // Nothing of an event that cannot be read is quoted, either.
    let broken =
        event("MARK-PRIVATE", "private", 2).with("subject", json!({"text": "MARK-PRIVATE MARK-BODY"}));
    let zone = event("MARK-PRIVATE", "private", 2).with(
        "start",
        json!({"dateTime": "2026-03-10T10:00:00.0000000", "timeZone": "Nowhere"}),
    );
    Tenant::new("contoso.com")
        .room(room("conf-a").events(booked(0)))
        .room(room("conf-b").events(booked(0)))
        .room(room("broken").event(broken))
        .room(room("nowhere").event(zone))
        .room(
            room("refused")
                .mailbox(Mailbox::Refused(Refusal::AccessPolicy))
                .events(booked(0)),
        )
}

/// All that came out of the program, each with its name.
#[derive(Default)]
struct Out(Vec<(String, Vec<u8>)>);

impl Out {
    fn take(&mut self, what: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push((what.to_owned(), bytes.into()));
    }

    fn ended(&mut self, what: &str, ended: Ended) {
        self.take(&format!("standard output of {what}"), ended.stdout);
        self.take(&format!("standard error of {what}"), ended.stderr);
    }

    /// Every file of the workplace but the connectors themselves.
    fn files(&mut self, directory: &std::path::Path) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.files(&path);
            } else if path.extension().is_none_or(|kind| kind != "wasm") {
                self.take(&path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }

    fn with(&self, marker: &str) -> Vec<&str> {
        let holds = |bytes: &[u8]| {
            bytes
                .windows(marker.len())
                .any(|part| part.eq_ignore_ascii_case(marker.as_bytes()))
        };
        self.0
            .iter()
            .filter(|(_, bytes)| holds(bytes))
            .map(|(what, _)| what.as_str())
            .collect()
    }
}

struct Proof {
    simulator: Simulator,
    workplace: Workplace,
    traces: Receiver,
    hook: Receiver,
    out: Out,
}

impl Proof {
    fn new(mode: &Mode) -> Self {
        let simulator = Simulator::start(tenant()).unwrap();
        let (traces, hook) = (Receiver::start().unwrap(), Receiver::start().unwrap());
        let source = Source::contoso(&simulator)
            .line("every = \"200ms\"")
            .setting("withhold-subjects", mode.withhold);
        let source = if mode.changes_only {
            source.switched_on("changes-only")
        } else {
            source
        };
        let webhook = format!(
            "[[sink]]\nname = \"hook\"\ntype = \"webhook\"\nurl = \"{}\"\nsecret = {{ env = \"HOOK_SECRET\" }}\n",
            hook.url()
        );
        let configuration = format!("{source}{SERVICE}{FILE_SINK}{webhook}");
        let workplace = Workplace::new(&configuration, &["o365"]).unwrap();
        Self {
            simulator,
            workplace,
            traces,
            hook,
            out: Out::default(),
        }
    }

    /// The program with everything logged and traced.
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.workplace.command(arguments);
        command
            .env("COLLECTOR_LOG", "trace")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", self.traces.url())
            .env(
                "HOOK_SECRET",
                "whsec_dGhpcnR5LXR3byBieXRlcyBvZiBhIHRlc3Qga2V5ISE=",
            );
        command
    }

    fn run(&mut self, arguments: &[&str]) {
        let ended = e2e::ended(&mut self.command(arguments)).unwrap();
        self.out.ended(&arguments.join(" "), ended);
    }

    fn book(&self, more: usize) {
        self.simulator
            .update(|tenant| {
                for name in ["conf-a@contoso.com", "conf-b@contoso.com"] {
                    *tenant.room_mut(name)?.events_mut() = booked(more);
                }
                Ok(())
            })
            .unwrap();
    }

    /// The service for some passes, killed at the end.
    fn serve(&mut self) {
        let mut service = Service::begin(&mut self.command(&["run"])).unwrap();
        service.wait_for_passes("contoso", 2).unwrap();
        self.book(3);
        service.wait_for_passes("contoso", 2).unwrap();
        let delivered = |_: &Service| {
            let received = self.hook.received();
            received.windows(9).any(|part| part == b"change_id").then_some(())
        };
        service.wait_for("a delivery to the webhook", delivered).unwrap();
        let address = service.address().unwrap();
        for page in ["/metrics", "/readyz"] {
            let (_, body) = get(&address, page);
            self.out.take(page, body);
        }
        self.out.take("the service's log", service.kill().unwrap());
    }
}

fn prove(mode: &Mode) {
    let mut proof = Proof::new(mode);
    let pass = ["run-once", "--format", "jsonl"];
    for more in [0, 0, 1, 2] {
        proof.book(more);
        proof.run(&pass);
    }
    proof.simulator.forget_requests();
    let running = Running::start(&mut proof.command(&pass)).unwrap();
    running.kill_when(|| proof.simulator.batches() >= 2).unwrap();
    let troubles = [
        when("calendarView").inner().nth(2).then(Fault::WrongTypes),
        when("calendarView").inner().nth(5).then(Fault::Html),
        when("calendarView")
            .inner()
            .nth(8)
            .then(Fault::Throttled(RetryAfter::Seconds(1))),
        when("$batch").outer().nth(3).then(Fault::Truncated),
        when("$batch").outer().nth(4).then(Fault::CutInside),
        when("$batch")
            .outer()
            .nth(5)
            .then(Fault::SlowStart(Duration::from_millis(50))),
    ];
    troubles
        .into_iter()
        .for_each(|trouble| proof.simulator.inject(trouble));
    for arguments in [
        &["run-once"][..],
        &pass,
        &["validate"],
        &["rooms"],
        &["run-once", "--dry-run"],
    ] {
        proof.run(arguments);
    }
    proof.simulator.no_more_faults();
    proof.serve();
    for arguments in [
        &["status"][..],
        &["export", "--format", "json"],
        &["plugins"],
        &["audit"],
    ] {
        proof.run(arguments);
    }
    let Proof {
        simulator,
        workplace,
        traces,
        hook,
        mut out,
    } = proof;
    out.files(workplace.path());
    out.take("the traces", traces.received());
    out.take("what the webhook got", hook.received());

    for marker in NEVER.iter().chain(&BESIDE).chain(mode.hidden) {
        assert_eq!(out.with(marker), Vec::<&str>::new(), "{marker}");
    }
    // The search would find them: what may be seen is where it belongs.
    for marker in mode.seen {
        let found = out.with(marker).join(", ");
        for place in [
            "standard output of run-once",
            "collector.sqlite3",
            "changes.jsonl",
            "the webhook",
        ] {
            assert!(
                found.contains(place),
                "{marker} is not in {place}, but in {found}"
            );
        }
    }
    assert!(
        out.with("collector::")
            .iter()
            .any(|what| what.contains("the service's log"))
    );
    assert!(!traces.received().is_empty());
    let asked_for_changes = !simulator.requests_to("calendarView/delta").is_empty();
    assert_eq!(asked_for_changes, mode.changes_only);
    wire::holds_only_what_is_kept(&simulator, &BESIDE);
}
