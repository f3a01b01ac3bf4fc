//! The page of a draft: host details, authorization, validation and save, in this order; each can be revisited.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use maud::{Markup, html};
use serde_json::json;
use tower_sessions::Session;

use super::{Segment, authorization, details, heading, path, validation};
use crate::api::{BackendError, DraftView, Target};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::headers::ConsentOrigin;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::{counted, foreign};
use crate::portal::{Portal, see, show_with};
use crate::session::{self, Signed};

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    render(&portal, &session, &signed, &id, None).await
}

/// Renders the page. `refused`: why the draft was not saved.
async fn render(
    portal: &Portal,
    session: &Session,
    signed: &Signed,
    id: &str,
    refused: Option<&str>,
) -> Answer {
    let draft = portal.backend.draft(id).await?;
    let title = heading(&draft.origin, &draft.form.title);
    let target = Target::Draft(draft.id.clone());
    let csrf = &signed.csrf;
    let closed = (!draft.problems.is_empty()).then_some("Complete the host details first.");
    let content = html! {
        h1 { (foreign(&title)) }
        @if let Some(why) = refused { div.problems role="alert" { p { strong { "Not saved: " } (foreign(why)) } } }
        (details::section(&draft, csrf))
        (authorization::section(&target, &draft.form.connector, draft.authorization.as_ref(), closed, csrf, now()))
        (validation::section(&target, draft.validation.as_ref(), closed, csrf, now()))
        (save_section(&draft, csrf))
    };
    // The answer to a form must not reload itself.
    let checks = draft.validation.as_ref().filter(|_| refused.is_none());
    let head = validation::refresh(checks);
    let mut answer = show_with(session, signed, Nav::Infrastructure, &title, head, content).await?;
    let consent = draft
        .authorization
        .as_ref()
        .map(|authorization| &authorization.consent_origin);
    if let Some(origin) = consent.and_then(|origin| ConsentOrigin::new(origin)) {
        answer.extensions_mut().insert(origin);
    }
    Ok(answer)
}

fn save_section(draft: &DraftView, csrf: &str) -> Markup {
    let base = path(&Target::Draft(draft.id.clone()));
    let problems = draft.problems.len() as u64;
    html! {
        section.card #save aria-labelledby="save-heading" {
            h2 #save-heading { "Save" }
            @if problems > 0 && !draft.touched {
                p #save-state { "Complete the host details first." }
            } @else if problems > 0 {
                p #save-state { (counted(problems, "problem")) " in the host details must be fixed before you can save." }
            } @else {
                p #save-state {
                    span data-verdict-copy { (foreign(&validation::verdict(draft.validation.as_ref()))) }
                    " You can save even if validation has not passed."
                }
            }
            div.actions {
                form.actions method="post" action={ (base) "/save" } data-after-details {
                    (token(csrf))
                    button.primary type="submit" disabled[problems > 0] aria-describedby="save-state" { "Save" }
                }
                form method="post" action={ (base) "/discard" } {
                    (token(csrf))
                    button.danger type="submit" { "Discard" }
                }
            }
            p.help {
                "Saving writes the configuration and applies it immediately. Secrets are stored separately. Discarding deletes what was entered here."
            }
        }
    }
}

/// Keeps what was filled in.
pub(super) async fn change(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    let draft = portal.backend.draft(&id).await?;
    let (input, secrets) = (
        details::read(&draft.form, &fields),
        details::typed(&draft.form, &fields),
    );
    portal
        .backend
        .change_draft(&signed.account, &id, input, secrets)
        .await?;
    Ok(see(&path(&Target::Draft(id))))
}

/// The problems of what was typed so far, for the script.
pub(super) async fn check(
    State(portal): State<Arc<Portal>>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    let draft = portal.backend.draft(&id).await?;
    let input = details::read(&draft.form, &fields);
    let problems = portal.backend.check_draft(&id, &input).await?;
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| json!({"key": problem.key, "problem": problem.problem, "remedy": problem.remedy}))
        .collect();
    let body = json!({ "problems": problems }).to_string();
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// Saves the draft as a source. If that is refused, the page of the draft shows why.
pub(super) async fn save(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    let target = path(&Target::Draft(id.clone()));
    let name = match portal.backend.save_draft(&signed.account, &id).await {
        Ok(name) => name,
        Err(BackendError::Refused(why)) => {
            let mut page = render(&portal, &session, &signed, &id, Some(&why)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(page);
        }
        Err(error) => return Err(Fault::from(error).back(target, "Back to the draft")),
    };
    session::notify(&session, format!("{name} is saved and applied.")).await?;
    Ok(see(&path(&Target::Source(name))))
}

/// Discards the draft.
pub(super) async fn discard(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    portal.backend.discard_draft(&signed.account, &id).await?;
    session::notify(&session, "Draft discarded.").await?;
    Ok(see("/infrastructure"))
}
