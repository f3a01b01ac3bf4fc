//! The first page: the state of each source and sink, after what needs attention and how rooms are used. The script asks again for the sources and sinks.

use maud::{Markup, html};

use super::attention::needs_attention;
use super::elements::{badge, counted, foreign, link, moment, number, plain, reload, segment, token};
use super::standing::{receiver_state, state};
use crate::api::{Overview, PassRecord, ReceiverSummary, Role, RoomCounts, SinkSummary, SourceSummary};

/// Where the script asks for the sources and sinks.
pub(crate) const PRESENT: &str = "/overview/now";

/// What the page tells about figures.
#[derive(Default)]
pub(crate) struct Glance {
    /// The rooms whose devices fell silent, in words.
    pub(crate) silent: Option<Markup>,
    /// How rooms are used.
    pub(crate) figures: Markup,
}

/// The page, with which rooms are silent and how all are used. `now` is in UTC seconds. Only an administrator sees what leads to settings.
pub(crate) fn overview(view: &Overview, glance: Glance, role: Role, csrf: &str, now: i64) -> Markup {
    let settings = role == Role::Administrator;
    html! {
        h1 { "Overview" }
        (needs_attention(view, glance.silent.as_ref(), role, now))
        (glance.figures)
        @if view.sources.is_empty() && view.receivers.is_empty() && !settings {
            section.card.empty { p { "Nothing is collected yet. An administrator has to add rooms." } }
        } @else if view.sources.is_empty() && view.receivers.is_empty() {
            section.card.empty {
                h2 { "Add your first rooms" }
                p {
                    "Nothing is collected yet. Tell the collector where your rooms are, give it permission to read their calendars, "
                    "and test the connection before you save."
                }
                p.actions { a.button.primary href="/infrastructure/new" { "New infrastructure" } }
            }
        } @else {
            div data-fragment=(PRESENT) data-look="15" { (present(view, role, csrf, now)) }
        }
        @if view.sources.iter().any(|source| source.is_under_way(now)) { (reload()) }
        @if settings { p.muted { small { "collector " (view.version) ", configured by " code { (foreign(&view.configuration)) } } } }
    }
}

/// The sources and sinks as they are now.
pub(crate) fn present(view: &Overview, role: Role, csrf: &str, now: i64) -> Markup {
    let settings = role == Role::Administrator;
    let goes_on = view.sources.iter().any(|source| source.is_under_way(now));
    let has_figures = view.sources.iter().any(|source| source.success_at().is_some());
    html! {
        section data-running[goes_on] data-figures[has_figures] {
            h2 { "Sources" }
            div.cards {
                @for source in &view.sources { (source_card(source, settings.then_some(csrf), now)) }
                @for receiver in &view.receivers { (receiver_card(receiver, now)) }
            }
        }
        @if settings && !view.sinks.is_empty() { (sinks(&view.sinks, now)) }
    }
}

fn source_card(source: &SourceSummary, csrf: Option<&str>, now: i64) -> Markup {
    let (tone, word) = state(source);
    let pass = source.last_pass.as_ref();
    html! {
        article.card {
            header {
                h3 {
                    @if csrf.is_some() { a href={ "/sources/" (segment(&source.name)) } { (foreign(&source.name)) } }
                    @else { (foreign(&source.name)) }
                }
                (badge(tone, word))
            }
            @for problem in [source.problem.as_ref(), pass.and_then(|pass| pass.problem.as_ref())].into_iter().flatten() {
                p.problem { (foreign(problem)) }
            }
            dl {
                dt { "Connector" }
                dd { (foreign(if source.title.is_empty() { &source.connector } else { &source.title })) }
                dt { "Last pass" }
                dd { @match pass { Some(pass) => { (verdict(pass)) ", " (moment(pass.ended_at, now)) } None => "none yet" } }
                @if let Some(pass) = pass.filter(|pass| !pass.has_succeeded()) {
                    dt { "Last success" }
                    dd { @match pass.success_at { Some(at) => (moment(at, now)), None => "none yet" } }
                }
                dt { "Next pass" }
                dd {
                    @match source.next_pass_at {
                        _ if source.paused => "none while paused",
                        _ if source.collecting => "after the current pass",
                        Some(at) if at <= now => "due now",
                        Some(at) => (moment(at, now)),
                        None => "not scheduled",
                    }
                }
                dt { "Rooms" }
                dd {
                    a href=(link("/rooms", &[("source", &source.name)])) { (counted(source.rooms, "room")) }
                    @if let Some(pass) = pass { (rooms_by_outcome(&source.name, pass.rooms)) }
                }
                dt { "Meetings" }
                dd {
                    (number(source.meetings)) " stored"
                    @if !source.viewing { ", subjects hidden" }
                }
            }
            @if let Some(button) = csrf.and_then(|csrf| collect_now(source, csrf, "overview", now)) { div.actions { (button) } }
        }
    }
}

