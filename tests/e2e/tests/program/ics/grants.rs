//! What a feed's server gets to see, and what the operator.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::{Page, Pages, SECRET, Workplace, ended};

use crate::ics::{configuration, path, sync, workplace};

#[test]
fn a_host_that_is_not_granted_is_not_asked_and_the_line_that_would_grant_it_is_said() {
    let server = Pages::serve(&[Page::new(&path("atrium"), &sync("Weekly sync"))]).unwrap();
    let origin = server.origin();
    let workplace = Workplace::new(&configuration(&origin, &["atrium"], ""), &["ics"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    let line = format!("{origin} is not granted to this source; add \"{origin}\" to http in [source.grants]");
    assert_eq!(ended.said(&line).len(), 1, "{}", ended.stderr);
    assert!(server.asked().is_empty());
}

#[test]
fn the_credential_is_sent_only_when_the_source_has_one() {
    let server = Pages::serve(&[Page::new(&path("atrium"), &sync("Weekly sync"))]).unwrap();
    let origin = server.origin();
    let workplace = workplace(&server, &["atrium"]);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let granted = format!("\"{origin}\"");
    let credential = "[source.credentials]\nfeed = { env = \"O365_CLIENT_SECRET\" }\n[source.grants]";
    let text = configuration(&origin, &["atrium"], &granted).replace("[source.grants]", credential);
    workplace.configure(&text).unwrap();
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    // With a user name it is a password (HTTP Basic). Windows programs begin a file with a byte order mark.
    let text = text.replace("{ env", "{ user = \"rooms\", env");
    workplace
        .write("collector.toml", format!("\u{feff}{text}"))
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let password = BASE64_STANDARD.encode(format!("rooms:{SECRET}"));
    assert_eq!(
        server.asked(),
        [
            path("atrium"),
            format!("{} Bearer {SECRET}", path("atrium")),
            format!("{} Basic {password}", path("atrium"))
        ]
    );
}

#[test]
fn the_key_in_an_address_is_neither_said_nor_kept() {
    let pages = [
        Page::new(&path("good"), &sync("Weekly sync")),
        Page::refused(&path("denied"), 403, &[], ""),
    ];
    let server = Pages::serve(&pages).unwrap();
    let workplace = workplace(&server, &["good", "denied", "gone"]);
    let week = ["--from", "2026-03-09T00:00:00Z", "--to", "2026-03-16T00:00:00Z"];
    let ended = ended(
        workplace
            .command(&[&["run-once"], &week[..]].concat())
            .env("COLLECTOR_LOG", "info"),
    )
    .unwrap();
    assert_eq!(ended.code, 3);
    let said: Vec<&str> = ended
        .stderr
        .lines()
        .filter(|line| line.contains("KEY-1234"))
        .collect();
    assert_eq!(said, [""; 0]);
    assert!(!ended.stdout.contains("KEY-1234"));
    for (path, content) in workplace.data().unwrap() {
        let found = content.windows(8).any(|part| part == b"KEY-1234");
        assert!(!found, "{} holds it", path.display());
    }
}
