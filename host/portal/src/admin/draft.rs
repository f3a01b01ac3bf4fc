//! The page of a draft, a path of steps: details, authorize, validate, save. The one that is next is unfolded and has the primary button;
//! each can be revisited.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};
use tower_sessions::Session;

use super::gone::Thing;
use super::overtaken::{Overtaken, Shown, Unkept};
use super::problems::{as_json, fixing, place, problems};
use super::steps::{self, Standing, Step};
use super::{Segment, authorization, details, doubt, gone, heading, path, rows, validation};
use crate::api::{BackendError, DraftView, Problem, Target};
use crate::elements::{self, field_id, token};
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::headers::ConsentOrigin;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::foreign;
use crate::portal::{Portal, see, show_with};
use crate::session::{self, Signed};

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    render(&portal, &session, &signed, &id, Shown::AsItIs).await
}

/// Renders the page.
async fn render(portal: &Portal, session: &Session, signed: &Signed, id: &str, shown: Shown<'_>) -> Answer {
    let draft = portal.backend.draft(id).await;
    let mut draft = draft.map_err(|error| Thing::Source.fault(error))?;
    let overtaken = shown.overtaken();
    if let Some(overtaken) = overtaken {
        draft.problems = portal.backend.check_draft(id, &overtaken.typed).await?;
        draft.input = overtaken.typed.clone();
        draft.touched = true;
    }
    let title = heading(&draft.origin, &draft.form.title);
    let target = Target::Draft(draft.id.clone());
    let csrf = &signed.csrf;
    let is_doubted = session::take_doubt(session)
        .await?
        .is_some_and(|doubted| doubted == draft.id);
    let next = if is_doubted || overtaken.is_some() {
        Step::Details
    } else {
        steps::next(&draft)
    };
    // Shown in the step that follows, where the reader is.
    let notice = session::take_notice(session).await?;
    let standing = |step| Standing::of(step, next, &draft);
    let section = |step| match step {
        Step::Details => details::section(&draft, &standing(step), is_doubted, overtaken, csrf),
        Step::Authorize => authorization::section(
            &target,
            &draft.form.connector,
            draft.authorization.as_ref(),
            &standing(step),
            csrf,
            now(),
        ),
        Step::Validate => {
            validation::section(&target, draft.validation.as_ref(), &standing(step), csrf, now())
        }
        Step::Save => save_section(&draft, &standing(step), csrf),
    };
    let content = html! {
        h1 { (foreign(&title)) }
        (steps::overview(&draft, next))
        (shown.notice())
        @for step in Step::of(&draft) {
            div.step id=(step.id()) tabindex="-1" {
                @if let Some(notice) = notice.as_ref().filter(|_| step == next) {
                    p.notice.unfinished[!draft.problems.is_empty()] role="status" { (foreign(notice)) }
                }
                (section(step))
            }
        }
    };
    // The answer to a form must not reload itself.
    let checks = draft
        .validation
        .as_ref()
        .filter(|_| shown.status() == StatusCode::OK);
    let head = validation::refresh(checks);
    let mut answer = show_with(session, signed, Nav::Infrastructure, &title, head, content).await?;
    *answer.status_mut() = shown.status();
    let consent = draft
        .authorization
        .as_ref()
        .map(|authorization| &authorization.consent_origin);
    if let Some(origin) = consent.and_then(|origin| ConsentOrigin::new(origin)) {
        answer.extensions_mut().insert(origin);
    }
    Ok(answer)
}

fn save_section(draft: &DraftView, standing: &Standing, csrf: &str) -> Markup {
    let base = path(&Target::Draft(draft.id.clone()));
    let problems = draft.problems.len();
    html! {
        section.card #save aria-labelledby="save-heading" {
            h2 #save-heading { "Save" }
            @if problems > 0 {
                p #save-state { "Complete the details first." }
            } @else {
                p #save-state {
                    span data-verdict-copy { (foreign(&validation::verdict(draft.validation.as_ref()))) }
                    " Saving does not wait for the validation."
                }
            }
            div.actions {
                form.actions method="post" action={ (base) "/save" } data-after-details {
                    (token(csrf))
                    button class=[standing.primary()] type="submit" disabled[problems > 0] aria-describedby="save-state" { "Save" }
                }
                @if !draft.touched { (elements::discard(&base, csrf, false)) }
            }
            p.help { "Saving writes the configuration and applies it immediately. Secrets are stored separately." }
            @if draft.touched { (elements::discard(&base, csrf, true)) }
        }
    }
}

