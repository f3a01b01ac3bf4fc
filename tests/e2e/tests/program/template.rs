//! The connector that `plugin/README.md` begins from works as it is: it is described, and it collects.

use e2e::{Page, Pages, Workplace};

fn source(origin: &str, rooms: &str, granted: &str) -> String {
    format!(
        "[[source]]\nname = \"bookings\"\nconnector = \"template\"\n\
         [source.settings]\nurl = \"{origin}/v1\"\nrooms = [{rooms}]\n\
         [source.credentials]\nbookings = {{ env = \"O365_CLIENT_SECRET\" }}\n\
         [source.grants]\nhttp = [{granted}]\n"
    )
}

/// As somebody does who has just built it: nothing is installed.
#[test]
fn the_template_collects_a_meeting_without_being_installed() {
    let bookings = r#"[
        {"id": "1", "title": "Weekly sync", "private": false, "start": "2026-03-10T10:00:00Z", "end": "2026-03-10T11:00:00Z"},
        {"id": "2", "title": "Secret plans", "start": "2026-03-10T13:00:00+01:00", "end": "2026-03-10T14:00:00+01:00"},
        {"id": "3", "title": "Long ago", "private": false, "start": "2020-03-10T10:00:00Z", "end": "2020-03-10T11:00:00Z"}]"#;
    let server = Pages::serve(&[Page::new("/v1/atrium@contoso.com", bookings)]).unwrap();
    let origin = server.origin();
    let configuration = source(&origin, "\"atrium@contoso.com\"", &format!("\"{origin}\""));
    let workplace = Workplace::new(&configuration, &[]).unwrap();
    let file = e2e::component("template").unwrap();
    let ended = workplace
        .collect(&["--connector", file.to_str().unwrap()])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        ["atrium 2026-03-10T10:00 Weekly sync", "atrium 2026-03-10T12:00 -"]
    );
    assert_eq!(
        server.asked(),
        [format!(
            "/v1/atrium@contoso.com?from=1773014400&to=1773619200 Bearer {}",
            e2e::SECRET
        )]
    );
}

#[test]
fn the_template_says_what_became_of_each_room() {
    let pages = [
        Page::new("/v1/good@x.org", "[]"),
        Page::new("/v1/garbled@x.org", "<html>"),
        Page::refused("/v1/private@x.org", 403, &[], ""),
    ];
    let server = Pages::serve(&pages).unwrap();
    let origin = server.origin();
    let rooms = "\"good@x.org\", \"garbled@x.org\", \"private@x.org\", \"gone@x.org\"";
    let configuration = source(&origin, rooms, &format!("\"{origin}\""));
    let workplace = Workplace::new(&configuration, &["template"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let said = "bookings: rooms: 1 collected, 1 refused, 1 missing, 1 failed\n";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn the_template_tells_which_line_would_grant_its_host() {
    let server = Pages::serve(&[]).unwrap();
    let origin = server.origin();
    let workplace = Workplace::new(&source(&origin, "\"a@x.org\"", ""), &["template"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    let line = format!("add \"{origin}\" to http in [source.grants]");
    assert!(ended.stderr.contains(&line), "{}", ended.stderr);
    assert!(server.asked().is_empty());
}

#[test]
fn inspect_shows_the_template() {
    let workplace = Workplace::new("", &["template"]).unwrap();
    let ended = workplace.run(&["inspect", "plugins/template.wasm"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.starts_with("template "), "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("bookings (never revealed to the connector)"),
        "{}",
        ended.stdout
    );
}
