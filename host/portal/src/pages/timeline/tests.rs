//! Tests of the page as a whole.

use super::super::elements::tests::{HOSTILE, assert_harmless};
use super::*;
use crate::api::{MeetingView, SubjectView};
use crate::zone::Zone;

/// Tuesday 2026-03-10, 10:05 UTC.
const NOW: i64 = 1_773_137_100;
const MIDNIGHT: i64 = 1_773_100_800;
const DAY: i64 = 86_400;

fn meeting(from: i64, to: i64, status: &str, subject: SubjectView) -> MeetingView {
    MeetingView {
        start: MIDNIGHT + from * 60,
        end: MIDNIGHT + to * 60,
        subject,
        all_day: false,
        status: status.into(),
    }
}

fn text(subject: &str) -> SubjectView {
    SubjectView::Text(subject.into())
}

fn room(name: &str, outcome: Option<&str>, meetings: Vec<MeetingView>) -> TimelineRoom {
    TimelineRoom {
        source: "contoso".into(),
        address: format!("{}@contoso.com", name.to_lowercase()),
        name: name.into(),
        building: None,
        outcome: outcome.map(Into::into),
        known: vec![(MIDNIGHT - 30 * DAY, MIDNIGHT + 30 * DAY)],
        meetings,
    }
}

fn page(query: &str, rooms: Vec<TimelineRoom>) -> String {
    let view = Timeline {
        buildings: vec![String::new(), "HQ".into()],
        sources: vec!["contoso".into()],
        total: rooms.len() as u64,
        rooms,
    };
    timeline(&view, &asked(query)).into_string()
}

fn asked(query: &str) -> TimelineRequest {
    TimelineRequest::from_query(query, Zone::UTC, NOW)
}

