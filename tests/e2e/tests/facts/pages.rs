//! Pages of calendars, and what is asked for.

use e2e::{Ended, Source, calendar_of};
use graph_sim::{Event, Fault, Mailbox, Recorded, Room, Rule, Simulator, Tenant, when};

use crate::{collect, tenant, workplace};

/// A room with 1,200 meetings: three pages.
fn full() -> Tenant {
    let events = (0..1200).map(|number| {
        Event::new(
            &format!("Meeting {number:04}"),
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        )
    });
    Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A").events(events))
}

fn with(rules: impl IntoIterator<Item = Rule>) -> Ended {
    let simulator = Simulator::start(full()).unwrap();
    rules.into_iter().for_each(|rule| simulator.inject(rule));
    collect(&simulator)
}

fn calendar() -> Rule {
    when(&calendar_of("conf-a@contoso.com")).inner()
}

/// All 1,200 meetings came, each once.
fn whole(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let mut found = ended.brief().unwrap();
    found.sort();
    let expected: Vec<String> = (0..1200)
        .map(|number| format!("conf-a 2026-03-10T10:00 Meeting {number:04}"))
        .collect();
    assert!(found == expected, "{} meetings: {}", found.len(), ended.stderr);
}

#[test]
fn all_pages_are_read() {
    whole(&with([]));
}

#[test]
fn empty_pages_with_a_next_one_are_read_through() {
    whole(&with([calendar().nth(1).then(Fault::EmptyPage)]));
    whole(&with([calendar().nth(2).then(Fault::EmptyPage)]));
    whole(&with(
        [1, 2, 4].map(|nth| calendar().nth(nth).then(Fault::EmptyPage)),
    ));
    whole(&with([calendar().nth(3).then(Fault::TrailingEmptyPage)]));
}

#[test]
fn an_event_that_comes_on_two_pages_is_one_meeting() {
    whole(&with([calendar().then(Fault::RepeatedEvent)]));
}

#[test]
fn a_page_that_names_itself_as_the_next_fails_the_room() {
    let ended = with([calendar().nth(2).then(Fault::RepeatedNextLink)]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(
        ended.said("conf-a@contoso.com: failed: ").len(),
        1,
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("a page names itself as the next one"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_failure_on_the_last_page_keeps_nothing_of_the_room() {
    let ended = with([calendar().nth(3).then(Fault::WrongTypes)]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
}

fn parameter(request: &Recorded, name: &str) -> String {
    let target = request.decoded();
    let query = target.split_once('?').unwrap().1.to_owned();
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")))
        .map(str::to_owned);
    value.unwrap_or_else(|| panic!("no {name} in {target}"))
}

#[test]
fn every_page_says_what_it_prefers_and_asks_only_for_what_is_kept() {
    let simulator = Simulator::start(full()).unwrap();
    whole(&collect(&simulator));
    let requests = simulator.requests_to("calendarView");
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert!(request.inner);
        let prefer = request.header("prefer");
        assert_eq!(
            prefer,
            Some("outlook.timezone=\"UTC\", IdType=\"ImmutableId\", odata.maxpagesize=500")
        );
        assert_eq!(
            parameter(request, "$select"),
            "id,subject,start,end,isAllDay,isCancelled,sensitivity,showAs,type,seriesMasterId,originalStartTimeZone,\
             originalEndTimeZone"
        );
    }
}

#[test]
fn the_window_is_asked_for_with_fourteen_hours_on_each_side() {
    let simulator = Simulator::start(tenant(1)).unwrap();
    assert_eq!(collect(&simulator).code, 0);
    let requests = simulator.requests_to("calendarView");
    assert_eq!(parameter(&requests[0], "startDateTime"), "2026-03-08T10:00:00Z");
    assert_eq!(parameter(&requests[0], "endDateTime"), "2026-03-16T14:00:00Z");
}

#[test]
fn the_user_agent_of_the_settings_stands_in_every_request() {
    let simulator = Simulator::start(tenant(1)).unwrap();
    assert_eq!(collect(&simulator).code, 0);
    let outer: Vec<Recorded> = simulator
        .requests_to("/v1.0/")
        .into_iter()
        .filter(|request| !request.inner)
        .collect();
    assert!(!outer.is_empty());
    for request in outer {
        let agent = request.header("user-agent").unwrap_or_default();
        assert!(
            agent.contains("rooms@contoso.com"),
            "{}: {agent:?}",
            request.target
        );
    }
}

#[test]
fn twenty_rooms_are_asked_for_in_one_batch() {
    let simulator = Simulator::start(tenant(45)).unwrap();
    let ended = workplace(&Source::contoso(&simulator).limit("requests", "1"))
        .collect(&[])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // The inner requests are recorded before their batch; one batch at a time was under way.
    let mut sizes = Vec::new();
    let mut inner = 0;
    for request in simulator.requests() {
        if request.inner {
            inner += usize::from(request.target.contains("calendarView"));
        } else if request.target.contains("/$batch") {
            sizes.push(std::mem::take(&mut inner));
        }
    }
    assert_eq!(sizes, [0, 20, 20, 5], "the first batch is for object ids");
    assert_eq!(simulator.most_in_flight(), 1);
}

/// 200 rooms whose calendars take a while, so that slices run side by side.
fn slow() -> Simulator {
    let simulator = Simulator::start(tenant(200)).unwrap();
    simulator
        .update(|tenant| {
            let slow = Mailbox::Slow(std::time::Duration::from_millis(200));
            tenant
                .rooms_mut()
                .iter_mut()
                .for_each(|room| room.set_mailbox(slow));
            Ok(())
        })
        .unwrap();
    simulator
}

#[test]
fn at_most_four_requests_are_under_way() {
    let simulator = slow();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 200);
    assert_eq!(simulator.most_in_flight(), 4);
}

#[test]
fn no_more_requests_are_under_way_than_the_limit_says() {
    let simulator = slow();
    let ended = workplace(&Source::contoso(&simulator).limit("requests", "2"))
        .collect(&[])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(simulator.most_in_flight(), 2);
}
