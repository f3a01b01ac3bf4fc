//! Rooms that come, go, move and change their names between two passes.

use e2e::{Source, Workplace};
use graph_sim::{Event, Mailbox, Refusal, Room, RoomList, Simulator};

use crate::case::Area;
use crate::fairness::{printed, set_mailbox};
use crate::setting::{address, tenant, workplace};

const PLACES: &str = "List places, List rooms of a room list";

pub(crate) fn area() -> Area {
    Area::new("Rooms that come and go")
        .case(
            "a room that comes back into its list has its meetings before it is read again",
            PLACES,
            a_room_that_comes_back_into_its_list_has_its_meetings_before_it_is_read_again,
        )
        .case(
            "a room that moves to another list is there all the time",
            PLACES,
            a_room_that_moves_to_another_list_is_there_all_the_time,
        )
        .case(
            "a mailbox that was made anew has its own meetings, and those of the old one are gone",
            "place resource type (id changes, placeId does not)",
            a_mailbox_that_was_made_anew_has_its_own_meetings_and_those_of_the_old_one_are_gone,
        )
        .case(
            "a room whose address was changed has its meetings under the new one alone",
            "place resource type (emailAddress)",
            a_room_whose_address_was_changed_has_its_meetings_under_the_new_one_alone,
        )
}

/// Puts these rooms into these lists.
fn members(simulator: &Simulator, lists: [(&str, &[usize]); 2]) {
    simulator
        .update(|tenant| {
            for (list_address, rooms) in lists {
                let list = tenant
                    .lists_mut()
                    .iter_mut()
                    .find(|list| list.address() == list_address);
                *list.unwrap().members_mut() = rooms.iter().map(|room| address(*room)).collect();
            }
            Ok(())
        })
        .unwrap();
}

/// Two rooms in the list `hq`, a third one in `lab`, and a first pass over both lists.
fn in_lists() -> (Simulator, Workplace) {
    let list = |name: &str, rooms: &[usize]| {
        let rooms: Vec<String> = rooms.iter().map(|room| address(*room)).collect();
        RoomList::new(name, name, rooms.iter().map(String::as_str))
    };
    let tenant = tenant(3)
        .list(list("hq@contoso.com", &[0, 1]))
        .list(list("lab@contoso.com", &[2]));
    let simulator = Simulator::start(tenant).unwrap();
    let workplace = workplace(&Source::contoso(&simulator).lists("hq@contoso.com, lab@contoso.com"));
    let first = workplace.collect(&[]).unwrap();
    assert_eq!((first.code, printed(&first.stdout)), (0, 3), "{}", first.stderr);
    (simulator, workplace)
}

fn a_room_that_comes_back_into_its_list_has_its_meetings_before_it_is_read_again() {
    let (simulator, workplace) = in_lists();
    members(&simulator, [("hq@contoso.com", &[0]), ("lab@contoso.com", &[2])]);
    let without = workplace.collect(&[]).unwrap();
    assert_eq!(
        (without.code, printed(&without.stdout)),
        (0, 2),
        "{}",
        without.stderr
    );
    members(
        &simulator,
        [("hq@contoso.com", &[0, 1]), ("lab@contoso.com", &[2])],
    );
    set_mailbox(&simulator, 1, Mailbox::Refused(Refusal::AccessDenied));
    let back = workplace.collect(&[]).unwrap();
    assert_eq!((back.code, printed(&back.stdout)), (3, 3), "{}", back.stderr);
    set_mailbox(&simulator, 1, Mailbox::Normal);
    let read = workplace.collect(&[]).unwrap();
    assert_eq!((read.code, read.stdout), (0, back.stdout), "{}", read.stderr);
}

fn a_room_that_moves_to_another_list_is_there_all_the_time() {
    let (simulator, workplace) = in_lists();
    for lists in [
        [("hq@contoso.com", &[0][..]), ("lab@contoso.com", &[1, 2][..])],
        [("hq@contoso.com", &[0, 1]), ("lab@contoso.com", &[1, 2])],
        [("hq@contoso.com", &[0, 1]), ("lab@contoso.com", &[2])],
    ] {
        members(&simulator, lists);
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!(
            (ended.code, printed(&ended.stdout)),
            (0, 3),
            "{lists:?}: {}",
            ended.stderr
        );
        let same = "contoso: meetings: 0 new, 0 changed, 0 gone, 3 as before\n";
        assert!(ended.stderr.contains(same), "{lists:?}: {}", ended.stderr);
    }
}

/// A pass after room 1 was replaced by this room.
fn after_replacing(simulator: &Simulator, workplace: &Workplace, room: Room) -> Vec<String> {
    simulator
        .update(|tenant| {
            tenant.rooms_mut().remove(1);
            tenant.rooms_mut().insert(1, room);
            Ok(())
        })
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.brief().unwrap()
}

fn a_mailbox_that_was_made_anew_has_its_own_meetings_and_those_of_the_old_one_are_gone() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let event = Event::new("Anew", "2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z");
    let room = Room::new(&address(1), "Room 1")
        .object_id("0a0a0a0a-0b0b-4c0c-8d0d-0e0e0e0e0e0e")
        .event(event);
    assert_eq!(
        after_replacing(&simulator, &workplace, room),
        [
            "room-000 2026-03-10T10:00 Meeting 0",
            "room-001 2026-03-12T10:00 Anew"
        ]
    );
}

fn a_room_whose_address_was_changed_has_its_meetings_under_the_new_one_alone() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let event = Event::new("Meeting 1", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let before = Room::new(&address(1), "Room 1");
    let room = Room::new("Atrium@contoso.com", "Atrium")
        .object_id(before.id())
        .event(event);
    assert_eq!(
        after_replacing(&simulator, &workplace, room),
        [
            "atrium 2026-03-10T10:00 Meeting 1",
            "room-000 2026-03-10T10:00 Meeting 0"
        ]
    );
}
