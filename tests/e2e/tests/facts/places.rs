//! Room lists and rooms.

use e2e::{Ended, Source};
use graph_sim::{Fault, Group, GroupKind, Room, RoomList, Simulator, Tenant, UnknownPlace, User, when};

use crate::{tenant, workplace};

fn rooms(simulator: &Simulator, lists: Option<&str>) -> Ended {
    let source = Source::contoso(simulator);
    let source = match lists {
        Some(lists) => source.lists(lists),
        None => source,
    };
    workplace(&source).run(&["rooms"]).unwrap()
}

fn count(ended: &Ended) -> &str {
    ended.stdout.lines().next().unwrap_or_default()
}

#[test]
fn more_rooms_than_a_page_are_all_found_with_and_without_next_links() {
    for tenant in [
        tenant(250),
        tenant(250).without_next_links(),
        tenant(200).without_next_links(),
    ] {
        let expected = format!("contoso: {} rooms", tenant.rooms().len());
        let simulator = Simulator::start(tenant).unwrap();
        let ended = rooms(&simulator, None);
        assert_eq!(
            (ended.code, count(&ended)),
            (0, expected.as_str()),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn more_rooms_in_a_list_than_a_page_are_all_found() {
    for next_links in [true, false] {
        let tenant = tenant(250);
        let members: Vec<String> = tenant
            .rooms()
            .iter()
            .map(|room| room.address().to_owned())
            .collect();
        let tenant = tenant.list(RoomList::new(
            "all@contoso.com",
            "All",
            members.iter().map(String::as_str),
        ));
        let tenant = if next_links {
            tenant
        } else {
            tenant.without_next_links()
        };
        let simulator = Simulator::start(tenant).unwrap();
        let ended = rooms(&simulator, Some("all@contoso.com"));
        assert_eq!(
            (ended.code, count(&ended)),
            (0, "contoso: 250 rooms"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn two_hundred_lists_are_all_expanded() {
    let address = |number: usize| format!("list-{number:03}@contoso.com");
    let all = tenant(200);
    let rooms_of = |number: usize| [all.rooms()[number].address().to_owned()];
    let lists: Vec<RoomList> = (0..200)
        .map(|number| {
            let rooms = rooms_of(number);
            RoomList::new(&address(number), "Floor", rooms.iter().map(String::as_str))
        })
        .collect();
    let simulator = Simulator::start(lists.into_iter().fold(all, Tenant::list)).unwrap();
    let ended = rooms(
        &simulator,
        Some(&(0..200).map(address).collect::<Vec<_>>().join(",")),
    );
    assert_eq!(
        (ended.code, count(&ended)),
        (0, "contoso: 200 rooms"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_room_in_two_lists_and_in_another_case_is_one_room_and_read_once() {
    let tenant = Tenant::new("contoso.com")
        .room(Room::new("Conf-A@Contoso.com", "Conf A"))
        .list(RoomList::new("hq@contoso.com", "HQ", ["CONF-A@contoso.com"]))
        .list(RoomList::new("lab@contoso.com", "Lab", ["conf-a@contoso.com"]));
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).lists("HQ@contoso.com, lab@contoso.com,hq@Contoso.com");
    let workplace = workplace(&source);
    let ended = workplace.run(&["rooms"]).unwrap();
    assert_eq!(
        (ended.code, count(&ended)),
        (0, "contoso: 1 rooms"),
        "{}",
        ended.stderr
    );
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

#[test]
fn an_address_that_is_no_room_list_is_refused_by_name_while_the_others_are_collected() {
    let refused = [
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
    let simulator = Simulator::start(zoo()).unwrap();
    let lists: Vec<&str> = refused
        .iter()
        .map(|(address, ..)| *address)
        .chain(["hq@contoso.com"])
        .collect();
    let ended = workplace(&Source::contoso(&simulator).lists(&lists.join(", ")))
        .collect(&[])
        .unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["room-000 2026-03-10T10:00 Meeting 0"]);
    for (address, what, remedy) in refused {
        let said = ended.said(&format!("source \"contoso\": room list {address} {what}. "));
        assert_eq!(said.len(), 1, "{address}: {}", ended.stderr);
        assert!(said[0].contains(remedy), "{}", said[0]);
    }
}

#[test]
fn a_list_that_does_not_exist_is_told_whatever_graph_answers_for_it() {
    for form in [
        UnknownPlace::InvalidPlaceInMessage,
        UnknownPlace::ItemNotFound,
        UnknownPlace::EmptyCode,
        UnknownPlace::EmptyList,
    ] {
        let simulator = Simulator::start(zoo().unknown_place(form)).unwrap();
        let ended = rooms(&simulator, Some("hq@contoso.com, nobody@contoso.com"));
        assert_eq!(
            (ended.code, count(&ended)),
            (3, "contoso: 1 rooms"),
            "{form:?}: {}",
            ended.stderr
        );
        assert_eq!(
            ended.said("room list nobody@contoso.com does not exist. ").len(),
            1,
            "{form:?}: {}",
            ended.stderr
        );
    }
}

#[test]
fn a_source_without_any_list_that_works_has_failed() {
    let simulator = Simulator::start(zoo()).unwrap();
    let ended = workplace(&Source::contoso(&simulator).lists("dl@contoso.com, nobody@contoso.com"))
        .collect(&[])
        .unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(
        ended.said("dl@contoso.com is a distribution list").len(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(
        ended.said("nobody@contoso.com does not exist").len(),
        1,
        "{}",
        ended.stderr
    );
}

#[test]
fn a_room_list_is_expanded_though_the_list_of_room_lists_is_refused() {
    let simulator = Simulator::start(zoo()).unwrap();
    simulator.inject(when("/places/microsoft.graph.roomlist").then(Fault::Error(
        500,
        "UnknownError".into(),
        String::new(),
    )));
    let ended = rooms(&simulator, Some("hq@contoso.com"));
    assert_eq!(
        (ended.code, count(&ended)),
        (0, "contoso: 1 rooms"),
        "{}",
        ended.stderr
    );
}

#[test]
fn pages_of_rooms_that_do_not_end_end_the_source() {
    let simulator = Simulator::start(tenant(150)).unwrap();
    simulator.inject(when("/places/microsoft.graph.room?").then(Fault::RepeatedNextLink));
    let ended = rooms(&simulator, None);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("a page names itself as the next one"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_room_that_left_the_tenant_is_printed_no_more() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().brief().unwrap().len(), 2);
    simulator
        .update(|tenant| {
            tenant.rooms_mut().pop();
            Ok(())
        })
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["room-000 2026-03-10T10:00 Meeting 0"]);
}
