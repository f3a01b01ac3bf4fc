//! What comes first on the first page: what is wrong, and what waits for somebody.

use maud::{Markup, html};

use super::elements::{Tone, counted, draft, foreign, link, moment, number, segment};
use super::sinks;
use super::standing::{receiver_state, state};
use crate::api::{Overview, Role, RoomCounts, SinkSummary};

/// So many unsaved drafts are named: each administrator may have some.
const DRAFTS: usize = 3;

/// The rooms that a pass did not read, though they are meant to be.
fn unread(rooms: RoomCounts) -> u64 {
    rooms.failed + rooms.missing + rooms.throttled
}

/// What became of them, if that is the same of all; otherwise nothing, which finds them all.
fn outcome(rooms: RoomCounts) -> &'static str {
    match (rooms.failed, rooms.missing, rooms.throttled) {
        (_, 0, 0) => "failed",
        (0, _, 0) => "missing",
        (0, 0, _) => "throttled",
        _ => "",
    }
}

/// What is wrong with sources, devices that are `silent`, and sinks, connectors that wait for approval, and unsaved drafts. Who may not mend a thing
/// is told only what is missing in figures.
pub(super) fn needs_attention(view: &Overview, silent: Option<&Markup>, role: Role, now: i64) -> Markup {
    let settings = role == Role::Administrator;
    let sources: Vec<(&str, &str)> = view
        .sources
        .iter()
        .filter_map(|source| match state(source) {
            (Tone::Failed, word) => Some((source.name.as_str(), word)),
            _ => None,
        })
        .collect();
    // Rooms that are refused are left out on purpose.
    let in_part: Vec<(&str, RoomCounts)> = view
        .sources
        .iter()
        .filter_map(|source| {
            let pass = source
                .last_pass
                .as_ref()
                .filter(|_| state(source).0 != Tone::Failed)?;
            let is_in_part = unread(pass.rooms) > 0 || pass.verdict == "part" && pass.rooms.denied == 0;
            is_in_part.then_some((source.name.as_str(), pass.rooms))
        })
        .collect();
    let receivers: Vec<(&str, &str)> = view
        .receivers
        .iter()
        .filter_map(|receiver| match receiver_state(receiver, now) {
            (Tone::Failed | Tone::Warning, word) => Some((receiver.name.as_str(), word)),
            _ => None,
        })
        .collect();
    let failing: Vec<&SinkSummary> = view
        .sinks
        .iter()
        .filter(|sink| settings && sink.state.failing_since.is_some())
        .collect();
    let refusing: Vec<&SinkSummary> = view
        .sinks
        .iter()
        .filter(|sink| settings && sink.state.set_aside > 0)
        .collect();
    let drafts = view
        .drafts
        .iter()
        .map(|unsaved| (unsaved, format!("/drafts/{}", segment(&unsaved.id))));
    let of_sinks = view
        .sink_drafts
        .iter()
        .map(|unsaved| (unsaved, sinks::draft(&unsaved.id)));
    let drafts: Vec<_> = drafts.chain(of_sinks).collect();
    let of_settings = settings && !(drafts.is_empty() && view.waiting.is_empty() && view.problem.is_none());
    if sources.is_empty()
        && in_part.is_empty()
        && view.doubled.is_empty()
        && receivers.is_empty()
        && silent.is_none()
        && failing.is_empty()
        && refusing.is_empty()
        && !of_settings
    {
        return Markup::default();
    }
    let name_of = |name: &str| {
        html! { @if settings { a href={ "/sources/" (segment(name)) } { (foreign(name)) } } @else { (foreign(name)) } }
    };
    html! {
        section.card.notice {
            h2 { @if settings { "Needs your attention" } @else { "Missing in these figures" } }
            ul {
                @if let Some(problem) = view.problem.as_ref().filter(|_| settings) {
                    li {
                        "The configuration file was changed and has a mistake, so what was in force before still is: " (foreign(problem))
                    }
                }
                @for (name, word) in &sources {
                    li {
                        "Source " strong { (name_of(name)) } ": " (word) ". Nothing new is known of its rooms."
                    }
                }
                @for (name, rooms) in &in_part {
                    li {
                        "Source " strong { (name_of(name)) } ": "
                        @if unread(*rooms) > 0 {
                            a href=(link("/rooms", &[("source", name), ("outcome", outcome(*rooms))])) { (number(unread(*rooms))) " of " (counted(rooms.all(), "room")) }
                            " could not be read in the last pass. What is known of them is from before."
                        } @else {
                            "a room list could not be read in the last pass. Its rooms stay as they were."
                        }
                    }
                }
                @if let Some(most) = view.doubled.iter().map(|(_, rooms)| *rooms).max() {
                    li {
                        @for (place, (name, _)) in view.doubled.iter().enumerate() {
                            @if place > 0 && place + 1 == view.doubled.len() { " and " } @else if place > 0 { ", " }
                            strong { (name_of(name)) }
                        }
                        " have up to " (counted(most, "room")) " in common, which figures count more than once. Leave each room to one source."
                    }
                }
                @for (name, word) in &receivers {
                    li { "Source " strong { (foreign(name)) } ": " (word) ". What its devices see is unknown, not empty." }
                }
                @if let Some(silent) = silent { li { (silent) } }
                @for SinkSummary { state: sink, .. } in failing {
                    li {
                        "Sink " strong { a href="/sinks" { (foreign(&sink.name)) } } " fails"
                        @if let Some(since) = sink.failing_since { " (that began " (moment(since, now)) ")" }
                        ": " (counted(sink.backlog, "change")) @if sink.backlog == 1 { " waits" } @else { " wait" } " for it."
                    }
                }
                @for SinkSummary { state: sink, .. } in refusing {
                    li {
                        "Sink " strong { a href="/sinks" { (foreign(&sink.name)) } } " refused " (counted(sink.set_aside, "change")) ". It stays without "
                        @if sink.set_aside == 1 { "it" } @else { "them" } ". "
                        a href=(sinks::refused(&sink.name)) { "What was refused" }
                    }
                }
                @if settings {
                    @for connector in &view.waiting {
                        li {
                            "A new version of the connector " strong { (foreign(connector)) } " asks for more than was approved. "
                            a href={ "/connectors#" (segment(connector)) } { "Review it" }
                        }
                    }
                    @for (unsaved, path) in drafts.iter().take(DRAFTS) {
                        li { "Unsaved draft: " (draft(unsaved, path, now)) }
                    }
                    @if let Some(more) = drafts.len().checked_sub(DRAFTS).filter(|more| *more > 0) {
                        li {
                            (counted(more as u64, "more unsaved draft")) ": see " a href="/infrastructure" { "Infrastructure" }
                            " and " a href="/sinks" { "Sinks" } "."
                        }
                    }
                }
            }
        }
    }
}