/// The text of a page, without tags.
fn words(page: &str) -> String {
    let text: String = page
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_meeting_of_a_day_is_placed_and_said() {
    let page = page(
        "",
        vec![room(
            "Atrium",
            Some("collected"),
            vec![meeting(540, 600, "confirmed", text("Weekly sync"))],
        )],
    );
    assert!(
        page.contains(
            "<li class=\"meeting confirmed from-24 span-12 lane-1\" tabindex=\"0\">\
         <div class=\"words\"><span class=\"subject\"><bdi>Weekly sync</bdi></span> <span class=\"times\">\
         <time datetime=\"2026-03-10T09:00:00+00:00\">09:00</time>–\
         <time datetime=\"2026-03-10T10:00:00+00:00\">10:00</time></span></div></li>"
        ),
        "{page}"
    );
    assert!(page.contains("Tuesday, 10 March 2026"));
    assert!(page.contains("<span class=\"now from-37\""), "the line of 10:05");
}

#[test]
fn what_is_not_shown_of_a_subject_and_what_is_not_confirmed_are_words() {
    let meetings = vec![
        meeting(480, 510, "confirmed", SubjectView::Withheld),
        meeting(540, 570, "tentative", SubjectView::Hidden),
        meeting(600, 630, "cancelled", text("Review")),
        meeting(660, 690, "confirmed", SubjectView::None),
        meeting(720, 750, "confirmed", text(" ")),
    ];
    for query in ["", "view=week"] {
        let page = page(query, vec![room("Atrium", Some("collected"), meetings.clone())]);
        let words = words(&page);
        for said in [
            "withheld 08:00–08:30",
            "hidden 09:00–09:30 tentative",
            "Review 10:00–10:30 cancelled",
            "no subject 11:00–11:30",
            "no subject 12:00–12:30",
        ] {
            assert!(words.contains(said), "{said}: {words}");
        }
        assert!(page.contains("<s><span class=\"subject\"><bdi>Review</bdi></span></s>"));
    }
}

#[test]
fn what_goes_over_midnight_says_its_dates() {
    let over = vec![
        meeting(-60, 60, "confirmed", text("Night shift")),
        meeting(1_380, 1_440, "confirmed", text("Late")),
        meeting(1_420, 1_500, "confirmed", text("Later")),
    ];
    let words = words(&page("", vec![room("Atrium", Some("collected"), over)]));
    assert!(words.contains("Night shift 9 Mar 23:00–01:00"), "{words}");
    assert!(
        words.contains("Late 23:00–24:00") && words.contains("Later 23:40–11 Mar 01:00"),
        "{words}"
    );
}

#[test]
fn whole_days_have_a_lane_of_their_own_above_the_hours() {
    let mut offsite = meeting(0, 1_440, "confirmed", text("Offsite"));
    offsite.all_day = true;
    let page = page(
        "",
        vec![room(
            "Atrium",
            Some("collected"),
            vec![meeting(540, 600, "confirmed", text("Sync")), offsite],
        )],
    );
    let (before, after) = page.split_once("Offsite").unwrap();
    assert!(before.contains("<ul class=\"all-day\"><li class=\"meeting confirmed\" tabindex=\"0\">"));
    assert!(after.contains("all day") && after.split_once("</ul>").unwrap().1.contains("Sync"));
    assert!(
        !page.contains("hours-24"),
        "a whole day does not make the scale longer"
    );
}

#[test]
fn whole_days_of_another_zone_say_where_they_begin_and_end() {
    let mut offsite = meeting(0, 1_440, "confirmed", text("Offsite"));
    offsite.all_day = true;
    let words = words(&page(
        "zone=Europe/Berlin",
        vec![room("Atrium", Some("collected"), vec![offsite])],
    ));
    assert!(words.contains("Offsite all day, 01:00–11 Mar 01:00"), "{words}");
}

#[test]
fn a_room_that_was_not_collected_does_not_look_free() {
    let rooms = vec![
        room("Atrium", Some("collected"), vec![]),
        room("Vault", Some("denied"), vec![]),
        room("New", None, vec![]),
    ];
    for query in ["", "view=week"] {
        let page = page(query, rooms.clone());
        let part = |name: &str| {
            words(
                page.split_once(&format!("<bdi>{name}</bdi>"))
                    .unwrap()
                    .1
                    .split_once("</tr>")
                    .unwrap()
                    .0,
            )
        };
        assert!(part("Atrium").contains("no meetings"));
        assert!(words(&page).contains("a gap may not be free"));
        assert!(part("Vault").contains("not collected: denied") && part("Vault").contains("unknown"));
        assert!(part("New").contains("not collected yet") && part("New").contains("unknown"));
        assert!(!part("Vault").contains("no meetings") && !part("New").contains("no meetings"));
        assert_eq!(page.matches("<tr class=\"unread\">").count(), 2);
    }
}

#[test]
fn a_day_that_was_never_collected_does_not_look_free() {
    // Tuesday was read, and Wednesday until noon.
    let known = vec![(MIDNIGHT, MIDNIGHT + DAY * 3 / 2)];
    let empty = TimelineRoom {
        known: known.clone(),
        ..room("Atrium", Some("collected"), vec![])
    };
    let cells = |room: &TimelineRoom, query: &str| -> Vec<String> {
        let page = page(query, vec![room.clone()]);
        let row = page
            .split_once("</th><td")
            .unwrap()
            .1
            .split_once("</tr>")
            .unwrap()
            .0;
        row.split_terminator("</td>")
            .map(|cell| words(&format!("<td{}", cell.trim_start_matches("<td"))))
            .filter(|words| !words.is_empty())
            .collect()
    };
    assert_eq!(
        cells(&empty, "view=week"),
        [
            "not collected",
            "no meetings",
            "no meetings, partly collected",
            "not collected",
            "not collected",
            "not collected",
            "not collected"
        ]
    );
    for (date, said) in [
        ("2026-03-09", "not collected"),
        ("2026-03-10", "no meetings"),
        ("2026-03-11", "no meetings, partly collected"),
    ] {
        let query = format!("date={date}");
        assert_eq!(cells(&empty, &query), [said]);
        let page = page(&query, vec![empty.clone()]);
        assert_eq!(
            page.contains("<td class=\"unread\">"),
            said == "not collected",
            "{page}"
        );
        assert_eq!(
            words(&page).contains("A gap there may not be free."),
            said != "no meetings",
            "{page}"
        );
    }
    // A meeting that reaches into a day that was not read is not all that is booked there.
    let over = TimelineRoom {
        meetings: vec![meeting(-60, 60, "confirmed", text("Night shift"))],
        ..empty
    };
    let before = &cells(&over, "view=week")[0];
    assert_eq!(before, "Night shift 23:00–10 Mar 01:00not collected");
    let before = &cells(&over, "date=2026-03-09")[0];
    assert!(before.ends_with("not collected"), "{before}");
}

#[test]
fn a_week_lists_each_day_and_leads_to_it() {
    let page = page(
        "view=week&building=HQ",
        vec![room(
            "Atrium",
            Some("collected"),
            vec![meeting(-60, 60, "confirmed", text("Night shift"))],
        )],
    );
    assert!(page.contains("9 March – 15 March 2026, week 11"));
    assert!(page.contains(
        "aria-current=\"date\"><a href=\"/timeline?building=HQ&amp;date=2026-03-10&amp;view=day\">Tue 10 Mar"
    ));
    assert_eq!(page.matches("Night shift").count(), 2, "on both of its days");
    let words = words(&page);
    assert!(
        words.contains("Night shift 23:00–10 Mar 01:00") && words.contains("Night shift 9 Mar 23:00–01:00")
    );
}

#[test]
fn the_controls_keep_what_was_asked() {
    let page = page(
        "building=-&source=contoso&zone=Europe/Berlin&date=2026-03-29",
        vec![room("Atrium", None, vec![])],
    );
    assert!(page.contains("<option value=\"-\" selected>no building</option>"));
    assert!(
        page.contains("value=\"contoso\"")
            && page.contains("type=\"date\" name=\"date\" value=\"2026-03-29\"")
            && page.contains("type=\"hidden\" name=\"zone\" value=\"Europe/Berlin\"")
    );
    assert!(page.contains("rel=\"next\" href=\"/timeline?building=-&amp;source=contoso&amp;date=2026-03-30&amp;view=day&amp;zone=Europe%2FBerlin\""));
    assert!(page.contains(">Today</a>") && page.contains("date=2026-03-10"));
}

#[test]
fn a_building_that_is_gone_stays_chosen() {
    assert!(page("building=Annex", vec![]).contains("<option value=\"Annex\" selected>Annex</option>"));
}

#[test]
fn a_date_that_is_none_is_reported() {
    let told = words(&page("date=2026-02-30", vec![]));
    assert!(told.contains("“2026-02-30” is not a date of room calendars, so this is today."));
}

#[test]
fn an_unknown_zone_is_reported() {
    assert!(words(&page("zone=Mars", vec![])).contains("“Mars” is not a time zone; times are shown in UTC."));
}

#[test]
fn rooms_come_in_pages_that_keep_what_was_asked() {
    let view = Timeline {
        buildings: vec![],
        sources: vec![],
        rooms: vec![room("Atrium", None, vec![]); 50],
        total: 400,
    };
    let page = timeline(&view, &asked("text=conf&skip=50&date=2026-03-09")).into_string();
    assert!(page.contains("Rooms 51 to 100 of 400. "));
    for link in [
        "rel=\"prev\" href=\"/timeline?text=conf&amp;date=2026-03-09&amp;view=day\"",
        "rel=\"next\" href=\"/timeline?text=conf&amp;date=2026-03-09&amp;view=day&amp;skip=100\"",
        // The next day, of the same rooms.
        "href=\"/timeline?text=conf&amp;date=2026-03-10&amp;view=day&amp;skip=50\"",
    ] {
        assert!(page.contains(link), "{link}: {page}");
    }
    assert!(page.contains(">2<span class=\"unseen\"> of 8</span>"));
    let beyond = Timeline {
        rooms: vec![],
        buildings: vec![String::new()],
        ..view
    };
    let page = timeline(&beyond, &asked("skip=900")).into_string();
    assert!(page.contains("There are only 400 rooms.") && page.contains("skip=350"));
}

#[test]
fn rooms_of_a_building_stand_together_under_its_name() {
    let of = |building: Option<&str>, name: &str| TimelineRoom {
        building: building.map(Into::into),
        ..room(name, Some("collected"), vec![])
    };
    let rooms = vec![
        of(Some("Annex"), "A1"),
        of(Some("HQ"), "H1"),
        of(Some("HQ"), "H2"),
        of(None, "N1"),
    ];
    for (query, columns) in [("", 2), ("view=week", 8)] {
        let page = page(query, rooms.clone());
        assert_eq!(page.matches("<tbody>").count(), 3);
        let heading = format!("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{columns}\">");
        assert_eq!(page.matches(&heading).count(), 3, "{page}");
        assert!(page.contains("No building</th>"));
        let places = [
            "<bdi>Annex</bdi></a></th>",
            "A1",
            "<bdi>HQ</bdi></a></th>",
            "H1",
            "H2",
            "N1",
        ];
        let places: Vec<usize> = places.iter().map(|part| page.rfind(part).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(page.contains("href=\"/timeline?building=HQ&amp;"));
    }
}

#[test]
fn a_zone_that_the_address_names_is_said_and_can_be_left() {
    let page = page("zone=Asia/Tokyo", vec![]);
    assert!(words(&page).contains("The address asks for days in Asia/Tokyo. Show them in your time zone"));
    assert!(page.contains("<a href=\"/timeline?date=2026-03-10&amp;view=day\">Show them"));
}

#[test]
fn no_rooms_yet_differs_from_no_match_for_the_filters() {
    assert!(
        page("", vec![])
            .contains("No rooms match these filters. Choose another building or source, or another text.")
    );
    let none = Timeline {
        buildings: vec![],
        sources: vec![],
        rooms: vec![],
        total: 0,
    };
    assert!(timeline(&none, &asked("")).into_string().contains("No rooms yet"));
}

#[test]
fn foreign_text_is_text() {
    let mut hostile = room(
        HOSTILE,
        Some(HOSTILE),
        vec![meeting(540, 600, HOSTILE, text(HOSTILE))],
    );
    hostile.address = HOSTILE.into();
    hostile.source = HOSTILE.into();
    hostile.building = Some(HOSTILE.into());
    let view = Timeline {
        buildings: vec![HOSTILE.into()],
        sources: vec![HOSTILE.into()],
        rooms: vec![hostile, room("Atrium", None, vec![])],
        total: 2,
    };
    for query in ["zone=%3Cscript%3Ealert(1)%3C/script%3E%22onload", "view=week"] {
        assert_harmless(&timeline(&view, &asked(query)));
    }
}
