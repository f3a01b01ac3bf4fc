//! Joins by configuration and by address, proposals by name, and what must hold whatever is joined.

use proptest::prelude::*;

use super::*;

fn id(source: &str, key: &str) -> SpaceId {
    SpaceId {
        source: source.into(),
        key: key.into(),
    }
}

fn space(key: &str, name: &str, address: Option<&str>) -> JoinSpace {
    JoinSpace {
        id: id("webex", key),
        name: name.into(),
        address: address.map(str::to_owned),
    }
}

fn room(address: &str, name: &str) -> JoinRoom {
    JoinRoom {
        address: RoomAddress::new(address),
        name: name.into(),
    }
}

fn named(room: &str, spaces: &[&str]) -> NamedSpaces {
    NamedSpaces {
        room: RoomAddress::new(room),
        spaces: spaces.iter().map(|key| id("webex", key)).collect(),
    }
}

fn joined(by: JoinedBy, rooms: &[&str]) -> Place {
    Place::Joined(by, rooms.iter().map(|room| RoomAddress::new(room)).collect())
}

#[test]
fn a_space_belongs_to_the_rooms_that_name_it_whatever_its_address() {
    let joining = join(
        &[space("x", "Hall", Some("a@b.c"))],
        &[room("a@b.c", "A"), room("b@b.c", "B")],
        &[named("b@b.c", &["x"]), named("gone@b.c", &["x", "missing"])],
    );
    assert_eq!(
        joining.places,
        [joined(JoinedBy::Configuration, &["b@b.c", "gone@b.c"])]
    );
    assert_eq!(joining.empty, [RoomAddress::new("a@b.c")]);
    assert_eq!(
        joining.unknown,
        [(RoomAddress::new("gone@b.c"), id("webex", "missing"))]
    );
}

#[test]
fn a_space_that_no_room_names_belongs_to_the_room_of_its_address_in_lower_case() {
    let joining = join(
        &[
            space("A@B.c", "", None),
            space("y", "", Some("B@b.C")),
            space("a@b.c ", "", Some("elsewhere@b.c")),
        ],
        &[room("a@b.c", "A"), room("b@b.c", "B")],
        &[],
    );
    assert_eq!(
        joining.places,
        [
            joined(JoinedBy::Address, &["a@b.c"]),
            joined(JoinedBy::Address, &["b@b.c"]),
            Place::Alone(None)
        ]
    );
    assert_eq!(joining.empty, []);
}

#[test]
fn the_only_room_of_the_same_name_is_proposed_and_not_joined() {
    let rooms = [
        room("a@b.c", "CONF-A"),
        room("b@b.c", "Board"),
        room("c@b.c", "board "),
        room("d@b.c", "Room 11"),
        room("e@b.c", "Twin"),
        room("f@b.c", "Żółw"),
        room("g@b.c", ""),
    ];
    for (name, proposed) in [
        ("conf.  a", Some("a@b.c")),
        ("Board", None),
        ("Room 1-1", None),
        ("(room 11)", Some("d@b.c")),
        ("żÓŁW", Some("f@b.c")),
        ("", None),
        ("-", None),
    ] {
        let joining = join(&[space("x", name, None)], &rooms, &[]);
        assert_eq!(
            joining.places,
            [Place::Alone(proposed.map(RoomAddress::new))],
            "{name}"
        );
        assert_eq!(joining.empty.len(), rooms.len());
    }
    let twins = [space("x", "Twin", None), space("y", "twin", None)];
    assert_eq!(
        join(&twins, &rooms, &[]).places,
        [Place::Alone(None), Place::Alone(None)]
    );
}

#[test]
fn a_room_that_two_sources_know_is_one_candidate() {
    let rooms = [room("a@b.c", "Hall"), room("A@B.C", "Hall")];
    let joining = join(&[space("x", "hall", None)], &rooms, &[]);
    assert_eq!(joining.places, [Place::Alone(Some(RoomAddress::new("a@b.c")))]);
    assert_eq!(joining.empty, [RoomAddress::new("a@b.c")]);
}

#[test]
fn a_join_is_doubtful_when_enough_calls_miss_the_bookings() {
    for (calls, booked, doubtful) in [
        (9, 0, false),
        (10, 0, true),
        (10, 3, true),
        (12, 4, false),
        (30, 10, false),
        (31, 10, true),
        (0, 0, false),
    ] {
        assert_eq!(
            Agreement { calls, booked }.is_doubtful(),
            doubtful,
            "{booked} of {calls}"
        );
    }
    // A long booking before a short one; ends and starts that touch do not overlap.
    let bookings = [(100, 110), (0, 500), (600, 700)];
    let calls = [(200, 210), (500, 600), (690, 900), (-50, 0), (300, 300)];
    assert_eq!(
        Agreement::of(&calls, &bookings),
        Agreement { calls: 5, booked: 3 }
    );
}