fn receiver_card(receiver: &ReceiverSummary, now: i64) -> Markup {
    let (tone, word) = receiver_state(receiver, now);
    html! {
        article.card {
            header { h3 { (foreign(&receiver.name)) } (badge(tone, word)) }
            @if let Some(problem) = &receiver.problem { p.problem { (foreign(problem)) } }
            dl {
                dt { "Records" }
                dd { "posted to " code { "/api/v1/usage" } }
                dt { "Last record" }
                dd { @match receiver.last_at { Some(at) => (moment(at, now)), None => "none yet" } }
            }
        }
    }
}

/// The button that collects a source now, which leads back `to` a page; none while the source is paused or being collected.
pub(crate) fn collect_now(source: &SourceSummary, csrf: &str, to: &str, now: i64) -> Option<Markup> {
    (!source.paused && !source.is_under_way(now)).then(|| {
        html! {
            form method="post" action={ "/sources/" (segment(&source.name)) "/collect" } {
                (token(csrf))
                input type="hidden" name="from" value=(to);
                button type="submit" aria-label={ "Collect now: " (plain(&source.name)) } { "Collect now" }
            }
        }
    })
}

/// The outcome of a pass, in words.
fn verdict(pass: &PassRecord) -> &'static str {
    match pass.verdict.as_str() {
        "everything" => "complete",
        "part" => "partial",
        "nothing" => "nothing collected",
        _ => "failed",
    }
}

