//! The sinks that changes are delivered to, and the state of each.

use maud::{Markup, html};

use super::elements::{self, Tone, badge, foreign, moment, number, segment, token};
use crate::api::{DraftSummary, SinkState, SinkSummary};

/// Where the part is that shows how things are now.
pub(crate) const PRESENT: &str = "/sinks/now";

/// The page, with the unsaved drafts. `now` is in UTC seconds.
pub(crate) fn sinks(view: &[SinkSummary], drafts: &[DraftSummary], csrf: &str, now: i64) -> Markup {
    html! {
        div.heading {
            h1 { "Sinks" }
            div.actions { a.button.primary href="/sinks/new" { "Add a sink" } }
        }
        div data-fragment=(PRESENT) data-look="5" { (present(view, csrf, now)) }
        @if !drafts.is_empty() { (elements::drafts(drafts, draft, now)) }
    }
}

/// The part of the page that shows how things are now. The page asks for it again and again.
pub(crate) fn present(view: &[SinkSummary], csrf: &str, now: i64) -> Markup {
    html! {
        @if view.is_empty() {
            section.card.empty {
                h2 { "No sinks yet" }
                p {
                    "The collector keeps meetings in its own store. A sink also delivers each change: to a file, a webhook, PostgreSQL, NATS or Parquet files. "
                    "Start with " strong { "Add a sink" } "."
                }
            }
        } @else {
            p.muted { "If a sink is down, its changes wait. Other sinks and sources carry on." }
            div.table {
                table.stack {
                    thead {
                        tr {
                            th scope="col" { "Sink" } th scope="col" { "State" } th scope="col" { "Waiting changes" }
                            th scope="col" { "Last delivery" } th scope="col" { "Failing since" }
                            th scope="col" { span.unseen { "Actions" } }
                        }
                    }
                    tbody { @for sink in view { (row(sink, csrf, now)) } }
                }
            }
        }
    }
}

/// The path of a sink, below which its forms are.
pub(crate) fn path(name: &str) -> String {
    format!("/sinks/{}", segment(name))
}

/// The path of the page about what a sink refused.
pub(crate) fn refused(name: &str) -> String {
    format!("{}/refused", path(name))
}

/// The path of a draft.
pub(crate) fn draft(id: &str) -> String {
    format!("/sink-drafts/{}", segment(id))
}

fn row(summary: &SinkSummary, csrf: &str, now: i64) -> Markup {
    let sink = &summary.state;
    let when = |at: Option<i64>, never: &'static str| match at {
        Some(at) => moment(at, now),
        None => html! { span.muted { (never) } },
    };
    html! {
        tr {
            th scope="row" { (foreign(&sink.name)) " " small.muted { (foreign(&summary.kind)) } }
            td data-label="State" { (state(sink)) }
            td data-label="Waiting changes" {
                (number(sink.backlog))
                @if let Some(at) = sink.oldest_at { @if sink.backlog > 0 { ", the oldest from " (moment(at, now)) } }
            }
            td data-label="Last delivery" { (when(sink.success_at, "none yet")) }
            td data-label="Failing since" {
                (when(sink.failing_since, "not failing"))
                @if let Some(problem) = &sink.problem { p.problem { (foreign(problem)) } }
                @if sink.set_aside > 0 {
                    p.problem {
                        (number(sink.set_aside)) " refused and set aside" @if sink.failing_since.is_none() { "; other changes are delivered" } ". "
                        a href=(refused(&sink.name)) { "What was refused" }
                    }
                }
            }
            td { div.actions { (actions(sink, csrf)) } }
        }
    }
}

fn actions(sink: &SinkState, csrf: &str) -> Markup {
    let (name, base) = (&sink.name, path(&sink.name));
    html! {
        @if sink.failing_since.is_some() {
            form method="post" action={ (base) "/retry" } {
                (token(csrf))
                button type="submit" { "Try now" span.unseen { " " (foreign(name)) } }
            }
        }
        form method="post" action={ (base) "/edit" } {
            (token(csrf))
            button type="submit" { "Edit" span.unseen { " " (foreign(name)) } }
        }
        a.button.danger href={ (base) "/delete" } { "Remove" span.unseen { " " (foreign(name)) } }
    }
}

/// The badge of a sink's state.
pub(crate) fn state(sink: &SinkState) -> Markup {
    if sink.failing_since.is_some() {
        badge(Tone::Failed, "failing")
    } else if sink.refill > 0 {
        badge(Tone::Pending, "filling")
    } else if sink.backlog > 0 {
        badge(Tone::Pending, "delivering")
    } else if sink.set_aside > 0 {
        badge(Tone::Warning, "changes refused")
    } else {
        badge(Tone::Passed, "up to date")
    }
}

#[cfg(test)]
mod tests {
    use super::super::elements::tests::{HOSTILE, assert_harmless};
    use super::*;

    fn sink() -> SinkState {
        SinkState {
            name: "warehouse".into(),
            backlog: 0,
            refill: 0,
            set_aside: 0,
            oldest_at: None,
            success_at: Some(990),
            failing_since: None,
            problem: None,
        }
    }

    /// The page of one sink.
    fn page(state: SinkState) -> Markup {
        let kind = "postgresql".into();
        sinks(&[SinkSummary { kind, state }], &[], "token", 1_000)
    }

    #[test]
    fn every_state_of_a_sink_is_a_word() {
        let waiting = SinkState {
            backlog: 7,
            oldest_at: Some(995),
            ..sink()
        };
        let failing = SinkState {
            failing_since: Some(400),
            problem: Some("connection refused".into()),
            ..waiting.clone()
        };
        let filling = SinkState {
            refill: 3,
            ..waiting.clone()
        };
        let refusing = SinkState {
            set_aside: 2,
            ..sink()
        };
        for (sink, word) in [
            (sink(), "up to date"),
            (filling, "filling"),
            (refusing, "changes refused"),
            (waiting, "delivering"),
            (failing, "failing"),
        ] {
            assert!(page(sink).into_string().contains(&format!(">{word}</span>")));
        }
    }

    #[test]
    fn a_failing_sink_says_since_when_and_why() {
        let failing = SinkState {
            backlog: 12_000,
            failing_since: Some(400),
            problem: Some("connection refused".into()),
            ..sink()
        };
        let page = page(failing).into_string();
        assert!(
            page.contains("10 minutes ago") && page.contains("connection refused") && page.contains("12,000")
        );
    }

    #[test]
    fn without_a_sink_the_page_says_how_to_have_one() {
        let page = sinks(&[], &[], "token", 0).into_string();
        assert!(page.contains("No sinks yet") && page.contains("href=\"/sinks/new\""));
    }

    #[test]
    fn foreign_text_is_text() {
        assert_harmless(&page(SinkState {
            name: HOSTILE.into(),
            problem: Some(HOSTILE.into()),
            ..sink()
        }));
        let draft = DraftSummary {
            id: HOSTILE.into(),
            name: HOSTILE.into(),
            what: HOSTILE.into(),
            changed_at: 0,
        };
        assert_harmless(&sinks(&[], &[draft], "token", 0));
    }
}
