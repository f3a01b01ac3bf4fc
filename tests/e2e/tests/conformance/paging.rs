//! Pages of calendars. Graph cuts them where it likes: a page may be empty, short or repeated, and only a missing next link is
//! the end.

use e2e::{Ended, Source, calendar_of};
use graph_sim::{Event, Fault, Rule, Simulator, Tenant, when};

use crate::case::Area;
use crate::scenario::Scenario;
use crate::setting::{ROOM, collect, one_room, tuesday, workplace};

const VIEW: &str = "List calendarView";
const EMPTY: &str = "msgraph-sdk-javascript #129, microsoft-graph-docs #2839";

pub(crate) fn area() -> Area {
    Area::new("Paging")
        .reading("all pages of a calendar are read", VIEW, || full([]))
        .reading("an empty first page is read through", EMPTY, || {
            full([empty_page(1)])
        })
        .reading("an empty page in the middle is read through", EMPTY, || {
            full([empty_page(2)])
        })
        .reading("two empty pages in a row are read through", EMPTY, || {
            full([empty_page(2), empty_page(3)])
        })
        .reading("an empty last page is the end", EMPTY, || {
            full([pages().then(Fault::TrailingEmptyPage)])
        })
        .reading("a calendar that is one empty page is empty", VIEW, || {
            Scenario::calendar(one_room([])).yields::<String>([])
        })
        .reading(
            "a calendar of which every page is empty but the last is read",
            EMPTY,
            || {
                Scenario::calendar(one_room([crate::setting::event("Late")]))
                    .faults([pages().first(4).then(Fault::EmptyPage)])
                    .yields([tuesday("Late")])
            },
        )
        .reading(
            "an event that comes on two pages is one meeting",
            "Use delta query to track changes (replays)",
            || full([pages().then(Fault::RepeatedEvent)]),
        )
        .reading(
            "a page that names itself as the next one is an error, not a part and not for ever",
            "microsoft-graph-docs #2839",
            || {
                Scenario::calendar(crowded())
                    .faults([pages().nth(2).then(Fault::RepeatedNextLink)])
                    .fails("a page names itself as the next one")
            },
        )
        .reading(
            "two pages that name each other as the next one are an error",
            "microsoft-graph-docs #2839",
            || {
                Scenario::calendar(crowded())
                    .faults([pages().then(Fault::AlternatingNextLink)])
                    .fails("a page names itself as the next one")
            },
        )
        .reading(
            "pages of a size that is refused are asked for in a smaller one",
            "Use the $top query parameter",
            || full([pages().then(Fault::PageSizeOver(100))]),
        )
        .reading(
            "pages that are answered with 503 since they are large are asked for smaller",
            "corso (503 for large pages)",
            || full([pages().then(Fault::PagesOver(100))]),
        )
        .reading(
            "a page of another shape is an error, not an empty page",
            "Microsoft Graph error responses",
            || {
                Scenario::calendar(crowded())
                    .faults([pages().nth(2).then(Fault::WrongTypes)])
                    .fails("Microsoft Graph's answer cannot be used: ")
            },
        )
        .reading(
            "a page of HTML, as a network that wants a sign-in gives it, is an error",
            "Combine multiple requests using JSON batching (bodies that are not JSON)",
            || {
                Scenario::calendar(crowded())
                    .faults([pages().nth(2).then(Fault::Html)])
                    .fails("Microsoft Graph's answer cannot be used: ")
            },
        )
        .case(
            "a failure on the last page keeps nothing of the room",
            "Combine multiple requests using JSON batching",
            nothing_of_a_room_that_fails_on_its_last_page,
        )
        .case(
            "a failure on a later page leaves what was stored as it was",
            "Combine multiple requests using JSON batching",
            what_was_stored_stays,
        )
}

/// 1,200 meetings: three pages of the collector's, 120 of Graph's default.
fn crowded() -> Tenant {
    one_room((0..1200).map(|number| crate::setting::event(&format!("Meeting {number:04}"))))
}

fn pages() -> Rule {
    when("calendarView")
}

fn empty_page(nth: u64) -> Rule {
    pages().nth(nth).then(Fault::EmptyPage)
}

/// Whatever goes wrong, all 1,200 come, each once.
fn full(faults: impl IntoIterator<Item = Rule>) -> Scenario {
    Scenario::calendar(crowded())
        .faults(faults)
        .yields((0..1200).map(|number| tuesday(&format!("Meeting {number:04}"))))
}

fn failed_with_nothing(ended: &Ended) {
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(
        ended.said("conf-a@contoso.com: failed: ").len(),
        1,
        "{}",
        ended.stderr
    );
}

fn last_page_fails() -> Rule {
    when(&calendar_of(ROOM)).inner().nth(3).then(Fault::WrongTypes)
}

fn nothing_of_a_room_that_fails_on_its_last_page() {
    let simulator = Simulator::start(crowded()).unwrap();
    simulator.inject(last_page_fails());
    failed_with_nothing(&collect(&simulator));
}

fn what_was_stored_stays() {
    let simulator = Simulator::start(one_room([crate::setting::event("Stored")])).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    simulator
        .update(|tenant| {
            let events = (0..1200).map(|number| {
                Event::new(
                    &format!("New {number}"),
                    "2026-03-11T10:00:00Z",
                    "2026-03-11T11:00:00Z",
                )
            });
            *tenant.room_mut(ROOM)?.events_mut() = events.collect();
            Ok(())
        })
        .unwrap();
    simulator.inject(last_page_fails());
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    simulator.no_more_faults();
    // What is gone in the next pass was still there.
    let ended = workplace.collect(&[]).unwrap();
    assert!(
        ended
            .stderr
            .contains("contoso: meetings: 1200 new, 0 changed, 1 gone, 0 as before\n"),
        "{}",
        ended.stderr
    );
}
