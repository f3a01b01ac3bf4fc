//! What a sink refused: the changes that were set aside, and what an administrator decides about them.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};
use tower_sessions::Session;

use super::Segment;
use super::sinks::state_of;
use crate::api::SetAside;
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::{counted, foreign, instant, moment, short_name};
use crate::pages::sinks;
use crate::portal::{Portal, see, show};
use crate::session::{self, Signed};

/// Changes that are listed. Decisions are about all.
const LISTED: usize = 200;

/// The page about what a sink refused.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let found = portal.backend.refused(&name, LISTED).await;
    let changes = found.map_err(|error| Fault::from(error).back("/sinks", "Back to the sinks"))?;
    let content = refused(&name, &changes, &signed.csrf, now());
    show(&session, &signed, Nav::Sinks, "Refused changes", content).await
}

fn refused(sink: &str, changes: &[SetAside], csrf: &str, now: i64) -> Markup {
    html! {
        nav aria-label="Breadcrumb" { p { a href="/sinks" { "Sinks" } " / " (short_name(sink)) } }
        h1 { "Changes that " (short_name(sink)) " refused" }
        @if changes.is_empty() {
            section.card.empty { p { "There are none. What it refuses is set aside here, and other changes are delivered." } }
        } @else {
            p { "They were set aside so that other changes are delivered. Mend what the sink complains about, then deliver them again." }
            (decision(sink, "retry", csrf, html! { button.primary type="submit" { "Deliver again" } }))
            div.table {
                table.stack {
                    thead { tr { th scope="col" { "Room" } th scope="col" { "Meeting" } th scope="col" { "Change" } th scope="col" { "Refused" } th scope="col" { "What the sink said" } } }
                    tbody { @for change in changes { (row(change, now)) } }
                }
            }
            @if changes.len() == LISTED { p.muted { "The newest " (LISTED) " are listed. What you decide is about all." } }
            p.actions { a.button.danger href={ (sinks::path(sink)) "/skip" } { "Drop them" } }
        }
    }
}

/// The page that asks whether to drop what a sink refused.
pub(super) async fn question(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let sink = state_of(&portal, &name).await?;
    let count = counted(sink.set_aside, "change");
    let answers =
        html! { button.danger type="submit" { "Drop" } a.button href=(sinks::refused(&name)) { "Cancel" } };
    let content = html! {
        h1 { "Drop what " (short_name(&name)) " refused?" }
        @if sink.set_aside == 0 { p { "Nothing: it refused nothing, or that is decided already. " a href="/sinks" { "Back to the sinks" } } }
        @else { section.danger {
            p {
                strong { (count) } ": the sink never gets them. What it has of their meetings stays as it is until they change again, or until "
                "everything is delivered to it again."
            }
            (decision(&name, "skip", &signed.csrf, answers))
        } }
    };
    show(&session, &signed, Nav::Sinks, "Drop changes", content).await
}

fn decision(sink: &str, what: &str, csrf: &str, buttons: Markup) -> Markup {
    html! { form method="post" action={ (sinks::path(sink)) "/" (what) } { (token(csrf)) div.actions { (buttons) } } }
}

fn row(change: &SetAside, now: i64) -> Markup {
    html! {
        tr {
            th scope="row" { (foreign(&change.room)) " " small.muted { (foreign(&change.source)) } }
            td data-label="Meeting" {
                @match change.meeting {
                    Some((start, end)) => { (instant(start)) " – " (instant(end)) },
                    None if change.id.is_empty() => "begin or end of all meetings of the room",
                    None => "it is gone",
                }
            }
            td data-label="Change" { (change.number) }
            td data-label="Refused" { (moment(change.at, now)) }
            td data-label="What the sink said" { (foreign(&change.problem)) }
        }
    }
}

/// Has the sink tried at once, and what it refused delivered again.
pub(super) async fn retry(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let done = portal.backend.retry_sink(&signed.account, &name).await;
    decided(&session, done.map_err(Fault::from)).await
}

/// Drops what the sink refused.
pub(super) async fn skip(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let done = portal.backend.skip_refused(&signed.account, &name).await;
    decided(&session, done.map_err(Fault::from)).await
}

async fn decided(session: &Session, done: Result<String, Fault>) -> Answer {
    let said = done.map_err(|fault| fault.back("/sinks", "Back to the sinks"))?;
    session::notify(session, said).await?;
    Ok(see("/sinks"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::elements::tests::{HOSTILE, assert_harmless};
    use crate::tests::fake_sinks;

    #[test]
    fn foreign_text_is_text() {
        let change = SetAside {
            source: HOSTILE.into(),
            room: HOSTILE.into(),
            problem: HOSTILE.into(),
            ..fake_sinks::refused(HOSTILE, 1)
        };
        assert_harmless(&refused(HOSTILE, &[change], "token", 0));
    }
}
