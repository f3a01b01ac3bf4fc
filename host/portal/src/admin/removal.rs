//! Deleting a source: the administrator types its name and chooses whether to delete what it collected.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};
use tower_sessions::Session;

use super::{Segment, path};
use crate::api::{Problem, SourceSummary, Target};
use crate::elements::{Field, token};
use crate::fault::Answer;
use crate::fields::Fields;
use crate::layout::Nav;
use crate::pages::elements::{counted, foreign};
use crate::portal::{Portal, see, show};
use crate::session::{self, Signed};

/// The confirmation page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let source = portal.backend.source(&name).await?;
    let content = question(&source, &signed.csrf, None);
    show(&session, &signed, Nav::Infrastructure, "Delete a source", content).await
}

/// Deletes the source.
pub(super) async fn remove(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(name): Segment,
) -> Answer {
    if fields.text("confirm").trim() != name {
        let source = portal.backend.source(&name).await?;
        let problem = Problem {
            key: "confirm".to_owned(),
            problem: "The name does not match; nothing was deleted".to_owned(),
            remedy: String::new(),
        };
        let content = question(&source, &signed.csrf, Some(&problem));
        let mut answer = show(&session, &signed, Nav::Infrastructure, "Delete a source", content).await?;
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(answer);
    }
    let purge = fields.ticked("purge");
    portal.backend.remove(&signed.account, &name, purge).await?;
    let collected = if purge { "was deleted too" } else { "was kept" };
    session::notify(
        &session,
        format!("{name} deleted. Its collected data {collected}."),
    )
    .await?;
    Ok(see("/infrastructure"))
}

fn question(source: &SourceSummary, csrf: &str, problem: Option<&Problem>) -> Markup {
    let base = path(&Target::Source(source.name.clone()));
    let confirm = Field {
        key: "confirm",
        label: "Type the name to confirm",
        required: true,
        help: html! { "Type " code { (foreign(&source.name)) } "." },
        problem,
    };
    let purge = Field {
        key: "purge",
        label: "Also delete its collected data",
        required: false,
        help: html! { (counted(source.rooms, "room")) ", " (counted(source.meetings, "meeting")) ". Otherwise the data stays in the store." },
        problem: None,
    };
    html! {
        h1 { "Delete " (foreign(&source.name)) "?" }
        section.danger {
            p { "This removes the source from the configuration, deletes its stored secrets, and stops collecting it." }
            form method="post" action={ (base) "/delete" } autocomplete="off" {
                (token(csrf))
                (confirm.show(|ties| html! {
                    input type="text" id=(ties.id) name="confirm" autocapitalize="none" spellcheck="false" required
                        aria-describedby=(ties.described) aria-invalid=[ties.invalid];
                }))
                (purge.show_box(|ties| html! {
                    input type="checkbox" id=(ties.id) name="purge" value="true" aria-describedby=(ties.described);
                }))
                div.actions { button.danger type="submit" { "Delete" } a.button href=(base) { "Cancel" } }
            }
        }
    }
}
