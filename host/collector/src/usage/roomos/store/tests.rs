use collector_model::window::Window;
use proptest::prelude::*;

use super::*;

const PLACE: Place<'static> = Place {
    source: "sensors",
    space: "a@contoso.com",
    device: Some("FOC1"),
    heartbeat: None,
};

fn presence(is: &str) -> Post {
    let body =
        format!("<Status><RoomAnalytics><PeoplePresence>{is}</PeoplePresence></RoomAnalytics></Status>");
    Post::read(body.as_bytes()).unwrap()
}

fn post(store: &mut Store, place: Place<'_>, is: &str, seconds: i64) {
    put(store, place, &presence(is), seconds * 1_000).unwrap();
}

fn records(store: &Store) -> Vec<Record> {
    let mut records = Vec::new();
    let each = |record: Record| {
        if !record.origin().withdrawn {
            records.push(record);
        }
        Ok::<(), StoreError>(())
    };
    store.usage(&[], Window::ALWAYS, each).unwrap();
    records
}

fn coverage(store: &Store) -> Vec<(State, i64, i64)> {
    let of = |record| match record {
        Record::Coverage(record) => Some((record.state, record.start, record.end)),
        Record::Usage(_) => None,
    };
    records(store).into_iter().filter_map(of).collect()
}

/// What records without observed coverage claim at an instant.
fn claimed(records: &[Record], at: i64) -> Option<bool> {
    let mut change: Option<&UsageRecord> = None;
    for record in records {
        match record {
            Record::Coverage(blind) if (blind.start..blind.end).contains(&at) => return None,
            Record::Coverage(_) => {}
            Record::Usage(record) => {
                if record.start <= at && change.is_none_or(|before| before.start < record.start) {
                    change = Some(record);
                }
            }
        }
    }
    change
        .filter(|change| at < change.start + HOLDS)
        .map(|change| change.value == Value::Is(true))
}

#[test]
fn devices_of_one_name_in_several_rooms_do_not_overwrite_each_other() {
    let mut store = Store::empty().unwrap();
    for space in ["a@contoso.com", "b@contoso.com"] {
        post(&mut store, Place { space, ..PLACE }, "Yes", 1_000);
    }
    let spaces: Vec<String> = records(&store)
        .iter()
        .map(|record| record.origin().space.clone())
        .collect();
    assert_eq!(spaces, ["a@contoso.com", "b@contoso.com"]);
}

#[test]
fn calls_without_an_id_in_one_document_are_several() {
    let mut store = Store::empty().unwrap();
    let call = |item: u32, seconds: u32| {
        format!("<CallDisconnect item=\"{item}\"><Duration>{seconds}</Duration></CallDisconnect>")
    };
    let body = format!("<Event>{}{}</Event>", call(1, 100), call(2, 200));
    let taken = Post::read(body.as_bytes()).unwrap();
    put(&mut store, PLACE, &taken, 1_000_000).unwrap();
    let lengths: Vec<i64> = records(&store)
        .iter()
        .map(|record| record.end().unwrap() - record.start())
        .collect();
    assert_eq!(lengths, [200, 100]);
}

#[test]
fn what_is_unknown_after_a_silence_ends_what_was_known_before_it() {
    let mut store = Store::empty().unwrap();
    let place = Place {
        heartbeat: Some(std::time::Duration::from_secs(10)),
        ..PLACE
    };
    post(&mut store, place, "Yes", 1_000);
    post(&mut store, place, "Unknown", 1_100);
    assert_eq!(coverage(&store), [(State::Blind, 1_100, 1_100 + HOLDS)]);
}

#[test]
fn blindness_ends_when_the_device_knows_again() {
    let mut store = Store::empty().unwrap();
    post(&mut store, PLACE, "Yes", 1_000);
    post(&mut store, PLACE, "Unknown", 1_100);
    assert_eq!(coverage(&store), [(State::Blind, 1_100, 1_100 + HOLDS)]);
    post(&mut store, PLACE, "No", 1_200);
    assert_eq!(coverage(&store), [(State::Blind, 1_100, 1_200)]);
    post(&mut store, PLACE, "Unknown", 1_300);
    post(&mut store, PLACE, "Unknown", 1_400);
    assert_eq!(
        coverage(&store),
        [(State::Blind, 1_100, 1_200), (State::Blind, 1_300, 1_300 + HOLDS)]
    );
}

#[test]
fn a_heartbeat_covers_what_is_between_two_posts_and_silence_covers_nothing() {
    let place = Place {
        heartbeat: Some(Duration::from_secs(600)),
        ..PLACE
    };
    let nothing = Post::default();
    let mut store = Store::empty().unwrap();
    let beat = |store: &mut Store, at: i64| put(store, place, &nothing, at * 1_000).unwrap();
    post(&mut store, place, "No", 1_000);
    beat(&mut store, 1_600);
    beat(&mut store, 2_800);
    assert_eq!(
        coverage(&store),
        [(State::Observed, 1_000, 2_800)],
        "one record grows"
    );
    // Too late: it may have been off, so what it knew is known no more.
    beat(&mut store, 4_001);
    beat(&mut store, 4_100);
    assert_eq!(coverage(&store), [(State::Observed, 1_000, 2_800)]);
    post(&mut store, place, "Yes", 4_200);
    beat(&mut store, 4_300);
    assert_eq!(
        coverage(&store),
        [(State::Observed, 1_000, 2_800), (State::Observed, 4_200, 4_300)]
    );
    // From its unknown on it observes nothing.
    post(&mut store, place, "Unknown", 4_400);
    beat(&mut store, 4_500);
    assert_eq!(
        coverage(&store),
        [
            (State::Observed, 1_000, 2_800),
            (State::Observed, 4_200, 4_400),
            (State::Blind, 4_400, 4_400 + HOLDS)
        ]
    );
}

#[test]
fn a_coverage_record_does_not_grow_for_ever() {
    let place = Place {
        heartbeat: Some(Duration::from_secs(600)),
        ..PLACE
    };
    let mut store = Store::empty().unwrap();
    for minute in 0..=150 {
        post(&mut store, place, "No", minute * 60);
    }
    assert_eq!(
        coverage(&store),
        [
            (State::Observed, 0, 3_600),
            (State::Observed, 3_600, 7_200),
            (State::Observed, 7_200, 9_000)
        ]
    );
}

proptest! {
    /// Whatever a device posts and when: at each moment the records claim its last value, for as long as one may, or nothing.
    #[test]
    fn nothing_is_claimed_that_the_device_did_not_say(
        posts in proptest::collection::vec((0_i64..6_000, 0_usize..3), 1..12)
    ) {
        let mut store = Store::empty().unwrap();
        let mut at = 1_000_000_i64;
        let mut said: Vec<(i64, Option<bool>)> = Vec::new();
        for (number, (gap, what)) in posts.into_iter().enumerate() {
            // Several within a second come one after the other.
            at += gap * i64::from(gap > 1_000);
            let (word, value) = [("Yes", Some(true)), ("No", Some(false)), ("Unknown", None)][what];
            let millis = at * 1_000 + i64::try_from(number).unwrap();
            put(&mut store, PLACE, &presence(word), millis).unwrap();
            said.push((at, value));
        }
        let records = records(&store);
        for at in said.iter().flat_map(|(at, _)| [*at, at + 1, at + HOLDS - 1, at + HOLDS]) {
            let last = said.iter().rfind(|(then, _)| *then <= at).unwrap();
            let expected = last.1.filter(|_| at < last.0 + HOLDS);
            prop_assert_eq!(claimed(&records, at), expected, "at {}: {:?} {:?}", at, said, records);
        }
    }
}
