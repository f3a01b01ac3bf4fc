//! `[insights]`: rooms, their spaces and seats, and what is wrong with them.

use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;

use super::{parse, problems};
use crate::config::InsightsRoom;

#[test]
fn rooms_name_their_spaces_and_seats() {
    let config = parse(
        "[insights]\n[[insights.room]]\naddress = \"Conf-A@Contoso.com\"\nspaces = [\"webex:Y2lz:1\", \"teams:a\"]\ncapacity = 8\n\
         [[insights.room]]\naddress = \"conf-b@contoso.com\"\nspaces = [\"webex:Y2lz:1\"]\n",
    )
    .unwrap();
    let space = |source: &str, key: &str| SpaceId {
        source: source.into(),
        key: key.into(),
    };
    assert_eq!(
        config.insights.rooms,
        [
            InsightsRoom {
                address: RoomAddress::new("conf-a@contoso.com"),
                spaces: vec![space("webex", "Y2lz:1"), space("teams", "a")],
                capacity: Some(8),
            },
            InsightsRoom {
                address: RoomAddress::new("conf-b@contoso.com"),
                spaces: vec![space("webex", "Y2lz:1")],
                capacity: None,
            },
        ],
        "a key may have colons, and several rooms may name one space"
    );
    assert_eq!(parse("").unwrap().insights.rooms, []);
}

#[test]
fn each_mistake_has_its_place_and_remedy() {
    for (text, problem) in [
        (
            "[insights]\nroom = 1",
            "2:1: insights: room: it is an unexpected or out-of-range number; it must be a list of tables, [[insights.room]]",
        ),
        (
            "[insights]\nrooms = []",
            "2:1: insights: rooms: there is no such key; did you mean `room`? valid keys are room",
        ),
        (
            "[[insights.room]]\nspaces = []",
            "1:1: insights: room: address: it is missing; give the address of the room's calendar, such as address = \"conf-a@contoso.com\"",
        ),
        (
            "[[insights.room]]\naddress = \"conf a\"",
            "2:1: insights.room \"conf a\": address: \"conf a\" is not the address of a calendar; write it as `collector rooms` shows it, such as \"conf-a@contoso.com\"",
        ),
        (
            "[[insights.room]]\naddress = \"a@b.c\"\nseats = 4",
            "3:1: insights.room \"a@b.c\": seats: there is no such key; valid keys are address, capacity, spaces",
        ),
        (
            "[[insights.room]]\naddress = \"a@b.c\"\ncapacity = 0",
            "3:1: insights.room \"a@b.c\": capacity: it is an unexpected or out-of-range number; give a whole number from 1 to 100000",
        ),
        (
            "[[insights.room]]\naddress = \"a@b.c\"\nspaces = \"webex:x\"",
            "3:1: insights.room \"a@b.c\": spaces: it is a string; it must be a list of strings, [\"…\", \"…\"]",
        ),
        (
            "[[insights.room]]\naddress = \"a@b.c\"\nspaces = [\"webex:x\", \"webex:x\"]",
            "3:1: insights.room \"a@b.c\": spaces: \"webex:x\" is listed twice; remove one of the two",
        ),
        (
            "[[insights.room]]\naddress = \"a@b.c\"\n[[insights.room]]\naddress = \"A@B.C\"",
            "4:1: insights.room \"A@B.C\": address: this room is listed twice, at etc/collector.toml:2:1; write all that belongs to a room into one [[insights.room]]; addresses ignore case",
        ),
    ] {
        assert_eq!(
            problems(text),
            [format!("etc/collector.toml:{problem}")],
            "{text}"
        );
    }
    for space in ["webex", ":x", "webex:", ""] {
        let text = format!("[[insights.room]]\naddress = \"a@b.c\"\nspaces = [\"{space}\"]");
        let found = problems(&text);
        assert!(
            found.len() == 1 && found[0].contains("is not a space; write the source's name, a colon"),
            "{found:?}"
        );
    }
    let long = format!(
        "[[insights.room]]\naddress = \"a@b.c\"\nspaces = [\"webex:{}\"]",
        "x".repeat(1_025)
    );
    assert!(problems(&long)[0].contains("has more than 1024 bytes"));
}