fn spaces() -> impl Strategy<Value = Vec<JoinSpace>> {
    let one = (
        "[ab]",
        "[xyz]|[PQ]@r",
        "[pq ]{0,2}",
        proptest::option::of("[PqR]@r"),
    );
    proptest::collection::vec(one, 0..8).prop_map(|all| {
        let mut spaces: Vec<JoinSpace> = all
            .into_iter()
            .map(|(source, key, name, address)| JoinSpace {
                id: SpaceId { source, key },
                name,
                address,
            })
            .collect();
        spaces.sort_by(|one, other| one.id.cmp(&other.id));
        spaces.dedup_by(|one, other| one.id == other.id);
        spaces
    })
}

fn rooms() -> impl Strategy<Value = Vec<JoinRoom>> {
    let one = ("[pqr]@r", "[pq ]{0,2}").prop_map(|(address, name)| room(&address, &name));
    proptest::collection::vec(one, 0..6)
}

fn names() -> impl Strategy<Value = Vec<NamedSpaces>> {
    let space = ("[ab]", "[xyzw]").prop_map(|(source, key)| SpaceId { source, key });
    let one =
        ("[pqrs]@r", proptest::collection::vec(space, 0..3)).prop_map(|(address, spaces)| NamedSpaces {
            room: RoomAddress::new(&address),
            spaces,
        });
    proptest::collection::vec(one, 0..4)
}

proptest! {
    #[test]
    fn each_space_and_each_room_has_one_place(spaces in spaces(), rooms in rooms(), names in names()) {
        let joining = join(&spaces, &rooms, &names);
        prop_assert_eq!(joining.places.len(), spaces.len());
        for (space, place) in spaces.iter().zip(&joining.places) {
            let naming: BTreeSet<&RoomAddress> =
                names.iter().filter(|entry| entry.spaces.contains(&space.id)).map(|entry| &entry.room).collect();
            match place {
                Place::Joined(JoinedBy::Configuration, joined) => {
                    prop_assert_eq!(joined.iter().collect::<Vec<_>>(), naming.into_iter().collect::<Vec<_>>());
                }
                Place::Joined(JoinedBy::Address, joined) => {
                    prop_assert!(naming.is_empty());
                    prop_assert_eq!(joined.len(), 1);
                    let given = space.address.iter().chain([&space.id.key]);
                    prop_assert!(given.map(|text| text.to_lowercase()).any(|text| text == joined[0].as_str()));
                    prop_assert!(rooms.iter().any(|room| room.address == joined[0]));
                }
                Place::Alone(proposed) => {
                    prop_assert!(naming.is_empty());
                    if let Some(proposed) = proposed {
                        prop_assert!(rooms.iter().any(|room| &room.address == proposed && normal(&room.name) == normal(&space.name)));
                    }
                }
            }
        }
        for room in &rooms {
            let has = joining.places.iter().any(|place| matches!(place, Place::Joined(_, rooms) if rooms.contains(&room.address)));
            prop_assert_eq!(joining.empty.contains(&room.address), !has);
        }
    }

    #[test]
    fn the_order_does_not_matter(
        spaces in spaces(), rooms in rooms(), names in names(), turn in any::<prop::sample::Index>(),
    ) {
        let joining = join(&spaces, &rooms, &names);
        let turned = |length: usize| if length == 0 { 0 } else { turn.index(length) };
        let (mut other_spaces, mut other_rooms, mut other_names) = (spaces.clone(), rooms.clone(), names.clone());
        other_spaces.rotate_left(turned(spaces.len()));
        other_rooms.rotate_left(turned(rooms.len()));
        other_names.rotate_left(turned(names.len()));
        let mut other = join(&other_spaces, &other_rooms, &other_names);
        other.places.rotate_right(turned(spaces.len()));
        prop_assert_eq!(&other.places, &joining.places);
        prop_assert_eq!(&other.empty, &joining.empty);
    }

    #[test]
    fn a_call_overlaps_when_it_shares_a_second_with_a_booking(
        calls in proptest::collection::vec((0..40_i64, 1..10_i64), 0..8),
        bookings in proptest::collection::vec((0..40_i64, 1..10_i64), 0..8),
    ) {
        let spans = |all: &[(i64, i64)]| all.iter().map(|(start, length)| (*start, start + length)).collect::<Vec<_>>();
        let (calls, bookings) = (spans(&calls), spans(&bookings));
        let shares = |call: &&(i64, i64)| (call.0..call.1).any(|t| bookings.iter().any(|b| b.0 <= t && t < b.1));
        let agreement = Agreement::of(&calls, &bookings);
        prop_assert_eq!(agreement.booked, u64::try_from(calls.iter().filter(shares).count()).unwrap());
    }
}

#[test]
fn calls_are_compared_where_the_bookings_of_all_rooms_are_known() {
    const DAY: i64 = 24 * 60 * 60;
    let now = 100 * DAY;
    let time = |rooms: &[Option<(i64, i64)>]| compared_time(now, rooms.iter().copied());
    assert_eq!(time(&[Some((0, now + 1))]), Some((70 * DAY, now)));
    let two = [Some((80 * DAY, 99 * DAY)), Some((75 * DAY, 98 * DAY))];
    assert_eq!(time(&two), Some((80 * DAY, 98 * DAY)));
    assert_eq!(time(&[Some((0, now)), None]), None);
    assert_eq!(time(&[]), None);
    assert_eq!(time(&[Some((0, 60 * DAY))]), None);
}
