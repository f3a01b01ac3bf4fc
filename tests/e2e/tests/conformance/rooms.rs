//! Rooms: all of them, whatever their number, names and addresses.

use e2e::{Ended, Source};
use graph_sim::{Fault, RetryAfter, Room, RoomList, Simulator, Tenant, when};

use crate::case::Area;
use crate::scenario::Scenario;
use crate::setting::{address, collect, event, tenant, tuesday, workplace};

const PLACES: &str = "List places";
const NO_LINK: &str = "microsoft-graph-docs #4509, #6427, #9923";

pub(crate) fn area() -> Area {
    Area::new("Rooms")
        .reading("more rooms than a page are all found", PLACES, || {
            all(tenant(250))
        })
        .reading(
            "more rooms than a page are all found without next links",
            NO_LINK,
            || all(tenant(250).without_next_links()),
        )
        .reading(
            "rooms that fill their last page are all found without next links",
            NO_LINK,
            || all(tenant(200).without_next_links()),
        )
        .reading("over a thousand rooms are all found", PLACES, || {
            all(tenant(1_100))
        })
        .reading(
            "over a thousand rooms are all found without next links",
            "msgraph-sdk-powershell #2260",
            || all(tenant(1_100).without_next_links()),
        )
        .reading(
            "more rooms in a list than a page are all found",
            "microsoft-graph-docs-contrib #341",
            || of_a_list(tenant(250)),
        )
        .reading(
            "more rooms in a list than a page are all found without next links",
            "microsoft-graph-docs-contrib #341",
            || of_a_list(tenant(250).without_next_links()),
        )
        .reading("an empty first page of rooms is read through", PLACES, || {
            all(tenant(150)).faults([when("/places/").nth(1).then(Fault::EmptyPage)])
        })
        .reading(
            "pages of rooms that name themselves as the next one are an error",
            PLACES,
            || {
                Scenario::rooms(tenant(150))
                    .faults([when("/places/").then(Fault::RepeatedNextLink)])
                    .fails("a page names itself as the next one")
            },
        )
        .reading(
            "a throttled page of rooms is asked for again",
            "Microsoft Graph throttling guidance",
            || {
                let throttled = Fault::Throttled(RetryAfter::Seconds(1));
                all(tenant(150)).faults([when("/places/").nth(2).then(throttled)])
            },
        )
        .case(
            "a room whose principal name differs from its address is read, by its object id",
            "List calendarView (id or userPrincipalName)",
            || a_room_whose_principal_name_differs(None),
        )
        .case(
            "a room is read by its object id though the look for it was throttled inside a batch",
            "Combine multiple HTTP requests using JSON batching",
            || a_room_whose_principal_name_differs(Some(Fault::Throttled(RetryAfter::Seconds(1)))),
        )
        .reading(
            "the calendar of a room whose principal name differs from its address is found by the address",
            "Get user (id or userPrincipalName)",
            || {
                let room = Room::new("conf-a@contoso.com", "Conf A")
                    .upn("conf-a.old@contoso.onmicrosoft.com")
                    .event(event("Moved here"));
                Scenario::calendar(Tenant::new("contoso.com").room(room)).yields([tuesday("Moved here")])
            },
        )
        .case(
            "names in every script arrive as they were written",
            PLACES,
            names_in_every_script,
        )
        .reading(
            "a subject in every script arrives as it was written",
            "event resource type",
            || Scenario::calendar(crate::setting::one_room(NAMES.map(event))).yields(NAMES.map(tuesday)),
        )
        .case(
            "an address with an apostrophe and a plus is read",
            "microsoft-graph-docs (webhooks: names with an apostrophe)",
            an_address_with_an_apostrophe,
        )
}

fn all(tenant: Tenant) -> Scenario {
    let addresses: Vec<String> = (0..tenant.rooms().len()).map(address).collect();
    Scenario::rooms(tenant).yields(addresses)
}

fn of_a_list(tenant: Tenant) -> Scenario {
    let members: Vec<String> = (0..tenant.rooms().len()).map(address).collect();
    let list = RoomList::new("all@contoso.com", "All", members.iter().map(String::as_str));
    Scenario::rooms_of(tenant.list(list), "all@contoso.com").yields(members)
}

/// The first look for accounts has this fault.
fn a_room_whose_principal_name_differs(fault: Option<Fault>) {
    let room = |address: &str, upn: &str| {
        Room::new(address, address)
            .upn(upn)
            .event(event(&format!("Booked in {address}")))
    };
    // The second room's principal name is the first one's address.
    let tenant = Tenant::new("contoso.com")
        .room(room("conf-a@contoso.com", "a.old@contoso.onmicrosoft.com"))
        .room(room("conf-b@contoso.com", "conf-a@contoso.com"))
        .list(RoomList::new(
            "hq@contoso.com",
            "HQ",
            ["conf-a@contoso.com", "conf-b@contoso.com"],
        ));
    let simulator = Simulator::start(tenant).unwrap();
    if let Some(fault) = fault {
        simulator.inject(when("/users?").inner().nth(1).then(fault));
    }
    let ended = of_lists(&simulator, "hq@contoso.com");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        [
            "conf-a 2026-03-10T10:00 Booked in conf-a@contoso.com",
            "conf-b 2026-03-10T10:00 Booked in conf-b@contoso.com",
        ]
    );
}

fn of_lists(simulator: &Simulator, lists: &str) -> Ended {
    workplace(&Source::contoso(simulator).lists(lists))
        .collect(&[])
        .unwrap()
}

const NAMES: [&str; 10] = [
    "Sala São Paulo",
    "会议室 东京",
    "غرفة الاجتماعات",
    "Переговорная №1",
    "חדר ישיבות",
    "ห้องประชุม",
    "Küche \"groß\" \\ 'O''Neill'",
    "🏢 Room 👩‍💻",
    "e\u{301}te\u{301}",
    "𝔐𝔞𝔱𝔥",
];

fn names_in_every_script() {
    let tenant = NAMES
        .iter()
        .enumerate()
        .fold(Tenant::new("contoso.com"), |tenant, (number, name)| {
            tenant.room(Room::new(&format!("room-{number}@contoso.com"), name).event(event(name)))
        });
    let ended = collect(&Simulator::start(tenant).unwrap());
    let found = ended.meetings(0).unwrap();
    let text = |key: &str| {
        found
            .iter()
            .map(|meeting| meeting[key].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(text("room_name"), NAMES);
    assert_eq!(text("subject"), NAMES);
}

fn an_address_with_an_apostrophe() {
    let tenant = Tenant::new("contoso.com")
        .room(Room::new("o'neill+1@contoso.com", "O'Neill").event(event("Lunch")))
        .list(RoomList::new(
            "o'list@contoso.com",
            "O'List",
            ["o'neill+1@contoso.com"],
        ));
    let simulator = Simulator::start(tenant).unwrap();
    let ended = of_lists(&simulator, "o'list@contoso.com");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["o'neill+1 2026-03-10T10:00 Lunch"]);
}
