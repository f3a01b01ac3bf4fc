//! What listings mean: whatever rooms are found, in whatever lists, of which some cannot be read.

use std::collections::BTreeMap;

use collector_model::room::{Room, RoomAddress};
use proptest::prelude::*;

use crate::{KnownRoom, Listed, ListingSteps, list};

/// The stored rooms of a source, by address, each with its cursor.
type Stored = BTreeMap<String, (KnownRoom<String>, Option<&'static str>)>;

fn take(stored: &mut Stored, steps: ListingSteps<'_, String>) {
    for row in steps.unlist {
        let (room, cursor) = stored.get_mut(&row).unwrap();
        assert!(room.is_listed);
        (room.is_listed, *cursor) = (false, None);
    }
    let known = |Listed { room, lists }: Listed<'_>| KnownRoom {
        row: room.address.as_str().to_owned(),
        address: room.address.as_str().to_owned(),
        key: Some(room.key.clone()),
        name: room.name.clone(),
        building: room.building.clone(),
        capacity: room.capacity,
        lists,
        is_listed: true,
    };
    for listed in steps.insert {
        let room = known(listed);
        assert!(stored.insert(room.row.clone(), (room, None)).is_none());
    }
    for (row, listed, ends_cursor) in steps.update {
        let (room, cursor) = stored.get_mut(&row).unwrap();
        let now = known(listed);
        assert_ne!(*room, now);
        *room = now;
        *cursor = cursor.filter(|_| !ends_cursor);
    }
}

fn listing(stored: &mut Stored, found: &[Room], unread: &[String]) {
    let known = stored.values().map(|(room, _)| room.clone()).collect();
    take(stored, list(known, found, unread));
}

fn room(address: &str, key: &str, lists: &[String]) -> Room {
    Room {
        address: RoomAddress::new(address),
        key: key.to_owned(),
        name: format!("Room {address}"),
        building: None,
        capacity: Some(8),
        lists: lists.to_vec(),
    }
}

fn lists() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(vec!["l@x".to_owned(), "m@x".to_owned()], 0..=2)
}

fn found() -> impl Strategy<Value = Vec<Room>> {
    let one = (0..4_u8, 0..2_u8, lists())
        .prop_map(|(address, key, lists)| room(&format!("{address}@x"), &format!("key{key}"), &lists));
    prop::collection::vec(one, 0..4)
}

/// What is found, and which lists cannot be read; rooms are not found in those.
fn listings() -> impl Strategy<Value = Vec<(Vec<Room>, Vec<String>)>> {
    let one = (found(), prop_oneof![3 => Just(Vec::new()), 1 => lists()]);
    prop::collection::vec(
        one.prop_map(|(mut found, unread)| {
            for room in &mut found {
                room.lists.retain(|list| !unread.contains(list));
            }
            (found, unread)
        }),
        1..8,
    )
}

proptest! {
    #[test]
    fn what_was_found_is_listed_as_it_is_and_once_more_changes_nothing(listings in listings()) {
        let mut stored = Stored::new();
        for (found, unread) in &listings {
            listing(&mut stored, found, unread);
            let last: BTreeMap<&str, &Room> = found.iter().map(|room| (room.address.as_str(), room)).collect();
            for (address, room) in last {
                let (kept, _) = &stored[address];
                prop_assert!(kept.is_listed);
                prop_assert_eq!(kept.key.as_ref(), Some(&room.key));
                prop_assert!(room.lists.iter().all(|list| kept.lists.contains(list)));
            }
            let known = stored.values().map(|(room, _)| room.clone()).collect();
            let again = list(known, found, unread);
            prop_assert!(again.insert.is_empty() && again.unlist.is_empty() && again.update.is_empty(), "{:?}", again);
        }
    }

    #[test]
    fn a_room_is_unlisted_only_if_all_of_its_lists_were_read(listings in listings()) {
        let mut stored = Stored::new();
        for (found, unread) in &listings {
            let before = stored.clone();
            listing(&mut stored, found, unread);
            for (address, (room, _)) in &before {
                let is_found = found.iter().any(|found| found.address.as_str() == address);
                let may_be_listed = match room.lists.as_slice() {
                    [] => !unread.is_empty(),
                    lists => lists.iter().any(|list| unread.contains(list)),
                };
                let stays = is_found || (room.is_listed && may_be_listed);
                prop_assert_eq!(stored[address].0.is_listed, stays);
            }
        }
    }

    #[test]
    fn a_cursor_ends_with_the_key_and_with_the_listing_and_not_otherwise(listings in listings()) {
        let mut stored = Stored::new();
        for (found, unread) in &listings {
            for (_, cursor) in stored.values_mut() {
                *cursor = Some("cursor");
            }
            let before = stored.clone();
            listing(&mut stored, found, unread);
            for (address, (was, _)) in &before {
                let (room, cursor) = &stored[address];
                // What is not listed is not read, so it has no cursor to lose.
                if was.is_listed {
                    prop_assert_eq!(cursor.is_some(), room.is_listed && room.key == was.key);
                }
            }
        }
    }
}

#[test]
fn rooms_are_inserted_in_the_order_in_which_they_were_found_each_once() {
    let found = [
        room("b@x", "1", &[]),
        room("a@x", "1", &[]),
        room("b@x", "2", &[]),
    ];
    let steps = list(Vec::<KnownRoom<()>>::new(), &found, &[]);
    let inserted: Vec<(&str, &str)> = steps
        .insert
        .iter()
        .map(|listed| (listed.room.address.as_str(), listed.room.key.as_str()))
        .collect();
    assert_eq!(inserted, [("a@x", "1"), ("b@x", "2")]);
}

#[test]
fn lists_that_cannot_be_read_stay_with_a_room_that_another_list_has() {
    let mut stored = Stored::new();
    let both = ["l@x".to_owned(), "m@x".to_owned()];
    listing(&mut stored, &[room("a@x", "1", &both)], &[]);
    listing(&mut stored, &[room("a@x", "1", &both[1..])], &["L@X".to_owned()]);
    assert_eq!(stored["a@x"].0.lists, ["m@x", "l@x"]);
    listing(&mut stored, &[], &["M@x".to_owned()]);
    assert!(stored["a@x"].0.is_listed);
}
