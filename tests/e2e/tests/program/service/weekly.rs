//! The summary of the last week is posted once, whatever happens to the receiver and the service.

use std::time::Duration;

use chrono::{Datelike as _, Days, NaiveDate, Timelike as _, Weekday};
use e2e::{Receiver, Service, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::{Value, json};

use crate::situation::SERVICE;

/// Long enough to be posted a second time.
const WHILE: Duration = Duration::from_secs(4);
const SUBJECT: &str = "Confidential merger";

struct Weekly {
    workplace: Workplace,
    hook: Receiver,
    // It serves the rooms.
    _simulator: Simulator,
}

/// A zone in which no Monday morning is to come, and an hour in UTC at which rooms are open there.
fn zone() -> (&'static str, &'static str) {
    let now = e2e::now();
    match now.weekday() {
        Weekday::Mon if now.hour() < 9 => ("Pacific/Kiritimati", "22"),
        _ => ("UTC", "10"),
    }
}

/// The Monday of the last week that is over.
fn monday() -> NaiveDate {
    let today = e2e::now().date_naive();
    today - Days::new(7 + u64::from(today.weekday().num_days_from_monday()))
}

impl Weekly {
    /// A room that was booked for half an hour on the Wednesday of the last week, and nobody knows whether anybody came.
    fn new() -> Self {
        let wednesday = monday() + Days::new(2);
        let (zone, hour) = zone();
        let booked = Event::new(
            SUBJECT,
            &format!("{wednesday}T{hour}:00:00Z"),
            &format!("{wednesday}T{hour}:30:00Z"),
        );
        let room = Room::new("conf-a@contoso.com", "Conf A")
            .building("HQ")
            .event(booked);
        let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
        let hook = Receiver::start().unwrap();
        let source = Source::contoso(&simulator).line("window = { back = \"15d\", ahead = \"1d\" }");
        let weekly = format!(
            "[insights]\ntime-zone = \"{zone}\"\n[insights.weekly]\nurl = \"{}/weekly\"\nsecret = {{ file = \"secret\" }}\n",
            hook.url()
        );
        let portal = SERVICE.replace(
            "listen = \"off\"",
            "listen = \"off\"\naddress = \"https://rooms.example.com\"",
        );
        let workplace = Workplace::new(&format!("{source}{portal}{weekly}"), &["o365"]).unwrap();
        let secret = format!("whsec_{}=", "A".repeat(43));
        workplace.write_private("secret", secret).unwrap();
        Self {
            workplace,
            hook,
            _simulator: simulator,
        }
    }

    fn taken(&self) -> Vec<Value> {
        self.hook.taken().unwrap()
    }

    fn wait(&self, service: &mut Service) -> Value {
        let taken = service.wait_for("the summary", |_| self.taken().first().cloned());
        taken.unwrap()
    }

    /// The ids of all requests.
    fn ids(&self) -> Vec<String> {
        let received = String::from_utf8_lossy(&self.hook.received()).into_owned();
        let ids = received
            .lines()
            .filter_map(|line| line.strip_prefix("webhook-id: "));
        ids.map(|id| id.trim().to_owned()).collect()
    }
}

#[test]
fn a_summary_is_posted_once_and_says_what_is_known() {
    let weekly = Weekly::new();
    let mut service = Service::start(&weekly.workplace).unwrap();
    let summary = weekly.wait(&mut service);
    service.wait_for_line("the weekly summary was posted").unwrap();
    let monday = monday();
    for (key, expected) in [
        ("type", json!("weekly-summary")),
        ("from", json!(monday.to_string())),
        ("to", json!((monday + Days::new(7)).to_string())),
        (
            "page",
            json!(format!("https://rooms.example.com/insights/week?week={monday}")),
        ),
    ] {
        assert_eq!(summary[key], expected, "{summary}");
    }
    let figures = &summary["figures"];
    assert_eq!(
        (&figures["rooms"], &figures["rooms_observed"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(figures["booked_rate"], json!(0.01), "{summary}");
    assert_eq!(figures["bookings"]["unknown"], json!(1));
    // Nobody saw anything.
    for key in ["no_show_seconds", "unbooked_sessions"] {
        assert_eq!(figures[key], Value::Null, "{key}");
    }
    assert_eq!(figures["used_rate"]["value"], Value::Null);
    assert_eq!(figures["no_show_rate"]["value"], Value::Null);
    assert_eq!(summary["buildings"][0]["key"], json!("HQ"));
    assert!(!summary.to_string().contains("merger"), "{summary}");
    // Neither now nor after a restart again.
    std::thread::sleep(WHILE);
    service.stop().unwrap();
    let service = Service::start(&weekly.workplace).unwrap();
    std::thread::sleep(WHILE);
    assert_eq!(weekly.taken().len(), 1);
    service.stop().unwrap();
}

#[test]
fn a_receiver_that_fails_gets_the_same_summary_later_even_from_another_process() {
    let weekly = Weekly::new();
    weekly.hook.fail(2);
    let mut service = Service::start(&weekly.workplace).unwrap();
    let said = service
        .wait_for_line("the weekly summary was not posted and is tried again")
        .unwrap();
    assert!(said.contains("answered 503; look at the server's log"), "{said}");
    service.kill().unwrap();
    let mut service = Service::start(&weekly.workplace).unwrap();
    weekly.wait(&mut service);
    service.wait_for_line("the weekly summary was posted").unwrap();
    std::thread::sleep(WHILE);
    let ids = weekly.ids();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert!(
        ids.iter().all(|id| *id == ids[0] && id.starts_with("weekly-")),
        "{ids:?}"
    );
    assert_eq!(weekly.taken().len(), 1);
    service.stop().unwrap();
}

#[test]
fn a_summary_with_a_secret_that_cannot_be_used_is_a_mistake_of_the_configuration() {
    let weekly = Weekly::new();
    weekly.workplace.write_private("secret", "short").unwrap();
    let mut service = Service::start(&weekly.workplace).unwrap();
    let said = service
        .wait_for_line("the weekly summary was not posted")
        .unwrap();
    for part in [
        "[insights.weekly]",
        "collector.toml",
        "a webhook's `secret` must be",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(weekly.taken(), Vec::<Value>::new());
    service.stop().unwrap();
}
