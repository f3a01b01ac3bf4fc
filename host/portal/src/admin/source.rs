//! The page of a configured source: its state, actions, authorization and checks.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse as _;
use maud::{Markup, html};
use tower_sessions::Session;

use super::steps::Standing;
use super::{Segment, authorization, infrastructure, path, validation};
use crate::api::{BackendError, DraftOrigin, PassRecord, RoomCounts, SourceSummary, Target};
use crate::elements::button;
use crate::fault::Answer;
use crate::fields::Fields;
use crate::headers::ConsentOrigin;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::{counted, distance, foreign, link, moment, number, plain, reload};
use crate::pages::overview;
use crate::pages::standing;
use crate::portal::{Portal, see, show_with};
use crate::session::{self, Signed};

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let source = portal.backend.source(&name).await?;
    let target = Target::Source(name);
    let consent = portal.backend.authorization(&source.name).await?;
    let checks = portal.backend.validation(&target).await?;
    let csrf = &signed.csrf;
    let has_succeeded = source.success_at().is_some();
    let standing = Standing::of_source(consent.as_ref(), has_succeeded);
    let content = html! {
        h1 { (foreign(&source.name)) }
        (actions(&source, csrf))
        section.card aria-labelledby="state" data-fragment={ (path(&target)) "/state" } data-look="15" { (state(&source, csrf, now())) }
        @if source.is_under_way(now()) { (reload()) }
        @if consent.is_some() {
            (authorization::section(&target, &source.connector, consent.as_ref(), &standing, csrf, now()))
        }
        (validation::section(&target, checks.as_ref(), &Standing::of_source(None, has_succeeded), csrf, now()))
        (further(&source))
    };
    let head = validation::refresh(checks.as_ref());
    let mut answer = show_with(
        &session,
        &signed,
        Nav::Infrastructure,
        &source.name,
        head,
        content,
    )
    .await?;
    if let Some(origin) = consent.and_then(|consent| ConsentOrigin::new(&consent.consent_origin)) {
        answer.extensions_mut().insert(origin);
    }
    Ok(answer)
}

fn actions(source: &SourceSummary, csrf: &str) -> Markup {
    let base = path(&Target::Source(source.name.clone()));
    html! {
        div.actions {
            (button(&format!("{base}/edit"), csrf, "Edit"))
            (button(&format!("{base}/duplicate"), csrf, "Duplicate"))
            @if source.paused { (button(&format!("{base}/resume"), csrf, "Resume")) }
            @else { (button(&format!("{base}/pause"), csrf, "Pause")) }
            a.button href={ (base) "/limit" } { "Limit mailboxes" }
            a.button href={ (base) "/privacy" } { "Subject visibility" }
            a.button.danger href={ (base) "/delete" } { "Delete" }
        }
    }
}

/// How the source is now. The script asks for this again, and says the state to those who do not see it.
fn state(source: &SourceSummary, csrf: &str, now: i64) -> Markup {
    let (_, word) = standing::state(source);
    html! {
        header data-running[source.is_under_way(now)] data-say={ (plain(&source.name)) ": " (word) } {
            h2 #state { "State" } (infrastructure::state(source))
        }
        @if let Some(problem) = &source.problem { p.problem { (foreign(problem)) } }
        dl {
            dt { "Connector" } dd { (foreign(&source.title)) " " small.muted { (foreign(&source.connector)) } }
            dt { "Collected every" } dd { (every(source.every)) }
            dt { "Next pass" }
            dd { (infrastructure::next_pass(source, now)) }
            @if let Some(pass) = &source.last_pass { (last(source, pass, now)) }
            @else { dt { "Last pass" } dd { "none yet" } }
            dt { "Stored" } dd { (counted(source.rooms, "room")) ", " (counted(source.meetings, "meeting")) }
            dt { "Subjects" }
            dd { @if source.viewing { "viewing enabled" } @else { "viewing disabled" } }
        }
        @if let Some(button) = overview::collect_now(source, csrf, "", now) { div.actions { (button) } }
    }
}

/// The part of the page that the script asks for again.
pub(super) async fn present(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let source = portal.backend.source(&name).await?;
    Ok(state(&source, &signed.csrf, now()).into_response())
}

/// Makes the source's next pass due now.
pub(super) async fn collect(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(name): Segment,
) -> Answer {
    let notice = match portal.backend.collect(&signed.account, &name).await {
        Ok(()) => format!("A pass of {name} was started."),
        Err(BackendError::Refused(why)) => format!("Nothing was started: {why}."),
        Err(error) => return Err(error.into()),
    };
    session::notify(&session, notice).await?;
    Ok(see(&match fields.text("from") {
        "overview" => "/".to_owned(),
        _ => path(&Target::Source(name)),
    }))
}

fn last(source: &SourceSummary, pass: &PassRecord, now: i64) -> Markup {
    html! {
        dt { "Last pass" }
        dd {
            (moment(pass.ended_at, now)) ", version " (foreign(&pass.version))
            @if let Some(problem) = &pass.problem { p.problem { (foreign(problem)) } }
        }
        @if let Some(at) = pass.success_at { dt { "Last success" } dd { (moment(at, now)) } }
        dt { "Rooms" }
        dd {
            ul {
                @for (count, outcome) in counts(&pass.rooms) {
                    @if count > 0 {
                        li { a href=(link("/rooms", &[("source", &source.name), ("outcome", outcome)])) { (number(count)) " " (outcome) } }
                    }
                }
            }
        }
    }
}

fn counts(rooms: &RoomCounts) -> [(u64, &'static str); 5] {
    [
        (rooms.collected, "collected"),
        (rooms.denied, "denied"),
        (rooms.missing, "missing"),
        (rooms.throttled, "throttled"),
        (rooms.failed, "failed"),
    ]
}

/// A duration in its largest unit: `5 minutes`.
fn every(seconds: u64) -> String {
    if seconds == 0 {
        return "less than a second".to_owned();
    }
    let length = distance(i64::try_from(seconds).unwrap_or(i64::MAX), 0);
    length.trim_start_matches("in ").to_owned()
}

fn further(source: &SourceSummary) -> Markup {
    html! {
        nav.actions aria-label="More about this source" {
            a href=(link("/rooms", &[("source", &source.name)])) { "View rooms" }
            a href=(link("/timeline", &[("source", &source.name)])) { "View timeline" }
        }
    }
}

/// Begins a draft that edits the source.
pub(super) async fn edit(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(source): Segment,
) -> Answer {
    begin(&portal, &signed, DraftOrigin::Edit { source }).await
}

/// Begins a draft of a copy of the source.
pub(super) async fn duplicate(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(source): Segment,
) -> Answer {
    begin(&portal, &signed, DraftOrigin::Duplicate { source }).await
}

async fn begin(portal: &Portal, signed: &Signed, origin: DraftOrigin) -> Answer {
    let id = portal.backend.new_draft(&signed.account, origin).await?;
    Ok(see(&path(&Target::Draft(id))))
}

/// Pauses the source.
pub(super) async fn pause(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    portal.backend.pause(&signed.account, &name).await?;
    session::notify(&session, format!("{name} paused.")).await?;
    Ok(see(&path(&Target::Source(name))))
}

/// Resumes the source.
pub(super) async fn resume(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    portal.backend.resume(&signed.account, &name).await?;
    session::notify(&session, format!("{name} resumed.")).await?;
    Ok(see(&path(&Target::Source(name))))
}