/// Keeps what was filled in, and leads to the first field with a problem, or to the next step.
pub(super) async fn change(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    let (draft, typed) = match keep(&portal, &signed, &fields, &id).await {
        Ok(kept) => kept,
        Err(Unkept::Overtaken(overtaken)) => {
            return render(&portal, &session, &signed, &id, Shown::Overtaken(&overtaken)).await;
        }
        Err(Unkept::Failed(error)) => {
            return gone::page(&portal, &session, &signed, &fields, Thing::Source, error).await;
        }
    };
    // A doubt stays until it is looked at alone, or another value is typed.
    let is_doubted = match typed {
        Some(is_doubted) => is_doubted,
        None => session::is_suspected(&session, &id).await?,
    };
    let found = problems(&draft);
    session::suspect(&session, &id, is_doubted && !found.is_empty()).await?;
    match is_doubted {
        true => session::doubt(&session, &id).await?,
        false => session::take_doubt(&session).await.map(drop)?,
    }
    // A source signs in with one of them, and the secret is stored last.
    let has_both = ["certificate", "client-secret"]
        .iter()
        .all(|key| fields.given(key).is_some());
    let (notice, place) = match found.first() {
        Some(first) => (
            format!("Saved as a draft. To go on, {}.", fixing(found.len())),
            place(&draft.form, first).unwrap_or_else(|| Step::Details.id().to_owned()),
        ),
        None if is_doubted => {
            let notice = "Details saved. Check the client secret before you go on.";
            (notice.to_owned(), field_id("client-secret"))
        }
        None => {
            let next = steps::next(&draft);
            let notice = format!("Details saved. Next step: {}.", next.word().to_lowercase());
            (notice, next.id().to_owned())
        }
    };
    let notice = match has_both {
        true => format!(
            "{notice} A client secret and a certificate were entered: the secret is used, and the certificate was not kept."
        ),
        false => notice,
    };
    session::notify(&session, notice).await?;
    Ok(see(&format!("{}#{place}", path(&Target::Draft(id)))))
}

/// Keeps what was filled in, unless something else was entered elsewhere. Returns the draft as it is then, and whether the client secret that
/// was typed is questioned.
async fn keep(
    portal: &Portal,
    signed: &Signed,
    fields: &Fields,
    id: &str,
) -> Result<(DraftView, Option<bool>), Unkept> {
    let draft = portal.backend.draft(id).await?;
    let (input, secrets) = details::filled_in(&draft.form, fields);
    if let Some(overtaken) = Overtaken::find(&draft.form, fields, &draft.input, &input, !secrets.is_empty()) {
        return Err(Unkept::Overtaken(overtaken));
    }
    let is_doubted = doubt::of_typed(&secrets);
    portal
        .backend
        .change_draft(&signed.account, id, input, secrets)
        .await?;
    Ok((portal.backend.draft(id).await?, is_doubted))
}

/// The problems of what was typed so far, for the script.
pub(super) async fn check(
    State(portal): State<Arc<Portal>>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    let draft = portal.backend.draft(&id).await?;
    let input = details::read(&draft.form, &fields);
    let checked = DraftView {
        problems: portal.backend.check_draft(&id, &input).await?,
        input,
        ..draft
    };
    let problems = problems(&checked).into_iter().map(|problem| Problem {
        key: rows::as_sent(&problem.key, &checked.form.fields, &fields),
        ..problem
    });
    Ok(as_json(&problems.collect::<Vec<_>>()))
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
            return render(&portal, &session, &signed, &id, Shown::Refused(&why)).await;
        }
        Err(error @ BackendError::NotFound(_)) => return Err(Thing::Source.fault(error)),
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
    let discarded = portal.backend.discard_draft(&signed.account, &id).await;
    discarded.map_err(|error| Thing::Source.fault(error))?;
    session::notify(&session, "Draft discarded.").await?;
    Ok(see("/infrastructure"))
}
