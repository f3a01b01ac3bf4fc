//! What is printed of a feed's events.

use e2e::{Page, Pages};

use crate::ics::{calendar, path, sync, workplace};

#[test]
fn a_series_with_exceptions_is_printed_occurrence_by_occurrence() {
    let feed = calendar(
        "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\n\
         TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\n\
         TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n\
         BEGIN:VEVENT\nUID:daily\nDTSTART;TZID=Customized Time Zone:20250106T090000\n\
         DTEND;TZID=Customized Time Zone:20250106T091500\nRRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR\nSUMMARY:Stand-up\n\
         EXDATE;TZID=Customized Time Zone:20260309T090000\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:daily\nRECURRENCE-ID;TZID=Customized Time Zone:20260310T090000\n\
         DTSTART;TZID=Customized Time Zone:20260310T140000\nDURATION:PT30M\nSUMMARY:Stand-up\\, later\nCLASS:PRIVATE\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:daily\nRECURRENCE-ID;TZID=Customized Time Zone:20260311T090000\n\
         DTSTART;TZID=Customized Time Zone:20260311T090000\nDURATION:PT15M\nSUMMARY:Stand-up\nSTATUS:CANCELLED\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:fair\nDTSTART;VALUE=DATE:20260314\nDTEND;VALUE=DATE:20260316\nSUMMARY:Fair\nSTATUS:TENTATIVE\nEND:VEVENT\n",
    );
    let server = Pages::serve(&[Page::new(&path("atrium"), &feed)]).unwrap();
    let workplace = workplace(&server, &["atrium"]);
    let ended = workplace.collect(&[]).unwrap();
    let meeting = |id: &str,
                   series: Option<&str>,
                   subject: Option<&str>,
                   from: &str,
                   to: &str,
                   all_day: bool,
                   status: &str| {
        serde_json::json!({
            "source": "annex", "room": "atrium@contoso.com", "room_name": "The atrium", "id": id, "series": series,
            "subject": subject, "withheld": subject.is_none(), "start": from, "end": to, "all_day": all_day, "status": status,
        })
    };
    let of = Some("daily");
    let standup = Some("Stand-up");
    let expected = [
        meeting(
            "daily/20260310T080000Z",
            of,
            None,
            "2026-03-10T13:00:00Z",
            "2026-03-10T13:30:00Z",
            false,
            "confirmed",
        ),
        meeting(
            "daily/20260311T080000Z",
            of,
            standup,
            "2026-03-11T08:00:00Z",
            "2026-03-11T08:15:00Z",
            false,
            "cancelled",
        ),
        meeting(
            "daily/20260312T080000Z",
            of,
            standup,
            "2026-03-12T08:00:00Z",
            "2026-03-12T08:15:00Z",
            false,
            "confirmed",
        ),
        meeting(
            "daily/20260313T080000Z",
            of,
            standup,
            "2026-03-13T08:00:00Z",
            "2026-03-13T08:15:00Z",
            false,
            "confirmed",
        ),
        meeting(
            "fair",
            None,
            Some("Fair"),
            "2026-03-13T23:00:00Z",
            "2026-03-15T23:00:00Z",
            true,
            "tentative",
        ),
    ];
    assert_eq!(ended.meetings(0).unwrap(), expected);
    // The same in every pass.
    assert_eq!(workplace.collect(&[]).unwrap().stdout, ended.stdout);
}

#[test]
fn what_is_gone_from_the_feed_is_gone_from_the_room() {
    let server = Pages::serve(&[Page::new(&path("atrium"), &sync("Weekly sync"))]).unwrap();
    let workplace = workplace(&server, &["atrium"]);
    assert_eq!(
        workplace.collect(&[]).unwrap().brief().unwrap(),
        ["atrium 2026-03-10T10:00 Weekly sync"]
    );
    // Another event stays: a feed that is empty at once is not believed at once.
    let another = "BEGIN:VEVENT\nUID:past\nDTSTART:20200310T100000Z\nEND:VEVENT\n";
    server.replace(&[Page::new(&path("atrium"), &calendar(another))]);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
}

#[test]
fn more_feeds_than_a_slice_takes_are_all_collected() {
    let names: Vec<String> = (0..25).map(|n| format!("room-{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pages: Vec<Page> = names
        .iter()
        .map(|name| Page::new(&path(name), &sync(name)))
        .collect();
    let server = Pages::serve(&pages).unwrap();
    let ended = workplace(&server, &names).collect(&[]).unwrap();
    let expected: Vec<String> = names
        .iter()
        .map(|name| format!("{name} 2026-03-10T10:00 {name}"))
        .collect();
    assert_eq!(
        (ended.code, ended.brief().unwrap()),
        (0, expected),
        "{}",
        ended.stderr
    );
    assert_eq!(server.asked().len(), 25);
}
