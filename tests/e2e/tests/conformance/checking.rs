//! What `collector validate` tells: what is missing, and whether it may come by itself.

use e2e::{Ended, Source};
use graph_sim::{App, CLIENT_ID, Event, Mailbox, Refusal, Room, RoomList, Simulator, Tenant};

use crate::case::Area;
use crate::setting::{address, tenant, workplace};

pub(crate) fn area() -> Area {
    Area::new("Checking")
        .case(
            "subjects that are the organizer's name are told with the Exchange line that helps, and no name is said",
            "MeetEasier #21, MMM-CalendarExt2 #122, microsoft-graph-docs #11649",
            organizers_as_subjects,
        )
        .case(
            "subjects that are subjects are not complained of",
            "Set-CalendarProcessing (AddOrganizerToSubject)",
            || {
                let ended = check(room_with("Planning"));
                assert_eq!(ended.code, 0, "{}", ended.stdout);
                assert!(!ended.stdout.contains("AddOrganizerToSubject"), "{}", ended.stdout);
            },
        )
        .case(
            "a policy that keeps out one room is told as limited, by the room's name",
            "microsoft-graph-docs #6260",
            one_room_is_kept_out,
        )
        .case(
            "calendars that nobody consented to are a mistake, named with the permission",
            "microsoft-graph-docs #17283",
            || {
                let roles = ["Place.Read.All", "Directory.Read.All", "User.Read.All"];
                let ended = check(tenant(2).app(App::default().roles(roles)));
                assert_eq!(ended.code, 1, "{}", ended.stdout);
                assert!(ended.stdout.contains("permission Calendars.Read"), "{}", ended.stdout);
            },
        )
        .case(
            "an application that the tenant does not know is a mistake, named with its number",
            "Microsoft Entra authentication and authorization error codes",
            || {
                let app = App::new("99999999-2222-3333-4444-555555555555").secret(e2e::SECRET);
                let ended = check(tenant(2).app(app));
                assert_eq!(ended.code, 1, "{}", ended.stdout);
                assert!(ended.stdout.contains("AADSTS700016"), "{}", ended.stdout);
            },
        )
        .case("a check keeps nothing", "microsoft-graph-docs #17283", || {
            let simulator = Simulator::start(tenant(2)).unwrap();
            let workplace = workplace(&Source::contoso(&simulator));
            assert_eq!(workplace.run(&["validate"]).unwrap().code, 0);
            let stored = workplace.data().unwrap();
            let held = stored
                .iter()
                .any(|(_, content)| String::from_utf8_lossy(content).contains("Meeting 0"));
            assert!(!held);
        })
}

fn check(tenant: Tenant) -> Ended {
    let simulator = Simulator::start(tenant).unwrap();
    workplace(&Source::contoso(&simulator))
        .run(&["validate"])
        .unwrap()
}

/// A room with two meetings around today, by the same person.
fn room_with(subject: &str) -> Tenant {
    let event = |days: i64| {
        let day = (e2e::now() + chrono::Duration::days(days))
            .format("%Y-%m-%d")
            .to_string();
        Event::new(subject, &format!("{day}T10:00:00Z"), &format!("{day}T11:00:00Z"))
            .organizer("Megan Bowen", "megan@contoso.com")
    };
    Tenant::new("contoso.com").room(
        Room::new("conf-d@contoso.com", "Conf D")
            .event(event(-3))
            .event(event(4)),
    )
}

fn organizers_as_subjects() {
    let ended = check(room_with("Megan Bowen"));
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    for words in [
        "every subject is the organizer's name",
        "conf-d@contoso.com",
        "-DeleteSubject $false -AddOrganizerToSubject $false",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("Megan"), "{}", ended.stdout);
}

fn one_room_is_kept_out() {
    let mut tenant = tenant(2);
    tenant
        .room_mut(&address(1))
        .unwrap()
        .set_mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    let rooms = [address(0), address(1)];
    let list = RoomList::new("hq@contoso.com", "HQ", rooms.iter().map(String::as_str));
    let simulator = Simulator::start(tenant.list(list)).unwrap();
    let ended = workplace(&Source::contoso(&simulator).lists("hq@contoso.com"))
        .run(&["validate"])
        .unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("1 of 2 calendars tried can be read"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains(&format!(
            "Test-ApplicationAccessPolicy -Identity 'room-001@contoso.com' -AppId '{CLIENT_ID}'"
        )),
        "{}",
        ended.stdout
    );
}
