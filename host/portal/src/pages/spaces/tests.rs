//! What the page about spaces says, and that foreign text stays text.

use collector_model::joining::Agreement;
use collector_model::usage::Kind;
use proptest::prelude::*;

use super::super::elements::tests::{HOSTILE, assert_harmless};
use super::*;
use crate::api::SpaceRecord;

fn room(address: &str, name: &str) -> RoomName {
    RoomName {
        address: address.into(),
        name: Some(name.into()),
    }
}

fn row(key: &str, name: &str) -> SpaceRow {
    SpaceRow {
        space: SpaceRecord {
            source: "webex".into(),
            key: key.into(),
            name: name.into(),
            address: None,
            building: None,
            capacity: None,
            zone: None,
            kinds: vec![Kind::Call, Kind::PeopleCount],
            outcome: Some("collected".into()),
            cause: None,
            since: None,
            listed: true,
        },
        by: None,
        rooms: Vec::new(),
        proposal: None,
        agreement: None,
    }
}

fn rows<T>(rows: Vec<T>) -> Rows<T> {
    Rows {
        total: rows.len() as u64,
        rows,
    }
}

fn view() -> Spaces {
    Spaces {
        alone: rows(vec![
            SpaceRow {
                proposal: Some(room("a@b.c", "Conf A")),
                ..row("Y2 1", "conf-a")
            },
            row("Y2 2", ""),
        ]),
        empty: rows(vec![room("a@b.c", "Conf A")]),
        joined: rows(vec![
            SpaceRow {
                by: Some(JoinedBy::Configuration),
                rooms: vec![
                    room("b@b.c", "Conf B"),
                    RoomName {
                        address: "gone@b.c".into(),
                        name: None,
                    },
                ],
                agreement: Some(Agreement { calls: 12, booked: 3 }),
                ..row("Y2 3", "Hall")
            },
            SpaceRow {
                by: Some(JoinedBy::Address),
                rooms: vec![room("d@b.c", "")],
                agreement: Some(Agreement {
                    calls: 12,
                    booked: 12,
                }),
                ..row("Y2 4", "Den")
            },
        ]),
        unknown: rows(vec![(
            "b@b.c".to_owned(),
            SpaceId {
                source: "webex".into(),
                key: "typo".into(),
            },
        )]),
    }
}

fn shown(view: &Spaces, asked: &str) -> String {
    spaces(view, &query(asked), &["webex".into()], "the-token").into_string()
}

#[test]
fn spaces_without_a_room_come_first_with_what_is_proposed() {
    let page = shown(&view(), "");
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part}: {page}"));
    assert!(at("Spaces without a room") < at("Rooms without a space"));
    assert!(at("Rooms without a space") < at("Joined spaces"));
    for part in [
        "href=\"/spaces/choose?source=webex&amp;key=Y2+1&amp;room=a%40b.c\">Join</a>",
        "href=\"/spaces/choose?source=webex&amp;key=Y2+2\">Choose a room</a>",
        "call, people-count",
        "<bdi>webex:typo</bdi>",
        "no source lists this room",
    ] {
        at(part);
    }
    assert_eq!(
        page.matches(">Join</a>").count(),
        1,
        "nothing is proposed for the other"
    );
}

#[test]
fn a_joined_space_says_why_and_when_that_is_doubtful() {
    let page = shown(&view(), "");
    for part in [
        "the configuration<br><span class=\"status warning\">doubtful: 3 of 12 calls overlap a booking</span>",
        "<td data-label=\"Joined by\">the address</td>",
        ">Separate from b@b.c</button>",
        ">Separate from gone@b.c</button>",
        ">Add a room</a>",
        ">Choose another room</a>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(page.matches("doubtful").count(), 1);
    assert_eq!(
        page.matches("action=\"/spaces/separate\"").count(),
        3,
        "what the address joins cannot be separated"
    );
}

#[test]
fn each_part_has_pages_of_its_own() {
    let mut long = view();
    long.joined.total = 250;
    long.joined.rows = vec![row("x", "X"); 25];
    let page = shown(&long, "text=x&part=joined&skip=100");
    assert!(page.contains("101 to 125 of 250 spaces."), "{page}");
    assert!(
        page.contains("rel=\"prev\" href=\"/spaces?text=x&amp;part=joined&amp;skip=75#joined\""),
        "{page}"
    );
    assert!(page.contains("rel=\"next\" href=\"/spaces?text=x&amp;part=joined&amp;skip=125#joined\""));
    assert!(
        page.contains("2 spaces. What devices report there"),
        "the other parts begin at their start"
    );
}

#[test]
fn no_spaces_yet_differs_from_no_match() {
    let none = Spaces {
        alone: rows(Vec::new()),
        empty: rows(Vec::new()),
        joined: rows(Vec::new()),
        unknown: rows(Vec::new()),
    };
    assert!(shown(&none, "").contains("No spaces yet"));
    assert!(shown(&none, "text=x").contains("No spaces match these filters."));
}

#[test]
fn foreign_text_is_text() {
    let own = || HOSTILE.to_owned();
    let hostile = || SpaceRow {
        space: SpaceRecord {
            source: own(),
            address: Some(own()),
            outcome: Some(own()),
            ..row(HOSTILE, HOSTILE).space
        },
        by: Some(JoinedBy::Configuration),
        rooms: vec![room(HOSTILE, HOSTILE), room(HOSTILE, HOSTILE)],
        proposal: Some(room(HOSTILE, HOSTILE)),
        agreement: None,
    };
    let view = Spaces {
        alone: rows(vec![hostile()]),
        empty: rows(vec![room(HOSTILE, HOSTILE)]),
        joined: rows(vec![hostile()]),
        unknown: rows(vec![(
            own(),
            SpaceId {
                source: own(),
                key: own(),
            },
        )]),
    };
    let asked = SpaceQuery {
        source: Some(own()),
        text: Some(own()),
        ..query("")
    };
    assert_harmless(&spaces(&view, &asked, &[own()], "the-token"));
}

proptest! {
    #[test]
    fn whatever_is_asked_makes_a_page(raw in ".{0,60}", skip in any::<u64>(), total in any::<u64>()) {
        let mut view = view();
        view.joined.total = total.max(1);
        let page = shown(&view, &format!("{raw}&part=joined&skip={skip}"));
        prop_assert!(page.contains("Hall"));
    }
}
