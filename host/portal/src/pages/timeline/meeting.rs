//! A meeting in words: its subject, its times, and its status.

use chrono::NaiveTime;
use maud::{Markup, html};

use super::request::{Day, TimelineRequest};
use crate::api::{MeetingView, SubjectView};
use crate::pages::elements::{plain, short_name};

/// The subject and times, and the status unless it is `confirmed`.
pub(super) fn meeting_text(request: &TimelineRequest, day: Day, meeting: &MeetingView) -> Markup {
    let subject = match &meeting.subject {
        SubjectView::Text(text) if !text.trim().is_empty() => html! { span.subject { (short_name(text)) } },
        SubjectView::Text(_) | SubjectView::None => html! { em.subject { "no subject" } },
        SubjectView::Withheld => html! { em.subject { "withheld" } },
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

pub(super) fn status_class(meeting: &MeetingView) -> &'static str {
    match meeting.status.as_str() {
        "tentative" => "tentative",
        "cancelled" => "cancelled",
        _ => "confirmed",
    }
}
