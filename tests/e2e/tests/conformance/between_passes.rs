//! What changes between two passes: meetings, mailboxes, rooms and lists. Only a room that was read whole loses meetings.

use e2e::{Ended, Source, Workplace, calendar_of};
use graph_sim::{
    Event, Fault, Group, GroupKind, Mailbox, Missing, Refusal, RetryAfter, RoomList, Simulator, Tenant, when,
};
use serde_json::json;

use crate::case::Area;
use crate::setting::{ROOM, event, one_room, tenant, workplace};

const POLICY: &str = "Limiting application permissions to specific Exchange Online mailboxes";
const LISTS: &str = "List places";
const REVERTED: &str = "OfficeDocs-Support, KB 4039148";

/// What a mailbox may do between two passes, and how the room's outcome is called.
const STATES: [(&str, Mailbox, &str, &str); 5] = [
    (
        "is kept out by a policy",
        Mailbox::Refused(Refusal::AccessPolicy),
        "1 refused, 0 missing, 0 failed",
        POLICY,
    ),
    (
        "is refused",
        Mailbox::Refused(Refusal::AccessDenied),
        "1 refused, 0 missing, 0 failed",
        POLICY,
    ),
    (
        "is moved on premises",
        Mailbox::OnPremises,
        "0 refused, 1 missing, 0 failed",
        "Microsoft Q&A 1457213",
    ),
    (
        "is not found",
        Mailbox::Missing(Missing::InvalidUser),
        "0 refused, 1 missing, 0 failed",
        "Microsoft Q&A 1055547",
    ),
    (
        "loses its calendar",
        Mailbox::Missing(Missing::ItemNotFound),
        "0 refused, 1 missing, 0 failed",
        "Microsoft Graph error responses",
    ),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Between two passes").case(
        "a meeting that changes is changed and one that goes is gone",
        "List calendarView",
        changes_are_told,
    );
    for (what, state, figures, recorded) in STATES {
        area = area.case(
            format!("a room that {what} keeps its meetings"),
            recorded,
            move || a_room_keeps_its_meetings(state, figures),
        );
    }
    area.case(
        "a room that is throttled to the end keeps its meetings: a throttled page is not an empty one",
        "Microsoft Graph throttling guidance",
        a_throttled_room_keeps_its_meetings,
    )
    .case(
        "a room with a damaged item keeps its meetings",
        "corso (graph errors)",
        || a_failing_room_keeps_its_meetings(Fault::Error(500, "ErrorCorruptData".into(), "x".into())),
    )
    .case(
        "a room answered with 200 and no list of events keeps its meetings",
        "Combine multiple requests using JSON batching",
        || a_failing_room_keeps_its_meetings(Fault::WrongTypes),
    )
    .case("a room that left the tenant is shown no more", LISTS, a_room_that_left)
    .case(
        "a room that gets another name has it, and its meetings stay as they were",
        "Set-Place",
        a_room_with_another_name,
    )
    .case(
        "a room that is moved from one list to another stays one room with the same meetings",
        LISTS,
        a_room_moved_between_lists,
    )
    .case(
        "a list that gets another display name is the same list",
        LISTS,
        a_list_with_another_name,
    )
    .case(
        "a list that gets another address is told, and its rooms keep their meetings",
        LISTS,
        a_list_with_another_address,
    )
    .case(
        "a list that turned back into a distribution list is told, its rooms keep their meetings, and nothing is new when it is one again",
        REVERTED,
        a_list_turned_back,
    )
    .case(
        "a room that is hidden from address lists and shown again keeps its meetings",
        LISTS,
        a_hidden_room,
    )
    .case(
        "a list that is emptied is told, and its rooms keep their meetings",
        LISTS,
        an_emptied_list,
    )
}

fn figures(ended: &Ended, expected: &str) {
    assert!(
        ended.stderr.contains(&format!("contoso: meetings: {expected}\n")),
        "not {expected}: {}",
        ended.stderr
    );
}

