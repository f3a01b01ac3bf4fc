//! **Infrastructure**: the sources with their state, for which the script asks again, the unsaved drafts, and the connectors that a new source may
//! use.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse as _;
use maud::{Markup, html};
use tower_sessions::Session;

use super::path;
use crate::api::{ConnectorChoice, DraftOrigin, Overview, ReceiverSummary, SourceSummary, Target};
use crate::elements::token;
use crate::fault::Answer;
use crate::fields::Fields;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::{badge, counted, drafts, foreign, moment, plain};
use crate::pages::standing::{self, receiver_state};
use crate::portal::{Portal, see, show};
use crate::session::Signed;

/// Where the script asks for the sources.
pub(super) const PRESENT: &str = "/infrastructure/now";

/// All sources and drafts.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    let overview = portal.backend.overview().await?;
    let content = html! {
        div.heading {
            h1 { "Infrastructure" }
            div.actions { a.button.primary href="/infrastructure/new" { "New infrastructure" } }
        }
        div data-fragment=(PRESENT) data-look="15" { (sources(&overview, now())) }
        @if !overview.drafts.is_empty() { (drafts(&overview.drafts, |id| path(&Target::Draft(id.to_owned())), now())) }
    };
    show(&session, &signed, Nav::Infrastructure, "Infrastructure", content).await
}

/// The sources as they are now.
pub(super) async fn present(State(portal): State<Arc<Portal>>) -> Answer {
    let overview = portal.backend.overview().await?;
    Ok(sources(&overview, now()).into_response())
}

fn sources(overview: &Overview, now: i64) -> Markup {
    let goes_on = overview.sources.iter().any(|source| source.is_under_way(now));
    html! {
        section aria-labelledby="sources" data-running[goes_on] {
            h2 #sources { "Sources" }
            @if overview.sources.is_empty() && overview.receivers.is_empty() {
                div.card.empty { p { "No sources yet. Start with " strong { "New infrastructure" } "." } }
            } @else {
                div.table {
                    table.stack {
                        thead {
                            tr {
                                th scope="col" { "Source" } th scope="col" { "Connector" } th scope="col" { "State" }
                                th scope="col" { "Last pass" } th scope="col" { "Next pass" } th scope="col" { "Rooms" }
                            }
                        }
                        tbody {
                            @for source in &overview.sources { (row(source, now)) }
                            @for receiver in &overview.receivers { (receiver_row(receiver, now)) }
                        }
                    }
                }
            }
        }
    }
}

fn row(source: &SourceSummary, now: i64) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(path(&Target::Source(source.name.clone()))) { (foreign(&source.name)) } }
            td data-label="Connector" { (foreign(&source.title)) }
            td data-label="State" {
                (state(source))
                @if let Some(problem) = &source.problem { p.problem { (foreign(problem)) } }
            }
            td data-label="Last pass" {
                @if let Some(pass) = &source.last_pass { (moment(pass.ended_at, now)) } @else { "none yet" }
            }
            td data-label="Next pass" { (next_pass(source, now)) }
            td data-label="Rooms" { (counted(source.rooms, "room")) }
        }
    }
}

/// When the source is collected next.
pub(super) fn next_pass(source: &SourceSummary, now: i64) -> Markup {
    html! {
        @match source.next_pass_at {
            _ if source.collecting => "after the current pass",
            Some(at) if at <= now => "due now",
            Some(at) => (moment(at, now)),
            None => "none while paused",
        }
    }
}

/// A source that receives. It is changed in the configuration file.
fn receiver_row(receiver: &ReceiverSummary, now: i64) -> Markup {
    let (tone, word) = receiver_state(receiver, now);
    html! {
        tr {
            th scope="row" { (foreign(&receiver.name)) }
            td data-label="Connector" { "none: it receives" }
            td data-label="State" {
                (badge(tone, word))
                @if let Some(problem) = &receiver.problem { p.problem { (foreign(problem)) } }
            }
            td data-label="Last record" {
                @if let Some(at) = receiver.last_at { (moment(at, now)) } @else { "none yet" }
            }
            td data-label="Next pass" { "–" }
            td data-label="Rooms" { "–" }
        }
    }
}

/// The badge of a source's state.
pub(super) fn state(source: &SourceSummary) -> Markup {
    let (tone, word) = standing::state(source);
    badge(tone, word)
}

/// The connectors to choose from.
pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    let choices = portal.backend.choices().await?;
    let content = html! {
        h1 { "New infrastructure" }
        p { "Choose the system to read rooms from." }
        @if choices.is_empty() {
            div.card.empty {
                p { "No connector is installed. Put one in the plugin directory; it appears here without a restart." }
            }
        }
        div.cards { @for choice in &choices { (card(choice, &signed.csrf)) } }
    };
    show(
        &session,
        &signed,
        Nav::Infrastructure,
        "New infrastructure",
        content,
    )
    .await
}

fn card(choice: &ConnectorChoice, csrf: &str) -> Markup {
    html! {
        section.card {
            header { h2 { (foreign(&choice.title)) } small.muted { (foreign(&choice.name)) " " (foreign(&choice.version)) } }
            p { (foreign(&choice.description)) }
            form method="post" action="/infrastructure/new" {
                (token(csrf))
                input type="hidden" name="connector" value=(choice.name);
                div.actions { button.primary type="submit" { "Choose " (plain(&choice.title)) } }
            }
        }
    }
}

/// Begins a draft.
pub(super) async fn begin(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let origin = DraftOrigin::New {
        connector: fields.text("connector").to_owned(),
    };
    let id = portal.backend.new_draft(&signed.account, origin).await?;
    Ok(see(&path(&Target::Draft(id))))
}
