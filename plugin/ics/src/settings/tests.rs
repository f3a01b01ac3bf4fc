use super::{list_rooms, origin, parse, schema};
use crate::privacy::Withhold;
use connector_sdk::{CollectError, Room};
use serde_json::{Value, json};

fn with_feed(feed: Value) -> String {
    json!({"feeds": [feed]}).to_string()
}

fn problems(settings: &str) -> Vec<String> {
    let problems = parse(settings).unwrap_err();
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.key, problem.problem))
        .collect()
}

#[test]
fn the_rooms_are_the_feeds() {
    let settings = json!({
        "feeds": [
            {"room": "Atrium@Contoso.com", "name": "Atrium", "url": "webcal://Calendar.example.com/a.ics#x", "building": "HQ", "capacity": 12},
            {"room": "lab@contoso.com", "name": "Lab", "url": "http://127.0.0.1:4100/lab"},
        ],
        "user-agent": "rooms@contoso.com",
        "time-zone": "W. Europe Standard Time",
        "withhold-subjects": "all",
    })
    .to_string();
    let read = parse(&settings).unwrap();
    assert_eq!(read.feeds[0].url, "https://Calendar.example.com/a.ics");
    assert_eq!(read.user_agent.as_deref(), Some("rooms@contoso.com"));
    assert_eq!(read.zone, crate::zone::named("Europe/Berlin"));
    assert_eq!(read.withhold, Withhold::All);
    let room = |name: &str, title: &str, building: Option<&str>, capacity| Room {
        address: format!("{name}@contoso.com"),
        key: format!("{name}@contoso.com"),
        name: title.to_owned(),
        building: building.map(str::to_owned),
        capacity,
        lists: Vec::new(),
    };
    let expected = vec![
        room("atrium", "Atrium", Some("HQ"), Some(12)),
        room("lab", "Lab", None, None),
    ];
    assert_eq!(list_rooms(&settings), Ok(expected.into_iter().collect()));
}

#[test]
fn every_problem_is_said_by_its_key_and_no_address_is_repeated() {
    assert_eq!(problems("[]"), [": the settings are not a JSON object"]);
    assert_eq!(problems("{}"), ["feeds: it is missing"]);
    assert_eq!(
        problems(r#"{"feeds": "x"}"#),
        ["feeds: it is not a list of feeds"]
    );
    assert_eq!(problems(&with_feed(json!("x"))), ["feeds[0]: it is not a table"]);
    assert_eq!(
        problems(&with_feed(
            json!({"room": "Atrium", "name": " ", "url": 7, "capacity": -1, "floor": 2})
        )),
        [
            "feeds[0].name: it is empty",
            "feeds[0].url: it is not a text",
            "feeds[0].room: \"Atrium\" is not an address",
            "feeds[0].capacity: it is not a number of seats",
            "feeds[0].floor: there is no such setting",
        ]
    );
    let feed = json!({"room": "a@x.org", "name": "A", "url": "https://x.org/a"});
    let twice = json!({
        "feeds": [feed, {"room": "A@x.org", "name": "A", "url": "https://x.org/b"}],
        "time-zone": "Middle Earth", "withhold-subjects": "some", "user-agent": "a\nb", "rooms": 1,
    });
    assert_eq!(
        problems(&twice.to_string()),
        [
            "feeds[1].room: a@x.org has a feed already",
            "user-agent: it is too long, or has characters other than plain ASCII",
            "time-zone: \"Middle Earth\" is not a time zone",
            "withhold-subjects: \"some\" is not one of its values",
            "rooms: there is no such setting",
        ]
    );
    assert!(matches!(list_rooms("{}"), Err(CollectError::Settings(_))));
}

#[test]
fn only_addresses_that_keep_the_feed_to_itself_are_taken() {
    for (url, problem) in [
        ("calendar.example.com/a.ics", "it is not an absolute address"),
        ("ftp://example.com/a.ics", "it is neither https nor webcal"),
        ("https:///a.ics", "it has no host"),
        (
            "https://user:password@example.com/a.ics",
            "it contains a user name or password, which belong in the credential \"feed\"",
        ),
        (
            "http://example.com/a.ics",
            "it is plain http, which is allowed only to this machine itself (127.0.0.1)",
        ),
        (
            "http://localhost.example.com/",
            "it is plain http, which is allowed only to this machine itself (127.0.0.1)",
        ),
        (
            "https://example.com/a b",
            "it contains a character that is not allowed in an address",
        ),
    ] {
        let settings = with_feed(json!({"room": "a@x.org", "name": "A", "url": url}));
        assert_eq!(problems(&settings), [format!("feeds[0].url: {problem}")], "{url}");
    }
    for url in [
        "http://127.0.0.1:80/a",
        "http://localhost/a",
        "http://[::1]:4100/a",
        "HTTPS://example.com?key=1",
    ] {
        assert!(
            parse(&with_feed(json!({"room": "a@x.org", "name": "A", "url": url}))).is_ok(),
            "{url}"
        );
    }
}

#[test]
fn the_schema_describes_each_setting_with_examples_that_can_be_used() {
    let schema = schema();
    let properties = schema["properties"].as_object().unwrap();
    let of_feed = schema["properties"]["feeds"]["items"]["properties"]
        .as_object()
        .unwrap();
    for (name, property) in properties.iter().chain(of_feed) {
        for part in ["title", "description", "examples"] {
            assert!(property.get(part).is_some(), "{name} has no {part}");
        }
    }
    let example = |name: &str| properties[name]["examples"][0].clone();
    let settings: Value = properties
        .keys()
        .map(|name| (name.clone(), example(name)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert!(parse(&settings.to_string()).is_ok());
}

#[test]
fn the_origin_is_what_stands_before_the_path() {
    assert_eq!(origin("https://example.com:8443/a?b"), "https://example.com:8443");
    assert_eq!(origin("https://example.com?key=1"), "https://example.com");
    assert_eq!(origin("https://example.com"), "https://example.com");
}

#[test]
fn a_feeds_name_of_a_zone_is_explained() {
    let feed = json!({"room": "a@x.org", "name": "A", "url": "https://x.org/a"});
    let with = |zones: Value| json!({"feeds": [feed], "zones": zones}).to_string();
    let read = parse(&with(json!({"Amsterdam Office": "Europe/Amsterdam"}))).unwrap();
    assert_eq!(
        read.zone_names.get("amsterdam office"),
        crate::zone::named("Europe/Amsterdam").as_ref()
    );
    assert_eq!(
        problems(&with(json!({"Office": "Atlantis", "Lab": 7}))),
        [
            "zones.Lab: it is not a text",
            "zones.Office: \"Atlantis\" is not a time zone"
        ]
    );
    assert_eq!(
        problems(&with(json!([]))),
        ["zones: it is not a table of at most 200 names"]
    );
}

#[test]
fn a_room_that_has_a_feed_already_is_told_even_if_more_is_wrong_with_its_feed() {
    let settings = json!({"feeds": [
        {"room": "atrium@contoso.com", "name": "Atrium", "url": "ftp://calendar.example.com/a.ics"},
        {"room": " Atrium@Contoso.com ", "name": "Atrium", "url": "gopher://calendar.example.com/a.ics"},
    ]});
    assert_eq!(
        problems(&settings.to_string()),
        [
            "feeds[0].url: it is neither https nor webcal",
            "feeds[1].url: it is neither https nor webcal",
            "feeds[1].room: atrium@contoso.com has a feed already",
        ]
    );
}
