//! Nothing secret gets out: not the secret, not a token, not the subject of a private meeting, in no output and in no file.

use e2e::{Ended, PASS, Source, Workplace};
use graph_sim::{App, CLIENT_ID, Event, Fault, KeyPair, Pattern, Room, Simulator, Tenant, when};

/// Runs with everything logged.
fn traced(workplace: &Workplace, arguments: &[&str]) -> Ended {
    e2e::ended(workplace.command(arguments).env("COLLECTOR_LOG", "trace")).unwrap()
}

fn nowhere(marker: &str, workplace: &Workplace, ended: &Ended) {
    assert!(!ended.stdout.contains(marker), "standard output holds {marker}");
    let line = ended.stderr.lines().find(|line| line.contains(marker));
    assert_eq!(line, None, "standard error holds {marker}");
    for (path, content) in workplace.data().unwrap() {
        let found = content
            .windows(marker.len())
            .any(|part| part == marker.as_bytes());
        assert!(!found, "{} holds {marker}", path.display());
    }
}

/// How every JSON web token begins: `{"` in base64.
const TOKEN: &str = "eyJ";

fn tenant() -> Tenant {
    let event = Event::new("Weekly sync", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A").event(event))
}

#[test]
fn the_secret_and_the_tokens_appear_nowhere() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    for arguments in [&PASS[..], &["validate"], &["rooms"]] {
        let ended = traced(&workplace, arguments);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("TRACE"), "everything is logged");
        nowhere(e2e::SECRET, &workplace, &ended);
        nowhere(&e2e::SECRET.replace('~', "%7E"), &workplace, &ended);
        nowhere(TOKEN, &workplace, &ended);
    }
}

#[test]
fn the_secret_and_the_tokens_appear_nowhere_when_they_are_refused() {
    let wrong = tenant().app(App::new(CLIENT_ID).secret("another"));
    let simulator = Simulator::start(wrong).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let ended = traced(&workplace, &PASS);
    assert_eq!(ended.code, 1);
    nowhere(e2e::SECRET, &workplace, &ended);
    let simulator = Simulator::start(tenant()).unwrap();
    simulator.inject(when("/v1.0/").then(Fault::InvalidToken));
    workplace
        .configure(&Source::contoso(&simulator).to_string())
        .unwrap();
    let ended = traced(&workplace, &PASS);
    assert_eq!(ended.code, 1);
    nowhere(e2e::SECRET, &workplace, &ended);
    nowhere(TOKEN, &workplace, &ended);
}

#[test]
fn the_private_key_and_the_assertions_appear_nowhere() {
    let pair = KeyPair::generate().unwrap();
    let simulator =
        Simulator::start(tenant().app(App::new(CLIENT_ID).certificate(&pair.certificate))).unwrap();
    let source = Source::contoso(&simulator)
        .without_credential("client-secret")
        .credential("certificate", r#"{ file = "app.pem" }"#);
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    workplace
        .write_private("app.pem", format!("{}{}", pair.certificate, pair.key))
        .unwrap();
    let ended = traced(&workplace, &PASS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    nowhere(TOKEN, &workplace, &ended);
    nowhere(pair.key.lines().nth(3).unwrap(), &workplace, &ended);
}

#[test]
fn a_secret_is_in_no_address_and_in_no_request_but_that_for_the_token() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    for request in simulator.requests() {
        assert!(!format!("{request:?}").contains(e2e::SECRET), "{request:?}");
    }
}

#[test]
fn the_subject_of_a_private_meeting_is_in_no_output_and_in_no_file() {
    let private = |subject: &str| {
        let subject = format!("HUSH {subject}");
        Event::new(&subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
    };
    let room = Room::new("conf-a@contoso.com", "Conf A")
        .event(private("private").private())
        .event(private("confidential").sensitivity("confidential"))
        .event(private("unknown").sensitivity("secretive"))
        .event(private("unmarked").without_property("sensitivity"))
        .event(private("series").private().repeats(Pattern::Daily(1)).times(5))
        .event(Event::new(
            "Shown",
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let ended = traced(&workplace, &PASS);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let shown: Vec<_> = ended
        .meetings(0)
        .unwrap()
        .into_iter()
        .filter(|meeting| meeting["withheld"] == false)
        .collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["subject"], "Shown");
    nowhere("HUSH", &workplace, &ended);
    // The test would see it: what may be shown is in the store.
    let found = workplace
        .data()
        .unwrap()
        .iter()
        .any(|(_, content)| content.windows(5).any(|part| part == b"Shown"));
    assert!(found);
}

#[test]
fn a_subject_that_becomes_private_leaves_no_trace_in_the_files() {
    let subject = "HUSH it was open once";
    let event = |sensitivity: &str| {
        Event::new(subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
            .sensitivity(sensitivity)
            .key("one")
    };
    let room = Room::new("conf-a@contoso.com", "Conf A").event(event("normal"));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    assert_eq!(
        workplace.collect(&[]).unwrap().meetings(0).unwrap()[0]["subject"],
        subject
    );
    simulator
        .update(|tenant| {
            let events = tenant.room_mut("conf-a@contoso.com")?.events_mut();
            events.clear();
            events.push(event("private"));
            Ok(())
        })
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.meetings(0).unwrap()[0]["withheld"], true);
    assert!(
        ended.stderr.contains("0 new, 1 changed, 0 gone"),
        "{}",
        ended.stderr
    );
    nowhere("HUSH", &workplace, &ended);
}

#[test]
#[cfg(unix)]
fn the_store_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let files = workplace.data().unwrap();
    assert!(!files.is_empty());
    for (path, _) in files {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}
