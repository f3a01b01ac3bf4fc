//! A change that a sink refuses for itself is set aside, and the others go on.

use std::path::PathBuf;

use e2e::{Ledger, Receiver, Service, exchange, status_and_body};
use graph_sim::Event;
use serde_json::Value;

use crate::situation::{FILE_SINK, SERVICE, Situation};

/// What the receiver does not take, and no other subject holds.
const REFUSED: &str = "0 1";

struct Choosy {
    situation: Situation,
    hook: Receiver,
}

impl Choosy {
    /// So many rooms with three meetings each, of which the receiver refuses one each.
    fn new(rooms: usize) -> Self {
        let (situation, hook) = (Situation::new(rooms), Receiver::start().unwrap());
        let secret = format!("whsec_{}=", "A".repeat(43));
        situation.workplace.write_private("secret", secret).unwrap();
        let sink = format!(
            "[[sink]]\nname = \"hook\"\ntype = \"webhook\"\nurl = \"{}/changes\"\nsecret = {{ file = \"secret\" }}\n",
            hook.url()
        );
        let source = Situation::source(&situation.simulator);
        situation
            .workplace
            .configure(&format!("{source}{SERVICE}{FILE_SINK}{sink}"))
            .unwrap();
        situation.book(0, 3);
        hook.refuse(Some(&format!("\"{REFUSED}\"")));
        Self { situation, hook }
    }

    fn status(&self) -> Value {
        let ended = self
            .situation
            .workplace
            .run(&["status", "--format", "json"])
            .unwrap();
        serde_json::from_str(&ended.stdout).unwrap()
    }

    fn set_aside(&self) -> Vec<String> {
        let status = self.status();
        let set_aside = status["set_aside"].as_array().unwrap();
        let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
        let mut lines: Vec<String> = set_aside
            .iter()
            .map(|change| format!("{} {}", text(change, "sink"), text(change, "room")))
            .collect();
        lines.sort_unstable();
        assert!(
            set_aside
                .iter()
                .all(|change| text(change, "problem").contains("answered 422")),
            "{status}"
        );
        lines
    }

    /// Waits until the receiver has all but what it refuses.
    fn wait_for_the_others(&self, rooms: usize, service: &mut Service) {
        service
            .wait_for("changes that are set aside", |service| {
                (service.count("it was set aside") == rooms).then_some(())
            })
            .unwrap();
        let others: Vec<String> = Situation::booked(rooms, 0, 3)
            .into_iter()
            .filter(|line| !line.ends_with(REFUSED))
            .collect();
        service
            .wait_for("the other changes", |_| {
                (self.delivered() == others).then_some(())
            })
            .unwrap();
    }

    fn delivered(&self) -> Vec<String> {
        Ledger::of(self.hook.changes().unwrap()).unwrap().brief("contoso")
    }

    fn command(&self, action: &str) {
        let ended = self.situation.workplace.run(&["sinks", action, "hook"]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }

    fn changes(&self) -> PathBuf {
        self.situation.changes()
    }
}

#[test]
fn a_refused_change_is_set_aside_shown_and_delivered_when_it_is_tried_again() {
    let choosy = Choosy::new(2);
    let mut service = Service::start(&choosy.situation.workplace).unwrap();
    choosy.wait_for_the_others(2, &mut service);
    assert_eq!(
        choosy.set_aside(),
        ["hook room-00@contoso.com", "hook room-01@contoso.com"]
    );
    let hook = service
        .wait_for("all else to be delivered", |_| {
            let hook = choosy.status()["sinks"][1].clone();
            (hook["waiting"] == 0).then_some(hook)
        })
        .unwrap();
    assert_eq!(
        (&hook["name"], &hook["set_aside"]),
        (&"hook".into(), &2.into()),
        "{hook}"
    );
    let authority = service.address().unwrap();
    let answer = exchange(&authority, "GET /metrics HTTP/1.1", "").unwrap();
    let (_, metrics) = status_and_body(&answer).unwrap();
    for line in [
        "collector_sink_set_aside_changes{sink=\"hook\"} 2",
        "collector_sink_set_aside_total{sink=\"hook\"} 2",
        "collector_sink_set_aside_changes{sink=\"file\"} 0",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line}\n{metrics}");
    }
    // The other sink has everything.
    let file = Ledger::read(&choosy.changes(), true).unwrap();
    assert_eq!(file.brief("contoso"), Situation::booked(2, 0, 3));

    choosy.hook.refuse(None);
    choosy.command("retry");
    service
        .wait_for("what was set aside", |_| {
            (choosy.delivered() == Situation::booked(2, 0, 3)).then_some(())
        })
        .unwrap();
    assert_eq!(choosy.set_aside(), [""; 0]);
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    for (part, count) in [
        ("it was set aside", 2),
        ("the delivery failed", 2),
        ("the sink accepts changes again", 2),
    ] {
        assert_eq!(said.matches(part).count(), count, "{part}\n{said}");
    }
}

#[test]
fn a_refused_change_that_is_given_up_is_not_tried_again() {
    let choosy = Choosy::new(1);
    let mut service = Service::start(&choosy.situation.workplace).unwrap();
    choosy.wait_for_the_others(1, &mut service);
    assert_eq!(choosy.set_aside(), ["hook room-00@contoso.com"]);
    choosy.command("skip");
    assert_eq!(choosy.set_aside(), [""; 0]);
    let start = e2e::now() + chrono::Duration::hours(40);
    choosy
        .situation
        .simulator
        .update(|tenant| {
            for room in tenant.rooms_mut() {
                let later = Event::between("later", start, start + chrono::Duration::hours(1));
                room.events_mut().push(later);
            }
            Ok(())
        })
        .unwrap();
    service
        .wait_for("what is booked later", |_| {
            let delivered = choosy.delivered();
            (delivered == ["room-00 0 0", "room-00 0 2", "room-00 later"]).then_some(())
        })
        .unwrap();
    assert_eq!(choosy.set_aside(), [""; 0]);
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(said.matches("it was set aside").count(), 1, "{said}");
}
