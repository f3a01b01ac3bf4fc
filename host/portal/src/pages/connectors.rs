//! The connectors: what each is, what it may reach and do, what a new version asks for, and its history.

use maud::{Markup, html};

use super::elements::{Tone, badge, counted, digest, distance, foreign, moment, plain, segment};
use crate::api::{ConnectorView, Event, SecretNeed, Waiting};

/// An interface whose name promises what no connector finds behind it.
const ENVIRONMENT: &str = "wasi:cli/environment";

/// The page. `csrf` goes into the forms that approve; `now` is in UTC seconds.
pub(crate) fn connectors(view: &[ConnectorView], csrf: &str, now: i64) -> Markup {
    html! {
        h1 { "Connectors" }
        p.muted {
            "A connector runs in a sandbox: it can reach and do only what is listed here. To update a connector, put the new file in the "
            "plugin directory. A version that asks for more than before waits here for your approval."
        }
        @if view.is_empty() {
            section.card.empty {
                h2 { "No connector is installed" }
                p { "Put a connector's " code { ".wasm" } " file in the plugin directory; the running service finds it." }
            }
        }
        @for connector in view { (card(connector, csrf, now)) }
    }
}

fn card(connector: &ConnectorView, csrf: &str, now: i64) -> Markup {
    let (tone, word) = state(connector);
    html! {
        article.card.connector id=(segment(&connector.name)) {
            header {
                h2 {
                    @if connector.title.is_empty() { (foreign(&connector.name)) } @else {
                        (foreign(&connector.title)) " " small { code { (foreign(&connector.name)) } }
                    }
                }
                (badge(tone, word))
            }
            @if let Some(problem) = &connector.problem { p.problem { (foreign(problem)) } }
            @if let Some(waiting) = &connector.waiting { (approval(&connector.name, waiting, csrf)) }
            dl {
                dt { "Version in use" }
                dd {
                    @if connector.version.is_empty() { "none" } @else { (foreign(&connector.version)) " " (digest(&connector.digest)) }
                }
                dt { "Used by" }
                dd { (sources(&connector.sources)) }
                dt { "May reach" }
                dd {
                    @if connector.hosts.is_empty() { "nothing" } @else {
                        ul { @for host in &connector.hosts { li { code { (foreign(host)) } } } }
                    }
                }
                dt { "Credentials" }
                dd { (credentials(&connector.secrets)) }
            }
            @if !connector.imports.is_empty() {
                details {
                    summary { "What it can do: " (counted(u64::try_from(connector.imports.len()).unwrap_or(0), "interface")) }
                    p.help {
                        "It can call only these interfaces, so it cannot open a file or a socket."
                        @if connector.imports.iter().any(|import| import.starts_with(ENVIRONMENT)) {
                            " Most compilers add " code { (ENVIRONMENT) } ": the connector finds no environment variables and no arguments "
                            "there."
                        }
                    }
                    ul { @for import in &connector.imports { li { code { (foreign(import)) } } } }
                }
            }
            (history(&connector.history, now))
        }
    }
}

fn state(connector: &ConnectorView) -> (Tone, &'static str) {
    match connector {
        connector if connector.problem.is_some() => (Tone::Failed, "not usable"),
        connector if connector.waiting.is_some() => (Tone::Warning, "waiting for approval"),
        connector if connector.version.is_empty() => (Tone::Limited, "no version in use"),
        _ => (Tone::Passed, "in use"),
    }
}

fn approval(connector: &str, waiting: &Waiting, csrf: &str) -> Markup {
    html! {
        section.notice {
            h3 { "Version " (foreign(&waiting.version)) " is waiting for your approval " (digest(&waiting.digest)) }
            p { "It asks for more than was approved. Until you approve it, the version in use stays in use." }
            ul { @for want in &waiting.wants { li { (foreign(want)) } } }
            form.actions method="post" action={ "/connectors/" (segment(connector)) "/approve" } {
                input type="hidden" name="csrf" value=(csrf);
                // Approve the version shown here, even if another one has arrived since.
                input type="hidden" name="digest" value=(waiting.digest);
                button.primary type="submit" { "Approve " (plain(&waiting.version)) }
            }
        }
    }
}

fn sources(sources: &[String]) -> Markup {
    html! {
        @if sources.is_empty() { "no source" }
        @for (index, source) in sources.iter().enumerate() {
            @if index > 0 { ", " }
            a href={ "/sources/" (segment(source)) } { (foreign(source)) }
        }
    }
}

fn credentials(secrets: &[SecretNeed]) -> Markup {
    html! {
        @if secrets.is_empty() { "none" } @else {
            ul {
                @for secret in secrets {
                    li {
                        code { (foreign(&secret.name)) } ": " (foreign(&secret.purpose)) " "
                        @if secret.reveal { (badge(Tone::Warning, "asks to see the value")) }
                        @else { (badge(Tone::Passed, "never revealed to the connector")) }
                    }
                }
            }
        }
    }
}

