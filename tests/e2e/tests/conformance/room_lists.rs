//! Room lists, and addresses that are none.

use std::sync::LazyLock;

use e2e::{Ended, Source};
use graph_sim::{Fault, Group, GroupKind, Room, RoomList, Simulator, Tenant, UnknownPlace, User, when};

use crate::case::Area;
use crate::setting::{address, tenant, workplace};

const PLACES: &str = "List places";
const GROUPS: &str = "New-DistributionGroup (RoomList)";

/// An address, what is said of it, and the remedy.
const REFUSED: [(&str, &str, &str); 7] = [
    (
        "dl@contoso.com",
        "is a distribution list, not a room list",
        "Set-DistributionGroup -Identity 'dl@contoso.com' -RoomList",
    ),
    (
        "team@contoso.com",
        "is a Microsoft 365 group, not a room list",
        "New-DistributionGroup -Name 'Rooms' -RoomList",
    ),
    (
        "security@contoso.com",
        "is a mail-enabled security group, not a room list",
        "New-DistributionGroup -Name 'Rooms' -RoomList",
    ),
    (
        "alice@contoso.com",
        "is a user, not a room list",
        "New-DistributionGroup -Name 'Rooms' -RoomList",
    ),
    (
        "room-000@contoso.com",
        "is a room, not a room list",
        "Add-DistributionGroupMember -Identity 'Rooms' -Member 'room-000@contoso.com'",
    ),
    (
        "nobody@contoso.com",
        "does not exist",
        "Get-DistributionGroup -RecipientTypeDetails RoomList",
    ),
    (
        "empty@contoso.com",
        "has no rooms",
        "Add-DistributionGroupMember -Identity 'empty@contoso.com' -Member ROOM",
    ),
];

/// The forms in which Graph answers for what is no place.
const UNKNOWN: [(UnknownPlace, &str, &str); 4] = [
    (
        UnknownPlace::InvalidPlaceInMessage,
        "an error with JSON in its message",
        "microsoft-graph-docs #7532",
    ),
    (
        UnknownPlace::ItemNotFound,
        "ErrorItemNotFound",
        "microsoft-graph-docs #15121, microsoft-graph-docs-contrib #2699",
    ),
    (
        UnknownPlace::EmptyCode,
        "an empty code",
        "Combine multiple requests using JSON batching",
    ),
    (UnknownPlace::EmptyList, "an empty list", "Microsoft Q&A 1486588"),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Room lists")
        .case("two hundred lists are all expanded", PLACES, two_hundred_lists)
        .case(
            "a room in two lists and in another case is one room and read once",
            PLACES,
            a_room_in_two_lists,
        );
    for (address, what, remedy) in REFUSED {
        area = area.case(
            format!("{address} {what}, and is refused by name while the others are collected"),
            GROUPS,
            move || one_is_refused(address, what, remedy),
        );
    }
    for (form, answer, recorded) in UNKNOWN {
        area = area.case(
            format!("a list that does not exist is told when Graph answers with {answer}"),
            recorded,
            move || a_list_that_does_not_exist(form),
        );
    }
    area.case(
        "a source without any list that works has failed",
        GROUPS,
        no_list_works,
    )
    .case(
        "a room list is expanded though the list of room lists is refused",
        "List places (prerequisites)",
        expanded_without_the_list_of_lists,
    )
}

fn rooms(simulator: &Simulator, lists: &str) -> Ended {
    workplace(&Source::contoso(simulator).lists(lists))
        .run(&["rooms"])
        .unwrap()
}

/// The status, and the line with the number of rooms.
fn told(ended: &Ended) -> (i32, &str) {
    (ended.code, ended.stdout.lines().next().unwrap_or_default())
}

