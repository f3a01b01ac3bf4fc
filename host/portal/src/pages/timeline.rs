//! The timeline: the rooms of a building over a day, drawn to scale, or over a week, as lists. Each meeting is text with its times and
//! status; colour and position only repeat them. A room that was not collected is marked as such, and so is a day that was not, so that
//! neither ever looks free. Rooms of a building stand together.

mod meeting;
mod reading;
mod request;
mod scale;

use maud::{Markup, html};
use meeting::{meeting_text, status_class};
use reading::{Reading, collected, no_meetings, not_all};
pub(crate) use request::TimelineRequest;
use request::{Day, Span, WITHOUT_BUILDING};
use scale::{Block, SLOTS_OF_AN_HOUR, Scale, overlaps};

use super::elements::{
    Paging, Tone, badge, counted, foreign, link, paging, plain, short_name, shown, source_field, text_field,
};
use crate::api::{Timeline, TimelineRoom};

/// Rooms of which a phone shows a week in words.
const FEW: usize = 3;
/// Lanes that the stylesheet positions. The browser places further ones below them.
const LANES: usize = 12;

/// The page.
pub(crate) fn timeline(view: &Timeline, request: &TimelineRequest) -> Markup {
    html! {
        h1 { "Timeline" }
        (controls(view, request))
        (heading(request))
        @if request.is_zone_asked {
            p.muted {
                "The address asks for days in " (request.zone.name()) ". "
                a href=(request.in_own_zone().link()) { "Show them in your time zone" }
            }
        }
        @if let Some(date) = &request.unknown_date {
            p.problem { "“" (foreign(date)) "” is not a date of room calendars, so this is today. Choose one above." }
        }
        @if let Some(zone) = &request.unknown_zone {
            p.problem {
                "“" (foreign(zone)) "” is not a time zone; times are shown in " (request.zone.name()) ". Use a name such as Europe/Berlin."
            }
        }
        @if view.rooms.is_empty() { (nothing(view)) } @else {
            p.muted {
                (shown(view.rooms.len(), request.skip, view.total, "room")) ". "
                span data-keys hidden { "Tab goes from room to room, arrow keys from meeting to meeting." }
            }
            @if view.rooms.iter().any(|room| !collected(room)) {
                p.muted { "Rooms that were not collected in the last pass show the meetings stored before it; a gap may not be free." }
            }
            @if request.days().iter().any(|day| view.rooms.iter().any(|room| Reading::of(room, *day) != Reading::Whole)) {
                p.muted {
                    "Days marked “not collected” or “partly collected” lie outside the collected window, or their old meetings were deleted. "
                    "A gap there may not be free."
                }
            }
            @match request.span {
                Span::Day => { @for day in request.days() { (day_table(view, request, day)) } }
                Span::Week => (week_table(view, request)),
            }
            (legend())
        }
        (paging("Pages of rooms", Paging { skip: request.skip, size: request.span.rooms(), total: view.total }, |skip| request.at(skip).link()))
    }
}

fn controls(view: &Timeline, request: &TimelineRequest) -> Markup {
    html! {
        form.filter method="get" action="/timeline" role="search" {
            div.field {
                label for="building" { "Building" }
                select #building name="building" {
                    option value="" { "all" }
                    // The requested building stays selected, even if it has no rooms any more.
                    @let gone = request.building.iter().filter(|building| !view.buildings.contains(building));
                    @for building in view.buildings.iter().chain(gone) {
                        @let value = if building.is_empty() { WITHOUT_BUILDING } else { building };
                        option value=(value) selected[request.building.as_ref() == Some(building)] {
                            @if building.is_empty() { "no building" } @else { (plain(building)) }
                        }
                    }
                }
            }
            (text_field("name, address or building", request.text.as_deref()))
            (source_field("Source", &view.sources, request.source.as_ref()))
            div.field {
                label for="date" { "Date" }
                input #date type="date" name="date" value=(request.date);
            }
            div.field {
                label for="view" { "Show" }
                select #view name="view" {
                    option value="day" selected[request.span == Span::Day] { "a day" }
                    option value="week" selected[request.span == Span::Week] { "a week" }
                }
            }
            @if request.is_zone_asked { input type="hidden" name="zone" value=(request.zone.name()); }
            div.actions { button type="submit" { "Show" } }
        }
    }
}