/// A bar of the outcomes' shares, and the same as a list.
fn rooms_by_outcome(source: &str, rooms: RoomCounts) -> Markup {
    let counts = [
        ("collected", rooms.collected),
        ("denied", rooms.denied),
        ("missing", rooms.missing),
        ("throttled", rooms.throttled),
        ("failed", rooms.failed),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let ends: Vec<u64> = counts
        .clone()
        .scan(0_u64, |end, (_, count)| {
            *end = end.saturating_add(count);
            Some(*end)
        })
        .collect();
    let total = ends.last().copied().unwrap_or(0);
    html! {
        @if total > 0 {
            svg.shares aria-hidden="true" viewBox={ "0 0 " (total) " 1" } preserveAspectRatio="none" {
                @for ((outcome, count), end) in counts.clone().zip(&ends) {
                    rect.(outcome) x=(end - count) y="0" width=(count) height="1" {}
                }
            }
            ul.counts {
                @for (outcome, count) in counts {
                    li.(outcome) {
                        a href=(link("/rooms", &[("source", source), ("outcome", outcome)])) { (number(count)) " " (outcome) }
                    }
                }
            }
        }
    }
}

fn sinks(sinks: &[SinkSummary], now: i64) -> Markup {
    html! {
        section {
            h2 { "Sinks" }
            div.table {
                table.stack {
                    thead { tr { th { "Sink" } th { "State" } th.number { "Waiting changes" } th { "Last delivery" } } }
                    tbody {
                        @for SinkSummary { state: sink, .. } in sinks {
                            tr {
                                th scope="row" { a href="/sinks" { (foreign(&sink.name)) } }
                                td data-label="State" { (super::sinks::state(sink)) }
                                td.number data-label="Waiting changes" { (number(sink.backlog)) }
                                td data-label="Last delivery" {
                                    @match sink.success_at { Some(at) => (moment(at, now)), None => "none yet" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::elements::tests::{HOSTILE, assert_harmless};
    use super::*;
    use crate::api::{DraftSummary, RoomCounts};

    const NOW: i64 = 1_773_137_100;

    fn source(verdict: Option<&str>) -> SourceSummary {
        SourceSummary {
            name: "contoso".into(),
            connector: "o365".into(),
            title: "Microsoft Office 365".into(),
            paused: false,
            viewing: true,
            collecting: false,
            next_pass_at: Some(NOW + 180),
            every: 300,
            last_pass: verdict.map(|verdict| PassRecord {
                source: "contoso".into(),
                connector: "o365".into(),
                digest: "fedc".into(),
                begun_at: NOW - 130,
                ended_at: NOW - 120,
                verdict: verdict.into(),
                problem: None,
                success_at: Some(NOW - 7_200),
                version: "0.3.1".into(),
                rooms: RoomCounts {
                    collected: 40,
                    denied: 5,
                    ..RoomCounts::default()
                },
            }),
            problem: None,
            awaits_permissions: false,
            rooms: 45,
            meetings: 1_250,
        }
    }

    fn view(sources: Vec<SourceSummary>) -> Overview {
        Overview {
            version: "0.1.0".into(),
            configuration: "/etc/collector.toml".into(),
            sources,
            receivers: Vec::new(),
            sinks: Vec::new(),
            drafts: Vec::new(),
            sink_drafts: Vec::new(),
            waiting: Vec::new(),
            doubled: Vec::new(),
            problem: None,
        }
    }

    fn view_of_nothing() -> Overview {
        view(Vec::new())
    }

    #[test]
    fn every_state_of_a_source_is_a_word() {
        let paused = SourceSummary {
            paused: true,
            ..source(Some("failed"))
        };
        let collecting = SourceSummary {
            collecting: true,
            ..source(Some("part"))
        };
        let broken = SourceSummary {
            problem: Some("no such connector".into()),
            ..source(None)
        };
        for (source, class, word) in [
            (paused, "limited", "paused"),
            (collecting, "pending", "collecting"),
            (broken, "failed", "failed"),
            (source(None), "limited", "not collected yet"),
            (source(Some("everything")), "passed", "complete"),
            (source(Some("part")), "warning", "partial"),
            (source(Some("nothing")), "failed", "nothing collected"),
            (source(Some("failed")), "failed", "failed"),
        ] {
            let page = overview(
                &view(vec![source]),
                Glance::default(),
                Role::Administrator,
                "c",
                NOW,
            )
            .into_string();
            assert!(
                page.contains(&format!("<span class=\"status {class}\">{word}</span>")),
                "{word}: {page}"
            );
        }
    }

    #[test]
    fn a_source_is_collected_now_unless_it_is_paused_or_being_collected() {
        let page = |source| {
            overview(
                &view(vec![source]),
                Glance::default(),
                Role::Administrator,
                "c",
                NOW,
            )
            .into_string()
        };
        let idle = page(source(None));
        assert!(idle.contains("action=\"/sources/contoso/collect\"") && !idle.contains("data-running"));
        assert!(!idle.contains("Reload"));
        let collecting = SourceSummary {
            collecting: true,
            ..source(None)
        };
        let due = SourceSummary {
            next_pass_at: Some(NOW),
            ..source(None)
        };
        for source in [collecting, due] {
            let page = page(source);
            assert!(
                page.contains("<section data-running>") && !page.contains("/collect\""),
                "{page}"
            );
            assert!(page.contains("<noscript><p><a href=\"/\">Reload</a>"), "{page}");
        }
        let paused = SourceSummary {
            paused: true,
            next_pass_at: None,
            ..source(None)
        };
        assert!(!page(paused).contains("/collect\""));
    }

    #[test]
    fn rooms_are_counted_by_outcome_and_lead_to_their_list() {
        let page = overview(
            &view(vec![source(Some("part"))]),
            Glance::default(),
            Role::Administrator,
            "c",
            NOW,
        )
        .into_string();
        assert!(page.contains("<a href=\"/rooms?source=contoso&amp;outcome=denied\">5 denied</a>"));
        assert!(page.contains("<rect class=\"denied\" x=\"40\" y=\"0\" width=\"5\" height=\"1\">"));
        assert!(!page.contains("0 missing"));
        assert!(page.contains("in 3 minutes"));
    }

    #[test]
    fn a_source_that_brings_nothing_says_when_it_last_did() {
        let page = overview(
            &view(vec![source(Some("failed"))]),
            Glance::default(),
            Role::Administrator,
            "c",
            NOW,
        )
        .into_string();
        assert!(page.contains("<dt>Last success</dt><dd>2 hours ago"));
    }

    #[test]
    fn without_a_source_the_first_step_is_offered() {
        let page = overview(
            &view(Vec::new()),
            Glance::default(),
            Role::Administrator,
            "c",
            NOW,
        )
        .into_string();
        assert!(page.contains("href=\"/infrastructure/new\""));
        assert!(!page.contains("Needs your attention"));
    }

    #[test]
    fn a_source_that_receives_says_when_its_last_record_came() {
        let receiver = |problem: Option<&str>, last_at| ReceiverSummary {
            name: "sensors".into(),
            problem: problem.map(str::to_owned),
            last_at,
        };
        for (receiver, words) in [
            (receiver(None, Some(NOW - 7_200)), "2 hours ago"),
            (receiver(None, None), "waiting for its first record"),
            (receiver(Some("no token"), None), "receives nothing"),
        ] {
            let view = Overview {
                receivers: vec![receiver],
                ..view(Vec::new())
            };
            let page = overview(&view, Glance::default(), Role::Administrator, "c", NOW).into_string();
            assert!(page.contains("sensors") && page.contains(words), "{page}");
            assert!(!page.contains("Add your first rooms"));
        }
    }

    fn draft() -> DraftSummary {
        DraftSummary {
            id: "d1".into(),
            name: "lab".into(),
            what: "source with o365".into(),
            changed_at: NOW - 300,
        }
    }

    #[test]
    fn a_source_whose_permissions_do_not_work_yet_has_not_failed() {
        for (verdict, is_waiting) in [("failed", true), ("nothing", true), ("part", false)] {
            let awaiting = SourceSummary {
                awaits_permissions: true,
                problem: (verdict == "failed").then(|| "the token was refused".into()),
                ..source(Some(verdict))
            };
            let page = overview(
                &view(vec![awaiting]),
                Glance::default(),
                Role::Administrator,
                "c",
                NOW,
            );
            let page = page.into_string();
            assert_eq!(page.contains("waiting for permissions"), is_waiting, "{page}");
            assert!(!page.contains("Needs your attention"), "{page}");
        }
    }

    #[test]
    fn rooms_that_a_source_could_not_read_need_attention() {
        let mut part = source(Some("part"));
        if let Some(pass) = &mut part.last_pass {
            pass.rooms.failed = 2;
        }
        let page = overview(&view(vec![part]), Glance::default(), Role::Viewer, "c", NOW).into_string();
        let link = "<a href=\"/rooms?source=contoso&amp;outcome=failed\">2 of 47 rooms</a> could not be read";
        assert!(page.contains(link), "{page}");
    }

    #[test]
    fn a_partial_pass_needs_attention_whatever_is_missing() {
        let attention = |change: fn(&mut RoomCounts)| {
            let mut part = source(Some("part"));
            change(&mut part.last_pass.as_mut().unwrap().rooms);
            overview(&view(vec![part]), Glance::default(), Role::Viewer, "c", NOW).into_string()
        };
        let page = attention(|rooms| rooms.missing = 1);
        let link =
            "<a href=\"/rooms?source=contoso&amp;outcome=missing\">1 of 46 rooms</a> could not be read";
        assert!(page.contains(link), "{page}");
        let page = attention(|rooms| rooms.denied = 0);
        assert!(
            page.contains("a room list could not be read in the last pass"),
            "{page}"
        );
        // Which mailboxes may be read is up to the company.
        let page = attention(|rooms| rooms.denied = 3);
        assert!(!page.contains("in the last pass"), "{page}");
    }

    #[test]
    fn rooms_of_two_sources_and_many_drafts_are_one_line_each() {
        let view = Overview {
            doubled: vec![("annex".into(), 2), ("contoso".into(), 3)],
            drafts: vec![draft(); 12],
            problem: Some("collector.toml:3: <b>".into()),
            ..view(vec![source(Some("everything"))])
        };
        let page = overview(&view, Glance::default(), Role::Administrator, "c", NOW).into_string();
        let together = "<bdi>annex</bdi></a></strong> and <strong><a href=\"/sources/contoso\"><bdi>contoso</bdi></a></strong> \
                        have up to 3 rooms in common";
        assert!(page.contains(together), "{page}");
        assert_eq!(page.matches("Unsaved draft: ").count(), 3, "{page}");
        assert!(page.contains("9 more unsaved drafts"), "{page}");
        assert!(
            page.contains("still is: <bdi>collector.toml:3: &lt;b&gt;</bdi>"),
            "{page}"
        );
    }

    #[test]
    fn what_needs_attention_comes_first() {
        let view = Overview {
            drafts: vec![draft()],
            sink_drafts: vec![DraftSummary {
                id: "s1".into(),
                ..draft()
            }],
            waiting: vec!["o365".into()],
            ..view(vec![source(None)])
        };
        let page = overview(&view, Glance::default(), Role::Administrator, "c", NOW).into_string();
        let (before, _) = page.split_once("not collected yet").unwrap();
        assert!(before.contains("<bdi>source with o365</bdi>, changed "));
        assert!(before.contains("href=\"/sink-drafts/s1\""));
        assert!(before.contains("href=\"/drafts/d1\"") && before.contains("href=\"/connectors#o365\""));
    }

    #[test]
    fn what_fails_or_is_silent_comes_before_the_figures() {
        let sink = crate::api::SinkState {
            name: "archive".into(),
            backlog: 12,
            refill: 0,
            set_aside: 0,
            oldest_at: None,
            success_at: None,
            failing_since: Some(NOW - 600),
            problem: None,
        };
        let receiver = |name: &str, last_at| ReceiverSummary {
            name: name.into(),
            last_at: Some(last_at),
            problem: None,
        };
        let view = Overview {
            receivers: vec![receiver("sensors", NOW - 90_000), receiver("cameras", NOW - 60)],
            sinks: vec![SinkSummary {
                kind: "jsonl".into(),
                state: sink,
            }],
            ..view(vec![source(Some("failed"))])
        };
        let before = |role| {
            let glance = Glance {
                silent: Some(html! { "Conf A is silent" }),
                figures: html! { "FIGURES" },
            };
            let page = overview(&view, glance, role, "c", NOW).into_string();
            page.split_once("FIGURES").unwrap().0.to_owned()
        };
        let told = before(Role::Administrator);
        for part in [
            "/sources/contoso",
            "failed",
            "sensors",
            "silent for a day",
            "Conf A is silent",
            "archive",
            "(that began 10 minutes ago",
            "12",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("cameras"));
        let told = before(Role::Viewer);
        assert!(told.contains("contoso") && told.contains("sensors") && !told.contains("archive"));
        assert!(!told.contains("href"));
    }

    #[test]
    fn nothing_leads_to_settings_but_for_administrators() {
        for role in [Role::Analyst, Role::Viewer] {
            let view = Overview {
                drafts: vec![draft()],
                waiting: vec!["o365".into()],
                ..view(vec![source(Some("part"))])
            };
            let page = overview(&view, Glance::default(), role, "c", NOW).into_string();
            assert!(page.contains("contoso") && page.contains("/rooms?source=contoso"));
            for part in ["/sources/", "/drafts/", "/connectors", "/sinks", "collector.toml"] {
                assert!(!page.contains(part), "{role} {part}: {page}");
            }
            let page = overview(&view_of_nothing(), Glance::default(), role, "c", NOW).into_string();
            assert!(page.contains("An administrator has to add rooms.") && !page.contains("href"));
        }
    }

    #[test]
    fn foreign_text_is_text() {
        let mut hostile = source(Some("failed"));
        hostile.problem = Some(HOSTILE.into());
        hostile.title = HOSTILE.into();
        let pass = PassRecord {
            problem: Some(HOSTILE.into()),
            ..hostile.last_pass.clone().unwrap()
        };
        hostile.last_pass = Some(pass);
        assert_harmless(&overview(
            &view(vec![hostile]),
            Glance::default(),
            Role::Administrator,
            "c",
            NOW,
        ));
    }
}
