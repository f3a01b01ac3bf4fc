//! The timeline: the rooms of a building over a day, drawn to scale, or over a week, as lists. Each meeting is text with its times and
//! status; colour and position only repeat them. A room that was not collected is marked as such, and so is a day that was not read, so
//! that neither ever looks free.

mod request;
mod scale;
mod zone;

use chrono::NaiveTime;
use maud::{Markup, html};
pub(crate) use request::TimelineRequest;
use request::{Day, Span, WITHOUT_BUILDING};
use scale::{Block, SLOTS_OF_AN_HOUR, Scale, overlaps};
use zone::Zone;

use super::elements::{Tone, badge, counted, foreign, link, plain};
use crate::api::{MeetingView, SubjectView, Timeline, TimelineRoom};

/// Lanes that the stylesheet positions. The browser places further ones below them.
const LANES: usize = 12;

/// The page.
pub(crate) fn timeline(view: &Timeline, request: &TimelineRequest) -> Markup {
    html! {
        h1 { "Timeline" }
        (controls(view, request))
        (heading(request))
        @if let Some(zone) = &request.unknown_zone {
            p.problem {
                "“" (foreign(zone)) "” is not a time zone; times are shown in " (request.zone.name()) ". Use a name such as Europe/Berlin."
            }
        }
        @if view.rooms.is_empty() { (nothing(view)) } @else {
            @if view.rooms.iter().any(|room| !collected(room)) {
                p.muted { "Rooms that were not collected in the last pass show the meetings stored before it; a gap may not be free." }
            }
            @if request.days().iter().any(|day| view.rooms.iter().any(|room| Reading::of(room, *day) != Reading::Whole)) {
                p.muted {
                    "Days marked “not read” or “partly read” lie outside the collected window, or their old meetings were deleted. A gap "
                    "there may not be free."
                }
            }
            @match request.span {
                Span::Day => { @for day in request.days() { (day_table(view, request, day)) } }
                Span::Week => (week_table(view, request)),
            }
            (legend())
        }
        @if view.more > 0 {
            p.notice { (counted(view.more, "more room")) " not shown. Choose a building or source to narrow the list." }
        }
    }
}

