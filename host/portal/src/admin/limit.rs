//! **Limit mailboxes**: how to limit the application to the rooms, command by command, and whether it worked.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};
use tower_sessions::Session;

use super::{Segment, path, validation};
use crate::api::{Guide, Target};
use crate::elements::commands;
use crate::fault::Answer;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::foreign;
use crate::portal::{Portal, show_with};
use crate::session::Signed;

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let source = portal.backend.source(&name).await?;
    let guides = portal.backend.guides(&name).await?;
    let target = Target::Source(name);
    let checks = portal.backend.validation(&target).await?;
    let content = html! {
        h1 { "Limit mailboxes" }
        p { "Which mailboxes " a href=(path(&target)) { (foreign(&source.name)) } " can read is set in the service that hosts the mailboxes, not here." }
        @if guides.is_empty() { p { "The connector has no instructions for this." } }
        @for guide in &guides { (section(guide)) }
        (validation::test_section(&target, checks.as_ref(), &signed.csrf, now()))
    };
    let head = validation::refresh(checks.as_ref());
    show_with(
        &session,
        &signed,
        Nav::Infrastructure,
        "Limit mailboxes",
        head,
        content,
    )
    .await
}

fn section(guide: &Guide) -> Markup {
    html! {
        section.card {
            h2 { (foreign(&guide.title)) }
            p { (foreign(&guide.description)) }
            ol {
                @for step in &guide.steps {
                    li { p { (foreign(&step.text)) } @if let Some(lines) = &step.commands { (commands(lines)) } }
                }
            }
        }
    }
}
