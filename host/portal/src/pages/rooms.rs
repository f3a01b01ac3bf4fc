//! All rooms with their outcomes, filtered and in pages.

use collector_insights::room::seats;
use maud::{Markup, html};
use url::form_urlencoded;

use super::elements::{
    Paging, counted, foreign, link, moment, number, outcome, paging, short, short_name, shown, source_field,
    text_field,
};
use crate::api::{RoomQuery, RoomRow, Rooms};

/// Rooms on one page.
const PAGE: u64 = 100;
/// The outcomes to filter by, with their labels.
const OUTCOMES: [(&str, &str); 5] = [
    ("collected", "collected"),
    ("denied", "denied: access refused"),
    ("missing", "missing: no calendar"),
    ("throttled", "throttled until the pass ended"),
    ("failed", "failed"),
];

/// Reads the query of an address. Ignores what it does not understand.
pub(crate) fn query(raw_query: &str) -> RoomQuery {
    let mut query = RoomQuery {
        limit: PAGE,
        ..RoomQuery::default()
    };
    for (key, value) in form_urlencoded::parse(raw_query.as_bytes()) {
        let value = value.trim();
        let given = (!value.is_empty()).then(|| value.to_owned());
        match key.as_ref() {
            "source" => query.source = given,
            "outcome" => {
                query.outcome = given.filter(|given| OUTCOMES.iter().any(|(outcome, _)| outcome == given))
            }
            "text" => query.text = given.as_deref().map(short),
            "skip" => query.skip = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    query
}

/// The page. `sources` are the choices of the filter; `now` is in UTC seconds.
pub(crate) fn rooms(view: &Rooms, query: &RoomQuery, sources: &[String], now: i64) -> Markup {
    html! {
        h1 { "Rooms" }
        (filter(query, sources))
        @if view.rooms.is_empty() { (nothing(view, query)) } @else {
            p.muted {
                (shown(view.rooms.len(), query.skip, view.total, "room")) ". A room that was not collected keeps its stored meetings and is never shown as empty."
            }
            div.table {
                table.stack.dense {
                    thead {
                        tr {
                            th { "Room" } th { "Source" } th { "Building" } th.number { "Seats" } th { "Room lists" } th { "Outcome" }
                            th { "Cause" } th { "Since" }
                        }
                    }
                    tbody { @for room in &view.rooms { (row(room, now)) } }
                }
            }
        }
        (paging("Pages of rooms", Paging { skip: query.skip, size: PAGE, total: view.total }, |skip| page(query, skip)))
    }
}

fn filter(query: &RoomQuery, sources: &[String]) -> Markup {
    html! {
        form.filter method="get" action="/rooms" role="search" {
            (source_field("Source", sources, query.source.as_ref()))
            div.field {
                label for="outcome" { "Outcome" }
                select #outcome name="outcome" {
                    option value="" { "any" }
                    @for (value, meaning) in OUTCOMES {
                        option value=(value) selected[query.outcome.as_deref() == Some(value)] { (meaning) }
                    }
                }
            }
            (text_field("name, address or building", query.text.as_deref()))
            div.actions { button type="submit" { "Show" } }
        }
    }
}

fn row(room: &RoomRow, now: i64) -> Markup {
    let timeline = link(
        "/timeline",
        &[
            ("source", &room.source),
            ("text", &room.address),
            ("view", "week"),
        ],
    );
    html! {
        tr {
            th scope="row" {
                a href=(timeline) title="Its week on the timeline" {
                    (short_name(if room.name.is_empty() { &room.address } else { &room.name }))
                }
                @if !room.name.is_empty() { br; small.muted { (short_name(&room.address)) } }
            }
            td data-label="Source" { (short_name(&room.source)) }
            td data-label="Building" { @if let Some(building) = &room.building { (short_name(building)) } }
            td.number data-label="Seats" { @match seats(room.capacity) { Some(seats) => (number(seats.into())), None => small.muted { "not known" } } }
            td.lists data-label="Room lists" {
                @for (index, list) in room.lists.iter().enumerate() {
                    @if index > 0 { ", " }
                    (short_name(list))
                }
            }
            td.outcome data-label="Outcome" { (outcome(room.outcome.as_deref())) }
            td.cause data-label="Cause" { @if let Some(cause) = &room.cause { (foreign(cause)) } }
            td.since data-label="Since" { @if let Some(since) = room.since { (moment(since, now)) } }
        }
    }
}

fn nothing(view: &Rooms, query: &RoomQuery) -> Markup {
    let filtered = query.source.is_some() || query.outcome.is_some() || query.text.is_some();
    html! {
        section.card.empty {
            @if view.total > 0 {
                p { "There are only " (counted(view.total, "room")) "." }
            } @else if filtered {
                p { "No rooms match these filters." }
                p.actions { a href="/rooms" { "Show all rooms" } }
            } @else {
                h2 { "No rooms yet" }
                p { "Rooms appear after the first collection. " a href="/" { "View sources" } }
            }
        }
    }
}

/// The address of the page that skips so many rooms.
fn page(query: &RoomQuery, skip: u64) -> String {
    let skip = if skip == 0 {
        String::new()
    } else {
        skip.to_string()
    };
    link(
        "/rooms",
        &[
            ("source", query.source.as_deref().unwrap_or_default()),
            ("outcome", query.outcome.as_deref().unwrap_or_default()),
            ("text", query.text.as_deref().unwrap_or_default()),
            ("skip", &skip),
        ],
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::elements::tests::{HOSTILE, assert_harmless};
    use super::*;

    fn room(outcome: Option<&str>) -> RoomRow {
        RoomRow {
            source: "contoso".into(),
            address: "a@contoso.com".into(),
            name: "Conf A".into(),
            building: Some("HQ".into()),
            capacity: Some(12),
            lists: vec!["hq@contoso.com".into(), "all@contoso.com".into()],
            outcome: outcome.map(Into::into),
            cause: outcome.map(|_| "ErrorAccessDenied".into()),
            since: Some(400),
            number: 1,
        }
    }

    #[test]
    fn a_query_is_what_the_form_sends() {
        assert_eq!(
            query("source=contoso&outcome=denied&text=+conf+%26+a+&skip=100&more=1"),
            RoomQuery {
                source: Some("contoso".into()),
                outcome: Some("denied".into()),
                text: Some("conf & a".into()),
                skip: 100,
                limit: 100,
            }
        );
        assert_eq!(
            query("source=&outcome=odd&text=&skip=-1"),
            RoomQuery {
                limit: 100,
                ..RoomQuery::default()
            }
        );
    }

    #[test]
    fn a_room_says_where_it_is_and_what_became_of_it() {
        let view = Rooms {
            total: 1,
            rooms: vec![room(Some("denied"))],
        };
        let page = rooms(&view, &query(""), &["contoso".into()], 1_000).into_string();
        for part in [
            "Conf A",
            "a@contoso.com",
            "HQ",
            ">12<",
            "<bdi>hq@contoso.com</bdi>, <bdi>all@contoso.com</bdi>",
            "<span class=\"status warning\">denied</span>",
            "ErrorAccessDenied",
            "10 minutes ago",
            "<a href=\"/timeline?source=contoso&amp;text=a%40contoso.com&amp;view=week\"",
            "1 room. A room that was not collected keeps its stored meetings",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn pages_lead_on_and_back_and_keep_what_was_asked() {
        let view = Rooms {
            total: 250,
            rooms: vec![room(None); 100],
        };
        let page = rooms(&view, &query("text=conf&skip=100"), &[], 0).into_string();
        assert!(page.contains("Rooms 101 to 200 of 250"));
        assert!(
            page.contains("rel=\"prev\" href=\"/rooms?text=conf\"")
                && page.contains(">2<span class=\"unseen\"> of 3<")
        );
        assert!(page.contains("rel=\"next\" href=\"/rooms?text=conf&amp;skip=200\""));
        let end = rooms(
            &Rooms {
                total: 250,
                rooms: Vec::new(),
            },
            &query("skip=900"),
            &[],
            0,
        )
        .into_string();
        assert!(end.contains("There are only 250 rooms.") && end.contains("href=\"/rooms?skip=200\""));
    }

    #[test]
    fn the_filter_keeps_what_was_asked() {
        let none = Rooms {
            total: 0,
            rooms: Vec::new(),
        };
        let page = rooms(
            &none,
            &query("source=gone&outcome=denied&text=x"),
            &["contoso".into()],
            0,
        )
        .into_string();
        for chosen in [
            "value=\"gone\" selected",
            "value=\"denied\" selected",
            "name=\"text\" placeholder=\"name, address or building\" value=\"x\"",
        ] {
            assert!(page.contains(chosen), "{chosen}: {page}");
        }
    }

    #[test]
    fn no_rooms_yet_differs_from_no_match() {
        let none = Rooms {
            total: 0,
            rooms: Vec::new(),
        };
        assert!(
            rooms(&none, &query(""), &[], 0)
                .into_string()
                .contains("No rooms yet")
        );
        assert!(
            rooms(&none, &query("text=x"), &[], 0)
                .into_string()
                .contains("No rooms match these filters.")
        );
    }

    #[test]
    fn foreign_text_is_text() {
        let hostile = RoomRow {
            source: HOSTILE.into(),
            address: HOSTILE.into(),
            name: HOSTILE.into(),
            building: Some(HOSTILE.into()),
            lists: vec![HOSTILE.into()],
            outcome: Some(HOSTILE.into()),
            cause: Some(HOSTILE.into()),
            ..room(None)
        };
        let asked = RoomQuery {
            text: Some(HOSTILE.into()),
            ..query("")
        };
        assert_harmless(&rooms(
            &Rooms {
                total: 1,
                rooms: vec![hostile],
            },
            &asked,
            &[HOSTILE.into()],
            0,
        ));
    }

    proptest! {
        #[test]
        fn whatever_is_asked_makes_a_page(raw in ".{0,60}", skip in any::<u64>(), total in any::<u64>()) {
            let asked = query(&format!("{raw}&skip={skip}"));
            let page = rooms(&Rooms { total, rooms: vec![room(None)] }, &asked, &[], 0).into_string();
            prop_assert!(page.contains("Conf A"));
        }
    }
}