/// A pass that must end with this status.
fn pass(workplace: &Workplace, code: i32) -> Ended {
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, code, "{}", ended.stderr);
    ended
}

fn changes_are_told() {
    let named = |subject: &str| event(subject).with("id", json!(subject));
    let simulator = Simulator::start(one_room([named("moves"), named("stays"), named("goes")])).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    pass(&workplace, 0);
    simulator
        .update(|tenant| {
            let events = tenant.room_mut(ROOM)?.events_mut();
            events.pop();
            events[0] = Event::new("moves", "2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z")
                .with("id", json!("moves"));
            events.push(named("comes"));
            Ok(())
        })
        .unwrap();
    let ended = pass(&workplace, 0);
    let expected = [
        "conf-a 2026-03-10T10:00 comes",
        "conf-a 2026-03-10T10:00 stays",
        "conf-a 2026-03-12T10:00 moves",
    ];
    assert_eq!(ended.brief().unwrap(), expected);
    figures(&ended, "1 new, 1 changed, 1 gone, 1 as before");
}

const BOTH: [&str; 2] = [
    "room-000 2026-03-10T10:00 Meeting 0",
    "room-001 2026-03-10T10:00 Meeting 1",
];

/// A pass over two rooms, a second one in which something is wrong with the second room, and a third in which all is well.
fn second_room(worse: impl FnOnce(&Simulator), outcome: &str, better: impl FnOnce(&Simulator)) {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    pass(&workplace, 0);
    worse(&simulator);
    let ended = pass(&workplace, 3);
    assert!(
        ended
            .stderr
            .contains(&format!("contoso: rooms: 1 collected, {outcome}")),
        "{}",
        ended.stderr
    );
    // Nothing is gone, and what is stored of the room is not taken for collected.
    figures(&ended, "0 new, 0 changed, 0 gone, 1 as before");
    better(&simulator);
    let ended = pass(&workplace, 0);
    assert_eq!(ended.brief().unwrap(), BOTH);
    figures(&ended, "0 new, 0 changed, 0 gone, 2 as before");
}

fn set_mailbox(simulator: &Simulator, state: Mailbox) {
    simulator
        .update(|tenant| {
            tenant.room_mut("room-001@contoso.com")?.set_mailbox(state);
            Ok(())
        })
        .unwrap();
}

fn a_room_keeps_its_meetings(state: Mailbox, outcome: &str) {
    second_room(
        |simulator| set_mailbox(simulator, state),
        outcome,
        |simulator| set_mailbox(simulator, Mailbox::Normal),
    );
}

fn a_failing_room_keeps_its_meetings(fault: Fault) {
    second_room(
        |simulator| simulator.inject(when(&calendar_of("room-001@contoso.com")).inner().then(fault)),
        "0 refused, 0 missing, 1 failed",
        |simulator| simulator.no_more_faults(),
    );
}

fn a_throttled_room_keeps_its_meetings() {
    a_failing_room_keeps_its_meetings(Fault::Throttled(RetryAfter::Seconds(7200)));
}

fn a_room_that_left() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(pass(&workplace, 0).brief().unwrap().len(), 2);
    simulator
        .update(|tenant| {
            tenant.rooms_mut().pop();
            Ok(())
        })
        .unwrap();
    assert_eq!(pass(&workplace, 0).brief().unwrap(), [BOTH[0]]);
}

fn a_room_with_another_name() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    pass(&workplace, 0);
    simulator
        .update(|tenant| {
            tenant.room_mut("room-001@contoso.com")?.rename("Aquarium");
            Ok(())
        })
        .unwrap();
    let ended = pass(&workplace, 0);
    let meetings = ended.meetings(0).unwrap();
    assert_eq!(meetings[1]["room_name"], "Aquarium", "{}", ended.stdout);
    figures(&ended, "0 new, 0 changed, 0 gone, 2 as before");
}

/// Two rooms in one list, one in the other.
fn with_lists() -> Tenant {
    tenant(3)
        .list(RoomList::new(
            "hq@contoso.com",
            "HQ",
            ["room-000@contoso.com", "room-001@contoso.com"],
        ))
        .list(RoomList::new("lab@contoso.com", "Lab", ["room-002@contoso.com"]))
}