fn two_hundred_lists() {
    let list = |number: usize| format!("list-{number:03}@contoso.com");
    let lists = (0..200).map(|number| RoomList::new(&list(number), "Floor", [address(number).as_str()]));
    let simulator = Simulator::start(lists.fold(tenant(200), Tenant::list)).unwrap();
    let ended = rooms(&simulator, &(0..200).map(list).collect::<Vec<_>>().join(","));
    assert_eq!(told(&ended), (0, "contoso: 200 rooms"), "{}", ended.stderr);
}

fn a_room_in_two_lists() {
    let tenant = Tenant::new("contoso.com")
        .room(Room::new("Conf-A@Contoso.com", "Conf A"))
        .list(RoomList::new("hq@contoso.com", "HQ", ["CONF-A@contoso.com"]))
        .list(RoomList::new("lab@contoso.com", "Lab", ["conf-a@contoso.com"]));
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).lists("HQ@contoso.com, lab@contoso.com,hq@Contoso.com");
    let workplace = workplace(&source);
    let ended = workplace.run(&["rooms"]).unwrap();
    assert_eq!(told(&ended), (0, "contoso: 1 room"), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("hq@contoso.com, lab@contoso.com"),
        "{}",
        ended.stdout
    );
    simulator.forget_requests();
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    assert_eq!(simulator.requests_to("calendarView").len(), 1);
}

/// A tenant with one room list, and the addresses of everything else.
fn zoo() -> Tenant {
    tenant(1)
        .list(RoomList::new("hq@contoso.com", "HQ", ["room-000@contoso.com"]))
        .list(RoomList::new("empty@contoso.com", "Empty", []))
        .group(Group::new(GroupKind::DistributionList, "dl@contoso.com", "DL"))
        .group(Group::new(GroupKind::Microsoft365, "team@contoso.com", "Team"))
        .group(Group::new(
            GroupKind::MailEnabledSecurity,
            "security@contoso.com",
            "Security",
        ))
        .user(User::new("alice@contoso.com", "Alice"))
}

/// One pass over all of them and one list that works; all cases look at it.
static PASS: LazyLock<Ended> = LazyLock::new(|| {
    let simulator = Simulator::start(zoo()).unwrap();
    let lists: Vec<&str> = REFUSED
        .iter()
        .map(|(address, ..)| *address)
        .chain(["hq@contoso.com"])
        .collect();
    workplace(&Source::contoso(&simulator).lists(&lists.join(", ")))
        .collect(&[])
        .unwrap()
});

fn one_is_refused(address: &str, what: &str, remedy: &str) {
    let ended = &*PASS;
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["room-000 2026-03-10T10:00 Meeting 0"]);
    let said = ended.said(&format!("source \"contoso\": room list {address} {what}. "));
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    assert!(said[0].contains(remedy), "{}", said[0]);
}

fn a_list_that_does_not_exist(form: UnknownPlace) {
    let simulator = Simulator::start(zoo().unknown_place(form)).unwrap();
    let ended = rooms(&simulator, "hq@contoso.com, nobody@contoso.com");
    assert_eq!(told(&ended), (3, "contoso: 1 room"), "{}", ended.stderr);
    assert_eq!(
        ended.said("room list nobody@contoso.com does not exist. ").len(),
        1,
        "{}",
        ended.stderr
    );
}

fn no_list_works() {
    let simulator = Simulator::start(zoo()).unwrap();
    let ended = workplace(&Source::contoso(&simulator).lists("dl@contoso.com, nobody@contoso.com"))
        .collect(&[])
        .unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    for words in [
        "dl@contoso.com is a distribution list",
        "nobody@contoso.com does not exist",
    ] {
        assert_eq!(ended.said(words).len(), 1, "{}", ended.stderr);
    }
}

fn expanded_without_the_list_of_lists() {
    let simulator = Simulator::start(zoo()).unwrap();
    simulator.inject(when("/places/microsoft.graph.roomlist").then(Fault::Error(
        500,
        "UnknownError".into(),
        String::new(),
    )));
    let ended = rooms(&simulator, "hq@contoso.com");
    assert_eq!(told(&ended), (0, "contoso: 1 room"), "{}", ended.stderr);
}