/// The dates shown, with links to those before and after.
fn heading(request: &TimelineRequest) -> Markup {
    let (first, last) = request.dates();
    html! {
        div.heading {
            h2 {
                @if first == last { (first.format("%A, %-d %B %Y")) } @else {
                    (first.format("%-d %B")) " – " (last.format("%-d %B %Y")) ", week " (first.format("%-V"))
                }
            }
            nav.paging aria-label="Days" {
                a rel="prev" href=(request.moved(-1).link()) { "Previous" }
                a href=(request.of(request.today(), request.span).link()) { "Today" }
                a rel="next" href=(request.moved(1).link()) { "Next" }
            }
        }
    }
}

fn nothing(view: &Timeline) -> Markup {
    html! {
        section.card.empty {
            @if view.buildings.is_empty() {
                h2 { "No rooms yet" }
                p { "Rooms appear after the first collection. " a href="/" { "View sources" } }
            } @else if view.total > 0 {
                p { "There are only " (counted(view.total, "room")) "." }
            } @else {
                p { "No rooms match these filters. Choose another building or source, or another text." }
                p.actions { a href="/timeline" { "Show all rooms" } }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul.legend aria-label="Key" {
            li { span.meeting { "confirmed" } }
            li { span.meeting.tentative { "tentative" } }
            li { span.meeting.cancelled { s { "cancelled" } } }
            li { span.meeting.unread { "not collected" } }
        }
    }
}

fn day_table(view: &Timeline, request: &TimelineRequest, day: Day) -> Markup {
    let scale = Scale::of(request, day, view.rooms.iter().flat_map(|room| &room.meetings));
    let hours = format!("hours-{}", scale.hours.len());
    let now = scale.slot(request.now);
    html! {
        div.timeline-frame { div.table.timeline {
            table.day.(hours) {
                thead {
                    tr {
                        th scope="col" { "Room" }
                        th scope="col" {
                            span.unseen { "Meetings" }
                            div.track.ruler aria-hidden="true" {
                                @for (hour, clock) in (0_u32..).zip(&scale.hours) {
                                    span class={ "from-" (hour * SLOTS_OF_AN_HOUR) " span-" (SLOTS_OF_AN_HOUR) } { (clock) }
                                }
                            }
                        }
                    }
                }
                @for rooms in groups(view) {
                  tbody {
                    (group(view, request, rooms, 2))
                    @for room in rooms {
                        tr.unread[!collected(room)] {
                            (room_cell(view, room, None))
                            @let reading = Reading::of(room, day);
                            td.unread[reading == Reading::Nothing] {
                                (all_day(request, day, room))
                                @let blocks = scale.blocks(day, &room.meetings);
                                @if blocks.is_empty() {
                                    div.track { p.none { (no_meetings(room, reading)) } (now_line(now)) }
                                } @else {
                                    ol.track {
                                        @for block in &blocks { (block_item(request, day, block)) }
                                        @if now.is_some() { li.line aria-hidden="true" { (now_line(now)) } }
                                    }
                                    (not_all(reading))
                                }
                            }
                        }
                    }
                  }
                }
            }
        } }
    }
}

/// The rooms of each building. (They come in this order.)
fn groups(view: &Timeline) -> impl Iterator<Item = &[TimelineRoom]> {
    view.rooms.chunk_by(|one, other| one.building == other.building)
}

/// The row above the rooms of a building, which narrows the page to it. Without buildings there is none.
fn group(view: &Timeline, request: &TimelineRequest, rooms: &[TimelineRoom], columns: usize) -> Markup {
    let building = rooms.first().and_then(|room| room.building.as_deref());
    let has_buildings = view.buildings.iter().any(|building| !building.is_empty());
    let narrowed = TimelineRequest {
        building: Some(building.unwrap_or_default().to_owned()),
        ..request.at(0)
    };
    html! {
        @if building.is_some() || has_buildings {
            tr.group {
                th scope="rowgroup" colspan=(columns) {
                    @match building {
                        Some(building) => a href=(narrowed.link()) { (short_name(building)) },
                        None => "No building",
                    }
                }
            }
        }
    }
}

fn now_line(slot: Option<u32>) -> Markup {
    html! { @if let Some(slot) = slot { span class={ "now from-" (slot) } aria-hidden="true" {} } }
}

fn block_item(request: &TimelineRequest, day: Day, block: &Block<'_>) -> Markup {
    let lane = if block.lane <= LANES {
        format!(" lane-{}", block.lane)
    } else {
        String::new()
    };
    let place = format!("from-{} span-{}{lane}", block.from, block.span);
    // Short blocks cut off their text. It unfolds on hover and on keyboard focus: of those that begin late, to the left. The script leaves
    // one stop of the Tab key for each room.
    html! {
        li.meeting.(status_class(block.meeting)).(place).late[block.is_late] tabindex="0" {
            div.words { (meeting_text(request, day, block.meeting)) }
        }
    }
}

fn all_day(request: &TimelineRequest, day: Day, room: &TimelineRoom) -> Markup {
    let meetings: Vec<_> = room
        .meetings
        .iter()
        .filter(|meeting| meeting.all_day && overlaps(meeting, day))
        .collect();
    html! {
        @if !meetings.is_empty() {
            ul.all-day {
                @for meeting in meetings {
                    li.meeting.(status_class(meeting)) tabindex="0" { div.words { (meeting_text(request, day, meeting)) } }
                }
            }
        }
    }
}

fn week_table(view: &Timeline, request: &TimelineRequest) -> Markup {
    let days = request.days();
    let today = request.today();
    let is_many = view.rooms.len() > FEW;
    html! {
        @if is_many { p.muted.phone { "Of many rooms only times are shown here. A room’s name leads to its week in words." } }
        div.timeline-frame { div.table.timeline {
            table.week.many[is_many] {
                thead {
                    tr {
                        th scope="col" { "Room" }
                        @for day in &days {
                            th scope="col" aria-current=[(day.date == today).then_some("date")] {
                                a href=(request.of(day.date, Span::Day).link()) { (day.date.format("%a %-d %b")) }
                            }
                        }
                    }
                }
                @for rooms in groups(view) {
                  tbody {
                    (group(view, request, rooms, days.len() + 1))
                    @for room in rooms {
                        tr.unread[!collected(room)] {
                            (room_cell(view, room, is_many.then(|| own_week(request, room))))
                            @for day in &days {
                                td.unread[Reading::of(room, *day) == Reading::Nothing] data-label=(day.date.format("%a %-d %b")) {
                                    (day_list(request, *day, room))
                                }
                            }
                        }
                    }
                  }
                }
            }
        } }
    }
}

fn day_list(request: &TimelineRequest, day: Day, room: &TimelineRoom) -> Markup {
    let mut meetings: Vec<_> = room
        .meetings
        .iter()
        .filter(|meeting| overlaps(meeting, day))
        .collect();
    meetings.sort_by_key(|meeting| (!meeting.all_day, meeting.start, meeting.end));
    let reading = Reading::of(room, day);
    html! {
        @if meetings.is_empty() { p.none { (no_meetings(room, reading)) } } @else {
            ul {
                @for meeting in meetings {
                    li.meeting.(status_class(meeting)) { (meeting_text(request, day, meeting)) }
                }
            }
            (not_all(reading))
        }
    }
}

/// The week of one of many rooms.
fn own_week(request: &TimelineRequest, room: &TimelineRoom) -> String {
    let one = TimelineRequest {
        source: Some(room.source.clone()),
        text: Some(room.address.clone()),
        ..request.at(0)
    };
    one.link()
}

/// The name of a room, as a link if it leads anywhere.
fn room_cell(view: &Timeline, room: &TimelineRoom, link_to: Option<String>) -> Markup {
    let several = view.rooms.iter().any(|other| other.source != room.source);
    let name = short_name(if room.name.is_empty() {
        &room.address
    } else {
        &room.name
    });
    html! {
        th scope="row" {
            @match link_to { Some(link) => a href=(link) { (name) }, None => (name) }
            @if !room.name.is_empty() { small.muted { (short_name(&room.address)) } }
            @if several { small.muted { (short_name(&room.source)) } }
            @if !collected(room) {
                small {
                    (badge_of_uncollected(room)) " "
                    a href=(link("/rooms", &[("source", &room.source), ("text", &room.address)])) { "why" }
                }
            }
        }
    }
}

fn badge_of_uncollected(room: &TimelineRoom) -> Markup {
    match &room.outcome {
        Some(outcome) => badge(Tone::Warning, &format!("not collected: {}", plain(outcome))),
        None => badge(Tone::Limited, "not collected yet"),
    }
}

#[cfg(test)]
mod tests;
