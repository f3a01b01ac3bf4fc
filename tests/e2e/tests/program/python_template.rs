//! The connector in Python that `plugin/README.md` names: it is built, described, and it collects.

use e2e::{Page, Pages, Workplace};

fn source(name: &str, origin: &str, rooms: &str, granted: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nconnector = \"template-python\"\n\
         [source.settings]\nurl = \"{origin}/v1\"\nrooms = [{rooms}]\n\
         [source.credentials]\nbookings = {{ env = \"O365_CLIENT_SECRET\" }}\n\
         [source.grants]\nhttp = [{granted}]\n"
    )
}

/// One test with one pass, because each start of the program compiles Python's interpreter.
#[test]
fn the_template_in_python_collects_and_says_what_became_of_each_room() {
    let Some(file) = e2e::python_component().unwrap() else {
        return;
    };
    let bookings = r#"[
        {"id": "1", "title": "Weekly sync", "private": false, "start": "2026-03-10T10:00:00Z", "end": "2026-03-10T11:00:00Z"},
        {"id": "2", "title": "Secret plans", "start": "2026-03-10T13:00:00+01:00", "end": "2026-03-10T14:00:00+01:00"},
        {"id": "3", "title": "Long ago", "private": false, "start": "2020-03-10T10:00:00Z", "end": "2020-03-10T11:00:00Z"}]"#;
    let server = Pages::serve(&[
        Page::new("/v1/atrium@contoso.com", bookings),
        Page::new("/v1/garbled@x.org", "<html>"),
        Page::new("/v1/other@x.org", "{}"),
        Page::new(
            "/v1/secret@x.org",
            r#"[{"id": "1", "start": "Secret plans", "end": ""}]"#,
        ),
        Page::refused("/v1/private@x.org", 403, &[], ""),
    ])
    .unwrap();
    let origin = server.origin();
    let rooms = "\"atrium@contoso.com\", \"garbled@x.org\", \"other@x.org\", \"secret@x.org\", \"private@x.org\", \"gone@x.org\"";
    let configuration = source("bookings", &origin, rooms, &format!("\"{origin}\""))
        + &source("ungranted", &origin, "\"a@x.org\"", "");
    let workplace = Workplace::new(&configuration, &[]).unwrap();
    let component = std::fs::read(file).unwrap();
    workplace
        .write("plugins/template-python.wasm", component)
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    // The source without its grant brought nothing at all.
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        ["atrium 2026-03-10T10:00 Weekly sync", "atrium 2026-03-10T12:00 -"]
    );
    let said = "bookings: rooms: 1 collected, 1 refused, 1 missing, 3 failed\n";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    // Where Python stumbled, and nothing of what it stumbled over.
    for told in [
        "garbled@x.org: failed: not understood: JSONDecodeError at bookings.py:",
        "other@x.org: failed: not understood: TypeError at bookings.py:",
        " in instant",
    ] {
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("Secret plans"), "{}", ended.stderr);
    assert!(server.asked().contains(&format!(
        "/v1/atrium@contoso.com?from=1773014400&to=1773619200 Bearer {}",
        e2e::SECRET
    )));
    let line = format!("add \"{origin}\" to http in [source.grants]");
    assert!(ended.stderr.contains(&line), "{}", ended.stderr);
    assert!(!server.asked().iter().any(|asked| asked.contains("a@x.org")));
}
