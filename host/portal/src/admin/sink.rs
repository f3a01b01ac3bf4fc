//! The page of a draft of a sink: its form, what came of trying it, and saving it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use tower_sessions::Session;

use super::gone::Thing;
use super::overtaken::{Overtaken, Shown, Unkept, made_from};
use super::problems::{as_json, fixing, has_field, place, problems};
use super::sheet::Sheet;
use super::{Segment, details, gone};
use crate::api::{BackendError, Problem, SinkDraftView, Tried};
use crate::elements::{self, summary, token};
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::{Tone, badge, foreign, moment};
use crate::pages::sinks;
use crate::portal::{Portal, see, show};
use crate::session::{self, Signed};

/// The place of what came of trying the sink.
const TRIED: &str = "tried";

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
    let draft = portal.backend.sink_draft(id).await;
    let mut draft = draft.map_err(|error| Thing::Sink.fault(error))?;
    let overtaken = shown.overtaken();
    if let Some(overtaken) = overtaken {
        draft.problems = portal.backend.check_sink(id, &overtaken.typed).await?;
        draft.input = overtaken.typed.clone();
        draft.touched = true;
        draft.tried = None;
    }
    let title = match &draft.before {
        Some(name) => format!("Edit {name}"),
        None => format!("New sink: {}", draft.form.title),
    };
    // Shown at the form, where the reader is.
    let notice = session::take_notice(session).await?;
    let content = html! {
        h1 { (foreign(&title)) }
        p { (foreign(&draft.form.description)) }
        (shown.notice())
        (form(&draft, notice.as_deref(), overtaken, &signed.csrf))
        @if let Some(tried) = &draft.tried { (outcome(tried, now())) }
        (elements::discard(&sinks::draft(&draft.id), &signed.csrf, draft.touched))
        div.actions { a.button href="/sinks" { "Back to the sinks" } }
        p.help { "If you only leave the page, the draft stays." }
    };
    let mut page = show(session, signed, Nav::Sinks, &title, content).await?;
    *page.status_mut() = shown.status();
    Ok(page)
}

fn form(draft: &SinkDraftView, notice: Option<&str>, overtaken: Option<&Overtaken>, csrf: &str) -> Markup {
    let problems = problems(draft);
    let shown: Vec<&Problem> = problems.iter().filter(|_| draft.touched).collect();
    let sheet = Sheet {
        filled: draft.into(),
        problems: &shown,
        is_doubted: false,
    };
    let base = sinks::draft(&draft.id);
    html! {
        section.card #details aria-label="Settings" {
            @if let Some(notice) = notice { p.notice.unfinished[!problems.is_empty()] role="status" { (foreign(notice)) } }
            (summary(&shown, |key| has_field(&draft.form, key)))
            form method="post" action={ (base) "/save" } autocomplete="off" novalidate data-check={ (base) "/check" }
                data-touched[draft.touched] data-changed[overtaken.is_some()] {
                (token(csrf))
                (made_from(&draft.input, overtaken))
                input type="hidden" name=(details::KIND) value=(draft.form.connector);
                (sheet.name("The name of the sink", "warehouse"))
                (sheet.usual())
                (sheet.advanced())
                div.actions {
                    button.primary type="submit" { "Save" }
                    button type="submit" formaction={ (base) "/try" } data-busy="Trying…" aria-describedby="trying" { "Try" }
                }
                p.help #trying {
                    "Try connects and signs in, and delivers nothing. It may take up to 20 seconds. Save writes the configuration and applies it immediately"
                    @if draft.before.is_none() { "; a new sink first gets all stored meetings" }
                    ". Secrets are stored separately."
                }
                @if draft.before.is_some() {
                    p.help {
                        "The sink goes on where it was. To deliver everything to another place, add another sink."
                    }
                }
            }
        }
    }
}

