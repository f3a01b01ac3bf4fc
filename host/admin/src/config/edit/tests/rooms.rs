//! Spaces are joined to rooms and separated from them, and all else in the file stays as it is.

use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use proptest::prelude::*;

use super::super::*;
use super::{WHOLE, file};

fn space(text: &str) -> SpaceId {
    SpaceId::parse(text).unwrap()
}

fn joined(text: &str, room: &str, name: &str) -> String {
    let mut file = file(text);
    file.join_space(&RoomAddress::new(room), &space(name)).unwrap();
    file.config().unwrap();
    file.text
}

fn separated(text: &str, room: &str, name: &str) -> String {
    let mut file = file(text);
    file.separate_space(&RoomAddress::new(room), &space(name))
        .unwrap();
    file.config().unwrap();
    file.text
}

#[test]
fn a_room_that_is_not_there_is_added_at_the_end_and_goes_again() {
    let added = "\n[[insights.room]]\naddress = \"a@b.c\"\nspaces = [\"webex:Y2lz\"]\n";
    for text in [
        "",
        WHOLE,
        "# all\n[insights]\n",
        "[[sink]]\nname = \"s\"\ntype = \"jsonl\"\npath = \"-\"\n# the end\n",
    ] {
        let after = joined(text, "a@b.c", "webex:Y2lz");
        assert_eq!(after, format!("{text}{added}").trim_start_matches('\n'));
        assert_eq!(separated(&after, "A@b.c", "webex:Y2lz"), text);
    }
}

const ROOMS: &str = r#"[insights] # rooms
# Next to the lifts.
[[insights.room]]
address = "A@b.c" # the big one
spaces = ["webex:1", "teams:x"] # two

[[insights.room]]
address = "b@b.c"
capacity = 8
[[insights.room]]
address = "c@b.c"
spaces = [
  "webex:3", # the codec
  "webex:4", # the bar
]

[[source]]
name = "webex"
connector = "webex"
"#;

#[test]
fn a_space_is_added_to_what_a_room_names_and_comments_stay() {
    assert_eq!(
        joined(ROOMS, "a@b.c", "webex:2"),
        ROOMS.replace("\"teams:x\"]", "\"teams:x\", \"webex:2\"]")
    );
    assert_eq!(
        joined(ROOMS, "b@b.c", "webex:2"),
        ROOMS.replace("capacity = 8\n", "capacity = 8\nspaces = [\"webex:2\"]\n")
    );
    assert_eq!(
        joined(ROOMS, "c@b.c", "webex:2"),
        ROOMS.replace("# the bar\n", "# the bar\n  \"webex:2\",\n")
    );
    assert_eq!(joined(ROOMS, "a@b.c", "teams:x"), ROOMS, "it is named already");
}

#[test]
fn a_space_is_taken_out_and_what_else_is_said_of_the_room_stays() {
    assert_eq!(
        separated(ROOMS, "a@b.c", "webex:1"),
        ROOMS.replace("\"webex:1\", ", "")
    );
    assert_eq!(
        separated(ROOMS, "a@b.c", "teams:x"),
        ROOMS.replace(", \"teams:x\"", "")
    );
    assert_eq!(
        separated(ROOMS, "c@b.c", "webex:4"),
        ROOMS.replace("  \"webex:4\", # the bar\n", "")
    );
    assert_eq!(
        separated(ROOMS, "c@b.c", "webex:3"),
        ROOMS.replace("  \"webex:3\", # the codec\n", "")
    );
    let open = ROOMS.replace("\"webex:4\", # the bar", "\"webex:4\" # the bar");
    assert_eq!(
        separated(&open, "c@b.c", "webex:4"),
        ROOMS.replace("  \"webex:4\", # the bar\n", "")
    );
    assert_eq!(
        joined(&open, "c@b.c", "webex:2"),
        ROOMS.replace("# the bar\n", "# the bar\n  \"webex:2\",\n")
    );
    let none = separated(&separated(ROOMS, "a@b.c", "webex:1"), "a@b.c", "teams:x");
    assert_eq!(
        none,
        ROOMS.replace("[\"webex:1\", \"teams:x\"] # two", "[] # two")
    );
    let text = joined(ROOMS, "b@b.c", "webex:2");
    assert_eq!(separated(&text, "b@b.c", "webex:2"), ROOMS, "its seats stay");
}

#[test]
fn what_cannot_be_changed_alone_is_refused() {
    for text in [
        "insights = { room = [{ address = \"a@b.c\", spaces = [\"webex:1\"] }] }\n",
        "[insights]\nroom = [{ address = \"a@b.c\", spaces = [\"webex:1\"] }]\n",
    ] {
        let mut file = file(text);
        let (room, space) = (RoomAddress::new("a@b.c"), space("webex:1"));
        assert!(matches!(
            file.join_space(&room, &space),
            Err(EditError::Unsupported { .. })
        ));
        assert!(matches!(
            file.separate_space(&room, &space),
            Err(EditError::Unsupported { .. })
        ));
        assert_eq!(file.text, text);
    }
    let missing = file(ROOMS)
        .separate_space(&RoomAddress::new("b@b.c"), &space("webex:1"))
        .unwrap_err();
    assert_eq!(
        missing.to_string(),
        "in etc/collector.toml, no [[insights.room]] of b@b.c names the space \"webex:1\"; reload the page"
    );
}

#[test]
fn only_the_room_that_was_joined_may_differ_when_the_file_is_saved() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("collector.toml");
    std::fs::write(&path, ROOMS).unwrap();
    let mut file = ConfigFile::open(&path).unwrap();
    file.join_space(&RoomAddress::new("a@b.c"), &space("webex:2"))
        .unwrap();
    file.text = file.text.replace("capacity = 8", "capacity = 9");
    assert!(matches!(file.save(), Err(EditError::Unsupported { .. })));
    let mut file = ConfigFile::open(&path).unwrap();
    file.join_space(&RoomAddress::new("new@b.c"), &space("webex:2"))
        .unwrap();
    file.save().unwrap();
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .ends_with("spaces = [\"webex:2\"]\n")
    );
}

proptest! {
    #[test]
    fn what_is_joined_and_separated_again_is_as_it_was(
        key in "[a-zA-Z0-9:/=\"\\\\ é-]{1,12}", room in "[a-d]@b[.]c", windows in any::<bool>(), open in any::<bool>(),
    ) {
        let text = if open { ROOMS.trim_end() } else { ROOMS };
        let text = if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
        let name = format!("other:{key}");
        let before = file(&text).config().unwrap();
        let after = joined(&text, &room, &name);
        let config = file(&after).config().unwrap();
        let named = |config: &Config| config.insights.rooms.iter().map(|room| room.spaces.len()).sum::<usize>();
        prop_assert_eq!(named(&config), named(&before) + 1);
        prop_assert_eq!(config.sources.len(), 1);
        let back = separated(&after, &room, &name);
        let back_config = file(&back).config().unwrap();
        prop_assert_eq!(&back_config.insights, &before.insights);
        prop_assert_eq!(back, text);
    }
}