/// The history, folded under its latest event.
fn history(history: &[Event], now: i64) -> Markup {
    html! {
        @if let Some(latest) = history.first() {
            details {
                summary {
                    "History: " (foreign(&latest.kind))
                    @if let Some(version) = &latest.version { " " (foreign(version)) }
                    ", " (distance(latest.at, now))
                }
                div.table {
                    table.stack {
                        thead { tr { th { "Time" } th { "What" } th { "Version" } th { "Digest" } th { "Why" } } }
                        tbody {
                            @for event in history {
                                tr {
                                    td data-label="Time" { (moment(event.at, now)) }
                                    td data-label="What" { (badge(tone(&event.kind), &plain(&event.kind))) }
                                    td data-label="Version" { @if let Some(version) = &event.version { (foreign(version)) } }
                                    td data-label="Digest" { @if let Some(sha) = &event.digest { (digest(sha)) } }
                                    td data-label="Why" { @if let Some(cause) = &event.cause { (foreign(cause)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tone(kind: &str) -> Tone {
    match kind {
        "activated" | "approved" | "installed" => Tone::Passed,
        "held" => Tone::Warning,
        "refused" | "rolled-back" => Tone::Failed,
        _ => Tone::Limited,
    }
}

#[cfg(test)]
mod tests {
    use super::super::elements::tests::{HOSTILE, assert_harmless};
    use super::*;

    fn connector() -> ConnectorView {
        ConnectorView {
            name: "o365".into(),
            title: "Microsoft Office 365".into(),
            version: "0.3.1".into(),
            digest: "0123456789abcdef0123".into(),
            problem: None,
            sources: vec!["contoso".into()],
            hosts: vec!["https://graph.microsoft.com".into()],
            secrets: vec![SecretNeed {
                name: "graph".into(),
                purpose: "reads calendars".into(),
                reveal: false,
            }],
            imports: vec!["vyopta:collector/http@1.0.0".into()],
            waiting: None,
            history: vec![Event {
                at: 400,
                kind: "activated".into(),
                subject: "o365".into(),
                version: Some("0.3.1".into()),
                digest: None,
                cause: Some("a new file".into()),
            }],
        }
    }

    fn waiting() -> Option<Waiting> {
        Some(Waiting {
            version: "0.4.0".into(),
            digest: "fedc".into(),
            wants: vec!["reach https://evil.example".into()],
        })
    }

    #[test]
    fn a_connector_says_what_it_is_what_it_may_and_what_happened_to_it() {
        let page = connectors(&[connector()], "token", 1_000).into_string();
        for part in [
            "Microsoft Office 365",
            "0.3.1",
            "<code title=\"0123456789abcdef0123\">0123456789ab</code>",
            "<a href=\"/sources/contoso\">",
            "https://graph.microsoft.com",
            "never revealed to the connector",
            "vyopta:collector/http@1.0.0",
            "History: <bdi>activated</bdi> <bdi>0.3.1</bdi>, 10 minutes ago",
            "a new file",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(
            !page.contains("<form"),
            "nothing waits, so there is nothing to approve"
        );
    }

    #[test]
    fn a_version_that_waits_is_approved_with_the_token_of_the_session() {
        let view = ConnectorView {
            name: "my o/365".into(),
            waiting: waiting(),
            ..connector()
        };
        let page = connectors(&[view], "t\"k", 1_000).into_string();
        assert!(page.contains("method=\"post\" action=\"/connectors/my%20o%2F365/approve\""));
        assert!(page.contains("name=\"csrf\" value=\"t&quot;k\""));
        assert!(page.contains("name=\"digest\" value=\"fedc\""));
        assert!(page.contains("reach https://evil.example"));
    }

    #[test]
    fn every_state_of_a_connector_is_a_word() {
        let unusable = ConnectorView {
            problem: Some("not a component".into()),
            ..connector()
        };
        let held = ConnectorView {
            waiting: waiting(),
            ..connector()
        };
        let none = ConnectorView {
            version: String::new(),
            ..connector()
        };
        for (view, word) in [
            (connector(), "in use"),
            (unusable, "not usable"),
            (held, "waiting for approval"),
            (none, "no version in use"),
        ] {
            assert!(
                connectors(&[view], "", 0)
                    .into_string()
                    .contains(&format!(">{word}</span>"))
            );
        }
    }

    #[test]
    fn a_credential_that_it_wants_to_see_stands_out() {
        let mut view = connector();
        view.secrets[0].reveal = true;
        assert!(
            connectors(&[view], "", 0)
                .into_string()
                .contains("asks to see the value")
        );
    }

    #[test]
    fn an_environment_that_it_imports_is_empty() {
        let said = "the connector finds no environment variables";
        let mut view = connector();
        assert!(!connectors(&[view.clone()], "", 0).into_string().contains(said));
        view.imports.push("wasi:cli/environment@0.2.6".into());
        assert!(connectors(&[view], "", 0).into_string().contains(said));
    }

    #[test]
    fn without_a_connector_the_page_says_how_to_have_one() {
        assert!(
            connectors(&[], "", 0)
                .into_string()
                .contains(" file in the plugin directory; the running service finds it.")
        );
    }

    #[test]
    fn foreign_text_is_text() {
        let mut view = connector();
        view.title = HOSTILE.into();
        view.problem = Some(HOSTILE.into());
        view.version = HOSTILE.into();
        view.digest = HOSTILE.into();
        view.history[0].kind = HOSTILE.into();
        view.history[0].cause = Some(HOSTILE.into());
        view.waiting = Some(Waiting {
            version: HOSTILE.into(),
            digest: HOSTILE.into(),
            wants: vec![HOSTILE.into()],
        });
        assert_harmless(&connectors(&[view], HOSTILE, 0));
    }
}