fn outcome(tried: &Tried, now: i64) -> Markup {
    let (tone, word) = match tried.works {
        true => (Tone::Passed, "works"),
        false => (Tone::Failed, "does not work"),
    };
    html! {
        section.card id=(TRIED) tabindex="-1" aria-labelledby="tried-heading" {
            header { h2 #tried-heading { "Tried" } (badge(tone, word)) }
            p { (foreign(&tried.words)) }
            p.muted { "Tried " (moment(tried.at, now)) ", with what is entered above." }
        }
    }
}

/// Keeps what was filled in. If it has problems, leads to the first field with one and says `what` is to be done before.
async fn kept(
    portal: &Portal,
    session: &Session,
    signed: &Signed,
    fields: &Fields,
    id: &str,
    what: &str,
) -> Result<Option<Response>, Fault> {
    let draft = match change(portal, signed, fields, id).await {
        Ok(draft) => draft,
        Err(Unkept::Overtaken(overtaken)) => {
            let page = render(portal, session, signed, id, Shown::Overtaken(&overtaken)).await;
            return page.map(Some);
        }
        Err(Unkept::Failed(error)) => {
            let page = gone::page(portal, session, signed, fields, Thing::Sink, error).await;
            return page.map(Some);
        }
    };
    let found = problems(&draft);
    let Some(first) = found.first() else {
        return Ok(None);
    };
    let notice = format!("Kept as a draft. {what}, {}.", fixing(found.len()));
    session::notify(session, notice).await?;
    let place = place(&draft.form, first).unwrap_or_else(|| "details".to_owned());
    Ok(Some(see(&format!("{}#{place}", sinks::draft(id)))))
}

/// Keeps what was filled in, unless something else was entered elsewhere. Returns the draft as it is then.
async fn change(
    portal: &Portal,
    signed: &Signed,
    fields: &Fields,
    id: &str,
) -> Result<SinkDraftView, Unkept> {
    let draft = portal.backend.sink_draft(id).await?;
    let (input, secrets) = details::filled_in(&draft.form, fields);
    let typed = portal
        .backend
        .without_secrets(&draft.form.connector, input.clone());
    if let Some(overtaken) = Overtaken::find(&draft.form, fields, &draft.input, &typed, !secrets.is_empty()) {
        return Err(Unkept::Overtaken(overtaken));
    }
    portal
        .backend
        .change_sink(&signed.account, id, input, secrets)
        .await?;
    Ok(portal.backend.sink_draft(id).await?)
}

/// The problems of what was typed so far, for the script.
pub(super) async fn check(
    State(portal): State<Arc<Portal>>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    let draft = portal.backend.sink_draft(&id).await?;
    let input = details::read(&draft.form, &fields);
    let checked = SinkDraftView {
        problems: portal.backend.check_sink(&id, &input).await?,
        input,
        ..draft
    };
    Ok(as_json(&problems(&checked)))
}

/// Keeps what was filled in, and tries the sink.
pub(super) async fn attempt(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    if let Some(answer) = kept(&portal, &session, &signed, &fields, &id, "To try it").await? {
        return Ok(answer);
    }
    let page = sinks::draft(&id);
    match portal.backend.try_sink(&signed.account, &id).await {
        Err(error @ BackendError::NotFound(_)) => return Err(Thing::Sink.fault(error)),
        tried => tried.map_err(|error| Fault::from(error).back(&page, "Back to the sink"))?,
    }
    Ok(see(&format!("{page}#{TRIED}")))
}

/// Keeps what was filled in, and saves it as a sink. If that is refused, the page of the draft shows why.
pub(super) async fn save(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(id): Segment,
) -> Answer {
    if let Some(answer) = kept(&portal, &session, &signed, &fields, &id, "To save it").await? {
        return Ok(answer);
    }
    let name = match portal.backend.save_sink(&signed.account, &id).await {
        Ok(name) => name,
        Err(BackendError::Refused(why)) => {
            return render(&portal, &session, &signed, &id, Shown::Refused(&why)).await;
        }
        Err(error @ BackendError::NotFound(_)) => return Err(Thing::Sink.fault(error)),
        Err(error) => return Err(Fault::from(error).back(sinks::draft(&id), "Back to the draft")),
    };
    session::notify(&session, format!("{name} is saved and applied.")).await?;
    Ok(see("/sinks"))
}

/// Discards the draft.
pub(super) async fn discard(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    let discarded = portal.backend.discard_sink(&signed.account, &id).await;
    discarded.map_err(|error| Thing::Sink.fault(error))?;
    session::notify(&session, "Draft discarded.").await?;
    Ok(see("/sinks"))
}