struct Lists {
    simulator: Simulator,
    workplace: Workplace,
}

impl Lists {
    /// After a first pass over both lists.
    fn read_once() -> Self {
        let simulator = Simulator::start(with_lists()).unwrap();
        let workplace = workplace(&Source::contoso(&simulator).lists("hq@contoso.com, lab@contoso.com"));
        assert_eq!(pass(&workplace, 0).brief().unwrap().len(), 3);
        Self { simulator, workplace }
    }

    fn change(&self, change: impl FnOnce(&mut Tenant)) {
        self.simulator
            .update(|tenant| {
                change(tenant);
                Ok(())
            })
            .unwrap();
    }

    /// A pass in which only the two rooms of the first list are read, and this is said. What is stored of the third is still
    /// shown: a list that is broken says nothing about its rooms.
    fn without_lab(&self, words: &str) {
        let ended = pass(&self.workplace, 3);
        assert_eq!(ended.brief().unwrap().len(), 3);
        figures(&ended, "0 new, 0 changed, 0 gone, 2 as before");
        assert_eq!(ended.said(words).len(), 1, "{}", ended.stderr);
    }

    /// A pass in which all is as it was at first.
    fn as_before(&self) -> Ended {
        let ended = pass(&self.workplace, 0);
        assert_eq!(ended.brief().unwrap().len(), 3);
        figures(&ended, "0 new, 0 changed, 0 gone, 3 as before");
        ended
    }
}

fn a_room_moved_between_lists() {
    let lists = Lists::read_once();
    lists.change(|tenant| {
        let moved = tenant.lists_mut()[0].members_mut().pop().unwrap();
        tenant.lists_mut()[1].members_mut().push(moved);
    });
    lists.as_before();
}

fn a_list_with_another_name() {
    let lists = Lists::read_once();
    lists.change(|tenant| {
        tenant.lists_mut()[1].rename("Laboratory");
    });
    lists.as_before();
}

fn a_list_with_another_address() {
    let lists = Lists::read_once();
    lists.change(|tenant| {
        tenant.lists_mut()[1] = RoomList::new("laboratory@contoso.com", "Lab", ["room-002@contoso.com"]);
    });
    lists.without_lab("room list lab@contoso.com does not exist. ");
    lists
        .workplace
        .configure(
            &Source::contoso(&lists.simulator)
                .lists("hq@contoso.com, laboratory@contoso.com")
                .to_string(),
        )
        .unwrap();
    lists.as_before();
}

fn a_list_turned_back() {
    let lists = Lists::read_once();
    lists.change(|tenant| {
        tenant.lists_mut().pop();
        tenant
            .groups_mut()
            .push(Group::new(GroupKind::DistributionList, "lab@contoso.com", "Lab"));
    });
    lists.without_lab("room list lab@contoso.com is a distribution list, not a room list. ");
    lists.change(|tenant| {
        tenant.groups_mut().pop();
        tenant
            .lists_mut()
            .push(RoomList::new("lab@contoso.com", "Lab", ["room-002@contoso.com"]));
    });
    lists.as_before();
}

fn an_emptied_list() {
    let lists = Lists::read_once();
    lists.change(|tenant| tenant.lists_mut()[1].members_mut().clear());
    lists.without_lab("room list lab@contoso.com has no rooms. ");
    lists.change(|tenant| {
        tenant.lists_mut()[1]
            .members_mut()
            .push("room-002@contoso.com".to_owned());
    });
    lists.as_before();
}

fn a_hidden_room() {
    let lists = Lists::read_once();
    lists.change(|tenant| tenant.rooms_mut()[2].set_hidden(true));
    lists.without_lab("room list lab@contoso.com has no rooms. Add rooms in Exchange: ");
    lists.change(|tenant| tenant.rooms_mut()[2].set_hidden(false));
    lists.as_before();
}
