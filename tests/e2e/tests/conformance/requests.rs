//! What is asked for, and how: every page says what it prefers, nothing is asked for that is not kept, and never too much at once.

use e2e::Source;
use graph_sim::{Mailbox, Recorded, Simulator, Tenant};

use crate::case::Area;
use crate::setting::{collect, event, one_room, tenant, workplace};

const BATCH: &str = "Combine multiple requests using JSON batching";
const LIMITS: &str = "Microsoft Graph service-specific throttling limits (Outlook)";

pub(crate) fn area() -> Area {
    Area::new("Requests")
        .case(
            "every page says what it prefers, with the zone in double quotes",
            "pipeshub-ai #2576, microsoft-graph-docs #15604",
            every_page_says_what_it_prefers,
        )
        .case(
            "nothing about people, places or content is asked for",
            "List calendarView ($select)",
            only_what_is_kept_is_asked_for,
        )
        .case(
            "the window is asked for with fourteen hours on each side, for days in other zones",
            "microsoft-graph-docs #1802",
            the_window_is_padded,
        )
        .case(
            "the user agent of the settings stands in every request, for the allow lists of Exchange",
            "msgraph-sdk-javascript #252",
            the_user_agent_stands_in_every_request,
        )
        .case(
            "twenty rooms are asked for in one batch",
            BATCH,
            twenty_in_a_batch,
        )
        .case(
            "at most four requests are under way",
            "keeper.sh #568, Throttling limits (Outlook)",
            || at_most(None, 4),
        )
        .case(
            "no more requests are under way than the limit says",
            LIMITS,
            || {
                at_most(Some("2"), 2);
            },
        )
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

/// The requests for the three pages of a calendar.
fn pages() -> Vec<Recorded> {
    let simulator = Simulator::start(one_room((0..1200).map(|n| event(&n.to_string())))).unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let requests = simulator.requests_to("calendarView");
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.inner));
    requests
}

fn every_page_says_what_it_prefers() {
    for request in pages() {
        assert_eq!(
            request.header("prefer"),
            Some("outlook.timezone=\"UTC\", IdType=\"ImmutableId\", odata.maxpagesize=500")
        );
    }
}

fn only_what_is_kept_is_asked_for() {
    for request in pages() {
        assert_eq!(
            parameter(&request, "$select"),
            "id,subject,start,end,isAllDay,isCancelled,sensitivity,showAs,type,seriesMasterId,originalStartTimeZone,\
             originalEndTimeZone"
        );
    }
}

fn the_window_is_padded() {
    let simulator = Simulator::start(tenant(1)).unwrap();
    assert_eq!(collect(&simulator).code, 0);
    let requests = simulator.requests_to("calendarView");
    assert_eq!(parameter(&requests[0], "startDateTime"), "2026-03-08T10:00:00Z");
    assert_eq!(parameter(&requests[0], "endDateTime"), "2026-03-16T14:00:00Z");
}

fn the_user_agent_stands_in_every_request() {
    let simulator = Simulator::start(tenant(1)).unwrap();
    assert_eq!(collect(&simulator).code, 0);
    let requests = simulator.requests_to("");
    let of_graph: Vec<&Recorded> = requests
        .iter()
        .filter(|request| request.inner || request.target.starts_with("/v1.0/"))
        .collect();
    assert!(of_graph.iter().any(|request| request.inner));
    assert!(of_graph.iter().any(|request| !request.inner));
    for request in of_graph {
        let agent = request.header("user-agent").unwrap_or_default();
        assert!(
            agent.contains("rooms@contoso.com"),
            "{}: {agent:?}",
            request.target
        );
    }
}

fn twenty_in_a_batch() {
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
fn at_most(limit: Option<&str>, expected: usize) {
    let slow = Mailbox::Slow(std::time::Duration::from_millis(200));
    let mut tenant: Tenant = tenant(200);
    tenant
        .rooms_mut()
        .iter_mut()
        .for_each(|room| room.set_mailbox(slow));
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator);
    let source = match limit {
        Some(limit) => source.limit("requests", limit),
        None => source,
    };
    let ended = workplace(&source).collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 200);
    assert_eq!(simulator.most_in_flight(), expected);
}
