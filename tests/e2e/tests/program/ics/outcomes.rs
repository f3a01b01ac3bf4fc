//! What becomes of rooms whose feeds cannot be read: they keep what was stored.

use e2e::{Page, Pages, Workplace};

use crate::ics::{calendar, configuration, path, sync, workplace};

const ROOMS: [&str; 6] = ["denied", "gone", "good", "login", "rule", "torn"];

#[test]
fn rooms_whose_feeds_cannot_be_read_keep_what_was_stored_for_them() {
    let page = |room: &&str| Page::new(&path(room), &sync("Weekly sync"));
    let whole: Vec<Page> = ROOMS.iter().map(page).collect();
    let server = Pages::serve(&whole).unwrap();
    let workplace = workplace(&server, &ROOMS);
    let before: Vec<String> = ROOMS
        .iter()
        .map(|room| format!("{room} 2026-03-10T10:00 Weekly sync"))
        .collect();
    assert_eq!(workplace.collect(&[]).unwrap().brief().unwrap(), before);

    let torn = sync("Weekly sync").replace("END:VCALENDAR", "");
    let endless = "BEGIN:VEVENT\nUID:a\nDTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n";
    server.replace(&[
        Page::refused(&path("denied"), 403, &[], "<html>"),
        Page::new(&path("good"), &sync("Moved on")),
        Page::new(&path("login"), "<!DOCTYPE html><title>Sign in</title>"),
        Page::new(&path("rule"), &calendar(endless)),
        Page::new(&path("torn"), &torn),
    ]);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let after: Vec<String> = before
        .iter()
        .map(|line| {
            line.replace(
                "good 2026-03-10T10:00 Weekly sync",
                "good 2026-03-10T10:00 Moved on",
            )
        })
        .collect();
    assert_eq!(ended.brief().unwrap(), after);
    let origin = server.origin();
    for said in [
        format!("denied@contoso.com: refused: feed of the room: {origin} refuses it"),
        format!("gone@contoso.com: missing: feed of the room: {origin} does not have it"),
        "login@contoso.com: failed: feed of the room: the answer is a web page, not a calendar".to_owned(),
        "rule@contoso.com: failed: feed of the room: its event a recurs more often than can be counted"
            .to_owned(),
        "torn@contoso.com: failed: feed of the room: the calendar is incomplete".to_owned(),
    ] {
        assert_eq!(ended.said(&said).len(), 1, "{said}\n{}", ended.stderr);
    }
}

#[test]
fn a_feed_that_comes_back_empty_is_believed_when_it_stays_so() {
    let full = [Page::new(&path("atrium"), &sync("Weekly sync"))];
    let empty = [Page::new(&path("atrium"), &calendar("X-WR-CALNAME:Atrium\n"))];
    let server = Pages::serve(&full).unwrap();
    let workplace = workplace(&server, &["atrium"]);
    let kept = ["atrium 2026-03-10T10:00 Weekly sync"];
    let warning = "feed of atrium@contoso.com: it had events before and is empty now";
    // Each pass is a program of its own: what it must remember is in the store.
    for (pages, meetings, warnings) in [
        (&full, &kept[..], 0),
        (&empty, &kept[..], 1),
        (&full, &kept[..], 0),
        (&empty, &kept[..], 1),
        (&empty, &[], 0),
        (&empty, &[], 0),
    ] {
        server.replace(pages);
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.brief().unwrap(), meetings, "{}", ended.stderr);
        assert_eq!(ended.said(warning).len(), warnings, "{}", ended.stderr);
    }
}

#[test]
fn a_feed_that_needs_more_memory_names_the_limit() {
    let event = "BEGIN:VEVENT\nUID:a\nDTSTART:20260310T100000Z\nEND:VEVENT\n";
    let text = format!("{event}X-A:{}\n", "text ".repeat(3_000_000));
    let server = Pages::serve(&[Page::new(&path("atrium"), &calendar(&text))]).unwrap();
    let origin = server.origin();
    let limits = "[source.limits]\nmemory = \"16MiB\"\n[source.grants]";
    let text =
        configuration(&origin, &["atrium"], &format!("\"{origin}\"")).replace("[source.grants]", limits);
    let workplace = Workplace::new(&text, &["ics"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    let said = "it needs more memory than its limit of 16777216 bytes. allow it more with `memory` in [source.limits]";
    assert_eq!(ended.said(said).len(), 1, "{}", ended.stderr);
}

#[test]
fn validate_says_which_feeds_can_be_read() {
    let pages = [
        Page::new(&path("good"), &sync("Weekly sync")),
        Page::refused(&path("denied"), 401, &[], ""),
    ];
    let server = Pages::serve(&pages).unwrap();
    let ended = workplace(&server, &["good", "denied"])
        .run(&["validate"])
        .unwrap();
    let text = format!("{}{}", ended.stdout, ended.stderr);
    assert!(
        text.contains("feed of good@contoso.com: a calendar with 1 events"),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "feed of denied@contoso.com: {} refuses it",
            server.origin()
        )),
        "{text}"
    );
}

#[test]
fn rooms_shows_the_feeds_without_asking_for_any() {
    let server = Pages::serve(&[]).unwrap();
    let ended = workplace(&server, &["atrium", "lab"]).run(&["rooms"]).unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.contains("annex: 2 rooms"), "{}", ended.stdout);
    assert!(server.asked().is_empty());
}