fn controls(view: &Timeline, request: &TimelineRequest) -> Markup {
    let mut sources: Vec<&str> = view.rooms.iter().map(|room| room.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    html! {
        form.filter method="get" action="/timeline" {
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
            div.field {
                label for="source" { "Source" }
                input #source name="source" list="sources" placeholder="all" value=(request.source.as_deref().unwrap_or_default());
                datalist #sources { @for source in sources { option value=(source) {} } }
            }
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
            div.field {
                label for="zone" { "Time zone" }
                input #zone name="zone" list="zones" value=(request.zone.name()) autocomplete="off";
                datalist #zones { @for zone in Zone::names() { option value=(zone) {} } }
            }
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
                " " small.muted { (request.zone.name()) }
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
            } @else {
                p { "No rooms match these filters. Choose another building or source." }
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
            li { span.meeting.unread { "not collected in the last pass, or not read" } }
        }
    }
}

fn day_table(view: &Timeline, request: &TimelineRequest, day: Day) -> Markup {
    let scale = Scale::of(request, day, view.rooms.iter().flat_map(|room| &room.meetings));
    let hours = format!("hours-{}", scale.hours.len());
    let now = scale.slot(request.now);
    html! {
        div.table.timeline {
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
                tbody {
                    @for room in &view.rooms {
                        tr.unread[!collected(room)] {
                            (room_cell(view, room))
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
    // Short blocks cut off their text. It unfolds on hover and on keyboard focus.
    html! {
        li.meeting.(status_class(block.meeting)).(place) tabindex="0" { (meeting_text(request, day, block.meeting)) }
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
                    li.meeting.(status_class(meeting)) { (meeting_text(request, day, meeting)) }
                }
            }
        }
    }
}

fn week_table(view: &Timeline, request: &TimelineRequest) -> Markup {
    let days = request.days();
    let today = request.today();
    html! {
        div.table.timeline {
            table.week {
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
                tbody {
                    @for room in &view.rooms {
                        tr.unread[!collected(room)] {
                            (room_cell(view, room))
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

fn room_cell(view: &Timeline, room: &TimelineRoom) -> Markup {
    let several = view.rooms.iter().any(|other| other.source != room.source);
    html! {
        th scope="row" {
            (foreign(if room.name.is_empty() { &room.address } else { &room.name }))
            @if !room.name.is_empty() { small.muted { (foreign(&room.address)) } }
            @if several { small.muted { (foreign(&room.source)) } }
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

fn collected(room: &TimelineRoom) -> bool {
    room.outcome.as_deref() == Some("collected")
}

/// How much of a room's day is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Whole,
    Part,
    Nothing,
}

impl Reading {
    fn of(room: &TimelineRoom, day: Day) -> Self {
        let seconds: i64 = room
            .known
            .iter()
            .map(|&(from, to)| to.min(day.end).saturating_sub(from.max(day.start)).max(0))
            .sum();
        if seconds >= day.end.saturating_sub(day.start) {
            Self::Whole
        } else if seconds > 0 {
            Self::Part
        } else {
            Self::Nothing
        }
    }
}

/// What stands where a room has no meeting.
fn no_meetings(room: &TimelineRoom, reading: Reading) -> &'static str {
    match reading {
        Reading::Nothing => "not read",
        _ if !collected(room) => "unknown",
        Reading::Part => "no meetings, partly read",
        Reading::Whole => "no meetings",
    }
}

/// What stands below meetings if there may be others.
fn not_all(reading: Reading) -> Markup {
    html! {
        @match reading {
            Reading::Whole => {},
            Reading::Part => p.none { "partly read" },
            Reading::Nothing => p.none { "not read" },
        }
    }
}

/// The subject and times, and the status unless it is `confirmed`.
fn meeting_text(request: &TimelineRequest, day: Day, meeting: &MeetingView) -> Markup {
    let subject = match &meeting.subject {
        SubjectView::Text(text) if !text.trim().is_empty() => html! { span.subject { (foreign(text)) } },
        SubjectView::Text(_) | SubjectView::None => html! { em.subject { "no subject" } },
        SubjectView::Withheld => html! { em.subject { "Private" } },
        SubjectView::Hidden => html! { em.subject { "hidden" } },
    };
    // All-day meetings of another zone begin and end inside the days shown.
    let whole = meeting.all_day && whole_days(request, meeting);
    html! {
        @if meeting.status == "cancelled" { s { (subject) } } @else { (subject) }
        " "
        span.times {
            @if meeting.all_day { "all day" @if !whole { ", " } }
            @if !whole { (clock(request, day, meeting.start)) "–" (clock(request, day, meeting.end)) }
        }
        @if meeting.status != "confirmed" { " " span.word { (plain(&meeting.status)) } }
    }
}

/// Whether a meeting begins and ends at midnight in the zone.
fn whole_days(request: &TimelineRequest, meeting: &MeetingView) -> bool {
    let midnight = |at| {
        request
            .zone
            .local(at)
            .is_some_and(|local| local.time() == NaiveTime::MIN)
    };
    midnight(meeting.start) && midnight(meeting.end)
}

/// The time of day in the zone, with the date if it is another day's.
fn clock(request: &TimelineRequest, day: Day, at: i64) -> Markup {
    let Some(local) = request.zone.local(at) else {
        return html! { "…" };
    };
    let text = if at == day.end {
        "24:00".to_owned()
    } else if local.date_naive() == day.date {
        local.format("%H:%M").to_string()
    } else {
        local.format("%-d %b %H:%M").to_string()
    };
    html! { time datetime=(local.format("%Y-%m-%dT%H:%M:%S%:z")) { (text) } }
}

fn status_class(meeting: &MeetingView) -> &'static str {
    match meeting.status.as_str() {
        "tentative" => "tentative",
        "cancelled" => "cancelled",
        _ => "confirmed",
    }
}

#[cfg(test)]
mod tests;
