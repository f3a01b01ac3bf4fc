//! Pages of verdicts over a store of three rooms, and reports that take too long.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use collector_insights::group::By;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::room::{Room, RoomAddress};
use collector_model::window::Window;
use collector_store::{Change, Reading, Store};

use super::*;
use crate::figures::report_while;

const DAY: i64 = 24 * 60 * 60;
/// 2026-03-10.
const TENTH: i64 = 1_773_100_800;
const NOW: i64 = TENTH + 5 * DAY;

fn config() -> Config {
    let source = "[[source]]\nname = \"contoso\"\nreceive = { token = { env = \"TOKEN\" } }\n";
    Config::parse(source, Path::new("collector.toml")).unwrap()
}

/// The rooms a, b and c with two, none and three bookings, two of which begin at once.
fn store() -> Store {
    let mut store = Store::empty().unwrap();
    let room = |name: &str| Room {
        address: RoomAddress::new(&format!("{name}@x")),
        key: name.to_owned(),
        name: name.to_owned(),
        building: None,
        capacity: None,
        lists: Vec::new(),
    };
    // Not in the order of their addresses.
    store
        .put_rooms("contoso", &[room("c"), room("a"), room("b")], &[])
        .unwrap();
    for (name, hours) in [("a", &[10, 8][..]), ("b", &[]), ("c", &[9, 9, 11])] {
        let meeting = |(number, hour): (usize, &i64)| Meeting {
            id: format!("m{number}"),
            series: None,
            subject: Subject::None,
            start: TENTH + hour * 3_600,
            end: TENTH + hour * 3_600 + 1_800,
            all_day: false,
            status: Status::Confirmed,
        };
        let reading = Reading {
            change: Change::Complete,
            meetings: hours.iter().enumerate().map(meeting).collect(),
            window: Window::new(TENTH, TENTH + DAY).unwrap(),
            cursor: None,
            drops: store.drops().unwrap(),
        };
        let address = RoomAddress::new(&format!("{name}@x"));
        store.commit("contoso", &address, reading).unwrap();
    }
    store
}

fn question() -> Question {
    Question {
        from: "2026-03-10".parse().unwrap(),
        to: "2026-03-11".parse().unwrap(),
        by: By::All,
        buildings: BTreeSet::new(),
        rooms: BTreeSet::new(),
    }
}

/// All pages after each other, with the number of verdicts of each.
fn pages(limit: usize, go_on: &dyn Fn() -> bool) -> (Vec<VerdictLine>, Vec<usize>) {
    let (store, config, question) = (store(), config(), question());
    let (mut all, mut lengths) = (Vec::new(), Vec::new());
    let mut from: Option<VerdictPlace> = None;
    loop {
        let page = verdict_page(&store, &config, &question, NOW, from.as_ref(), limit, go_on).unwrap();
        lengths.push(page.lines.len());
        all.extend(page.lines);
        match page.next {
            Some(next) => from = Some(next),
            None => return (all, lengths),
        }
    }
}

fn at_once() -> Vec<VerdictLine> {
    verdicts(&store(), &config(), &question(), NOW).unwrap()
}

#[test]
fn pages_of_any_length_are_all_verdicts_in_order() {
    let whole = at_once();
    let ids: Vec<String> = whole
        .iter()
        .map(|line| format!("{} {}", line.room, line.id))
        .collect();
    assert_eq!(ids, ["a@x m1", "a@x m0", "c@x m0", "c@x m1", "c@x m2"]);
    for (limit, lengths) in [
        (1, &[1, 1, 1, 1, 1][..]),
        (2, &[2, 2, 1]),
        (3, &[3, 2]),
        (5, &[5]),
        (9, &[5]),
    ] {
        assert_eq!(pages(limit, &|| true), (whole.clone(), lengths.to_vec()));
    }
}

#[test]
fn a_page_that_takes_too_long_ends_early_and_the_next_one_goes_on() {
    assert_eq!(pages(9, &|| false), (at_once(), vec![2, 0, 3]));
}

#[test]
fn a_page_judges_no_room_before_its_own() {
    let from = VerdictPlace {
        source: "contoso".into(),
        room: "c@x".into(),
        after: None,
    };
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        true
    };
    let page = verdict_page(&store(), &config(), &question(), NOW, Some(&from), 9, &go_on).unwrap();
    assert_eq!((page.lines.len(), asked.get()), (3, 0));
}

#[test]
fn a_report_that_takes_too_long_is_given_up_between_two_rooms() {
    let left = Cell::new(2);
    let go_on = || left.replace(left.get() - 1) > 0;
    let given_up = report_while(&store(), &config(), &question(), NOW, &go_on);
    let Err(FiguresError::Stopped { done, all }) = given_up else {
        panic!("{given_up:?}");
    };
    assert_eq!((done, all), (2, 3));
}
