//! `[insights]`: rooms, their spaces and seats, and what is wrong with them.

use collector_insights::hours::{BuildingKeys, Keys, Settings};
use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;

use super::{parse, problems};
use crate::config::InsightsRoom;

#[test]
fn rooms_name_their_spaces_and_seats() {
    let config = parse(
        "[insights]\n[[insights.room]]\naddress = \"Conf-A@Contoso.com\"\nspaces = [\"webex:Y2lz:1\", \"teams:a\"]\ncapacity = 8\ntags = [\"floor 2\", \"video\", \"video\"]\n\
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
                tags: vec!["floor 2".into(), "video".into()],
            },
            InsightsRoom {
                address: RoomAddress::new("conf-b@contoso.com"),
                spaces: vec![space("webex", "Y2lz:1")],
                capacity: None,
                tags: Vec::new(),
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
            "2:1: insights: room: it is a number; it must be a list of tables, [[insights.room]]",
        ),
        (
            "[insights]\nrooms = []",
            "2:1: insights: rooms: there is no such key; did you mean `room`? valid keys are building, days, holidays, hours, room, time-zone, weekly",
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
            "3:1: insights.room \"a@b.c\": seats: there is no such key; valid keys are address, capacity, spaces, tags",
        ),
        (
            "[[insights.room]]\naddress = \"a@b.c\"\ncapacity = 0",
            "3:1: insights.room \"a@b.c\": capacity: it is out of range; give a whole number from 1 to 100000",
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
    assert_eq!(
        problems("[insights.weekly]\nurl = \"rooms\"\nretries = 3"),
        [
            "etc/collector.toml:2:1: insights: weekly: url: it is not a URL (relative URL without a base); write it like \"https://example.com/weekly\"",
            &format!(
                "etc/collector.toml:1:11: insights: weekly: secret: it is missing; {}",
                super::super::secret::REMEDY
            ),
            "etc/collector.toml:3:1: insights: weekly: retries: there is no such key; valid keys are ca, secret, url",
        ]
    );
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

#[test]
fn open_time_is_that_of_all_buildings_but_for_the_keys_that_a_building_gives() {
    let config = parse(
        "[insights]\ntime-zone = \"Europe/Berlin\"\ndays = [\"mon\", \"sat\"]\nhours = [\"07:30\", \"24:00\"]\nholidays = [\"2026-12-25\"]\n\
         [[insights.building]]\nname = \"Chicago\"\ntime-zone = \"America/Chicago\"\n",
    )
    .unwrap();
    let keys = Keys {
        time_zone: Some("Europe/Berlin".into()),
        days: Some(vec!["mon".into(), "sat".into()]),
        hours: Some(vec!["07:30".into(), "24:00".into()]),
        holidays: Some(vec!["2026-12-25".into()]),
    };
    let chicago = BuildingKeys {
        name: "Chicago".into(),
        keys: Keys {
            time_zone: Some("America/Chicago".into()),
            ..Keys::default()
        },
    };
    assert_eq!(
        config.insights.hours,
        Settings {
            keys,
            building: vec![chicago]
        }
    );
    assert_eq!(parse("").unwrap().insights.hours, Settings::default());
}

#[test]
fn open_time_that_is_none_is_named_with_its_place_and_remedy() {
    for (text, problem) in [
        (
            "[insights]\ntime-zone = \"Berlin\"",
            "2:1: insights: time-zone: there is no time zone \"Berlin\"; write it as IANA names it, such as \"Europe/Berlin\"",
        ),
        (
            "[insights]\ndays = [\"mon\", \"Tuesday\"]",
            "2:1: insights: days: \"Tuesday\" is none of mon, tue, wed, thu, fri, sat, sun; list the open days, such as [\"mon\", \"tue\"]",
        ),
        (
            "[insights]\nhours = [\"18:00\", \"08:00\"]",
            "2:1: insights: hours: these are not two times of the wall clock, the second later; write when rooms open and close, such as [\"08:00\", \"18:00\"]; the latest time is \"24:00\"",
        ),
        (
            "[[insights.building]]\nname = \"HQ\"\nholidays = [\"25.12.2026\"]",
            "3:1: insights.building \"HQ\": holidays: \"25.12.2026\" is not a date; write dates like \"2026-12-25\"",
        ),
        (
            "[[insights.building]]\nname = \"HQ\"\n[[insights.building]]\nname = \"HQ\"",
            "4:1: insights.building \"HQ\": name: this building is listed twice; write all that differs in a building into one [[insights.building]]",
        ),
        (
            "[[insights.building]]\ntime-zone = \"UTC\"",
            "1:1: insights: building: name: it is missing; give the building's name exactly as `collector rooms` shows it, such as name = \"Chicago\"",
        ),
    ] {
        assert_eq!(
            problems(text),
            [format!("etc/collector.toml:{problem}")],
            "{text}"
        );
    }
}

#[test]
fn a_summary_is_posted_by_https_and_signed_with_a_secret_that_can_be_one() {
    let directory = tempfile::tempdir().unwrap();
    let opened = |url: &str, secret: &str| {
        let file = directory.path().join("secret");
        std::fs::write(&file, secret).unwrap();
        let text = format!(
            "[insights.weekly]\nurl = \"{url}\"\nsecret = {{ file = \"{}\" }}\n",
            file.display()
        );
        let weekly = parse(&text).unwrap().insights.weekly.unwrap();
        assert_eq!(weekly.origin(), url.trim_end_matches("/weekly"));
        weekly.open().map(drop)
    };
    let secret = format!("whsec_{}=", "A".repeat(43));
    assert_eq!(opened("https://rooms.example.com/weekly", &secret), Ok(()));
    for (url, secret, problem) in [
        (
            "http://rooms.example.com/weekly",
            secret.as_str(),
            "must begin with https://",
        ),
        ("https://rooms.example.com/weekly", "short", "`secret` must be"),
    ] {
        let found = opened(url, secret).unwrap_err();
        assert!(
            found.contains(problem) && found.contains("[insights.weekly]"),
            "{found}"
        );
    }
    // A secret in the vault is known to be needed.
    let stored = parse("[insights.weekly]\nurl = \"https://a.b\"\nsecret = { stored = \"weekly\" }").unwrap();
    assert_eq!(
        stored.stored_secrets(),
        [("weekly".to_owned(), "[insights.weekly]".to_owned())]
    );
}
