//! **Sinks**: all of them with their state, the kinds that a new one may be of, and the removal of one.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse as _;
use maud::{Markup, html};
use tower_sessions::Session;

use super::Segment;
use crate::api::{BackendError, Form, SinkState};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::{counted, foreign, plain};
use crate::pages::sinks;
use crate::portal::{Portal, see, show};
use crate::session::{self, Signed};

/// All sinks and drafts.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    let view = portal.backend.overview().await?.sinks;
    let drafts = portal.backend.sink_drafts().await?;
    let content = sinks::sinks(&view, &drafts, &signed.csrf, now());
    show(&session, &signed, Nav::Sinks, "Sinks", content).await
}

/// How they are now.
pub(super) async fn present(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
) -> Answer {
    let view = portal.backend.overview().await?.sinks;
    Ok(sinks::present(&view, &signed.csrf, now()).into_response())
}

/// The kinds to choose from.
pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    let kinds = portal.backend.sink_kinds().await?;
    let content = html! {
        h1 { "Add a sink" }
        p { "Choose where the collector delivers changes." }
        div.cards { @for kind in &kinds { (card(kind, &signed.csrf)) } }
    };
    show(&session, &signed, Nav::Sinks, "Add a sink", content).await
}

fn card(kind: &Form, csrf: &str) -> Markup {
    html! {
        section.card {
            header { h2 { (foreign(&kind.title)) } }
            p { (foreign(&kind.description)) }
            form method="post" action="/sinks/new" {
                (token(csrf))
                input type="hidden" name="kind" value=(kind.connector);
                div.actions { button.primary type="submit" { "Choose " (plain(&kind.title)) } }
            }
        }
    }
}

/// Begins a draft of a new sink.
pub(super) async fn begin(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let id = portal
        .backend
        .new_sink(&signed.account, fields.text("kind"))
        .await?;
    Ok(see(&sinks::draft(&id)))
}

/// Begins a draft that changes a sink.
pub(super) async fn edit(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let begun = portal.backend.edit_sink(&signed.account, &name).await;
    let id = begun.map_err(|error| Fault::from(error).back("/sinks", "Back to the sinks"))?;
    Ok(see(&sinks::draft(&id)))
}

/// The page that asks whether to remove a sink.
pub(super) async fn question(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let content = removal(&state_of(&portal, &name).await?, &signed.csrf);
    show(&session, &signed, Nav::Sinks, "Remove a sink", content).await
}

/// How a sink is now.
pub(super) async fn state_of(portal: &Portal, name: &str) -> Result<SinkState, BackendError> {
    let sinks = portal.backend.overview().await?.sinks.into_iter();
    let found = sinks.map(|sink| sink.state).find(|sink| sink.name == name);
    found.ok_or_else(|| BackendError::NotFound(format!("there is no sink {name:?}")))
}

fn removal(sink: &SinkState, csrf: &str) -> Markup {
    html! {
        h1 { "Remove " (foreign(&sink.name)) "?" }
        section.danger {
            p { "This removes the sink from the configuration and deletes its stored secrets. What was delivered stays where it is." }
            p { (undelivered(sink)) }
            p { "The meetings stay in the collector’s own store. A sink that is added later, also one of the same name, first gets all of them." }
            form method="post" action={ (sinks::path(&sink.name)) "/delete" } {
                (token(csrf))
                div.actions { button.danger type="submit" { "Remove" } a.button href="/sinks" { "Cancel" } }
            }
        }
    }
}

/// What happens to the changes that the sink does not have.
fn undelivered(sink: &SinkState) -> Markup {
    let waiting = sink.backlog + sink.set_aside;
    let (wait, them) = match waiting {
        1 => ("waits", "It is"),
        _ => ("wait", "They are"),
    };
    html! {
        @if waiting == 0 { "No change waits for this sink: it has everything." }
        @else { strong { (counted(waiting, "change")) " " (wait) " for this sink. " (them) " not delivered any more." } }
    }
}

/// Removes a sink.
pub(super) async fn remove(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let removed = portal.backend.remove_sink(&signed.account, &name).await;
    removed.map_err(|error| Fault::from(error).back("/sinks", "Back to the sinks"))?;
    session::notify(&session, format!("{name} is removed.")).await?;
    Ok(see("/sinks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_with_undelivered_changes_is_said_before_the_sink_is_removed() {
        let sink = |backlog, set_aside| SinkState {
            name: "warehouse".into(),
            backlog,
            refill: 0,
            set_aside,
            oldest_at: None,
            success_at: None,
            failing_since: None,
            problem: None,
        };
        for (backlog, set_aside, said) in [
            (0, 0, "No change waits for this sink"),
            (
                1,
                0,
                "1 change waits for this sink. It is not delivered any more.",
            ),
            (
                12_000,
                1,
                "12,001 changes wait for this sink. They are not delivered any more.",
            ),
        ] {
            let page = removal(&sink(backlog, set_aside), "token").into_string();
            assert!(page.contains(said), "{page}");
        }
    }
}
