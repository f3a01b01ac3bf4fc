//! **Validate**: the current checks, and a button that runs them again. The program continues when the page is closed; the page's script
//! only requests the fragment again.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse as _;
use maud::{Markup, html};

use super::gone::undone;
use super::steps::{self, Standing, Step};
use super::{Segment, path};
use crate::api::{Check, CheckStatus, Mailbox, Target, Validation};
use crate::elements::{advice, status, token};
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::now;
use crate::pages::elements::{
    approach, clock, counted, distance, foreign, moment, number, outcome, short_name,
};
use crate::portal::{Portal, see};
use crate::session::Signed;

/// Most mailboxes on a page; the Rooms page has the rest.
const MAILBOXES: usize = 500;

/// The form value with which the Limit mailboxes page has the button lead back to it.
const LIMIT: &str = "limit";

/// The section.
pub(super) fn section(
    target: &Target,
    validation: Option<&Validation>,
    standing: &Standing,
    csrf: &str,
    now: i64,
) -> Markup {
    html! {
        section.card #validate aria-labelledby="validate-heading" {
            h2 #validate-heading { "Validate" }
            p #validate-help {
                (standing.closed.unwrap_or("Tests the token, each permission, each room list and the rooms' calendars. It continues if you close this page."))
            }
            (button(target, standing, false, csrf))
            (live(target, validation, false, now))
        }
    }
}

/// The section on the Limit mailboxes page, which lists each mailbox.
pub(super) fn test_section(target: &Target, validation: Option<&Validation>, csrf: &str, now: i64) -> Markup {
    let standing = Standing {
        is_primary: true,
        ..Standing::of_source(None, false)
    };
    html! {
        section.card #validate aria-labelledby="validate-heading" {
            h2 #validate-heading { "Test the result" }
            p #validate-help {
                "Tests each mailbox. A mailbox that the policy blocks counts as limited by policy, which is fine. A policy change can take hours to take effect."
            }
            (button(target, &standing, true, csrf))
            (live(target, validation, true, now))
        }
    }
}

fn button(target: &Target, standing: &Standing, limit: bool, csrf: &str) -> Markup {
    html! {
        form.actions method="post" action={ (path(target)) "/validate" } data-after-details {
            (token(csrf))
            @if limit { input type="hidden" name="from" value=(LIMIT); }
            button class=[standing.primary()] type="submit" disabled[standing.closed.is_some()] aria-describedby="validate-help" { "Validate" }
        }
    }
}

/// The part of the page that the script keeps up to date. `unfolded`: whether to show the mailboxes unfolded.
fn live(target: &Target, validation: Option<&Validation>, unfolded: bool, now: i64) -> Markup {
    html! { div aria-live="polite" data-fragment={ (path(target)) "/validation" } { (fragment(validation, unfolded, now)) } }
}

/// The head element that reloads the page while checks go on, for browsers without scripts.
pub(super) fn refresh(validation: Option<&Validation>) -> Markup {
    let seconds = match validation {
        Some(validation) if validation.running => Some(5),
        Some(validation) if validation.next_try_at.is_some() => Some(60),
        _ => None,
    };
    html! { @if let Some(seconds) = seconds { noscript { meta http-equiv="refresh" content=(seconds); } } }
}

/// The checks.
fn fragment(validation: Option<&Validation>, unfolded: bool, now: i64) -> Markup {
    let Some(validation) = validation else {
        return html! { p.muted { "No checks have run yet." } };
    };
    let goes_on = steps::goes_on(validation);
    html! {
        div data-running[goes_on] {
            (progress(validation, now))
            // While checks run or wait, the line above says so.
            p.muted data-verdict hidden[goes_on] { (foreign(&verdict(Some(validation)))) }
            (checks(&validation.checks))
            @if !validation.mailboxes.is_empty() { (mailboxes(&validation.mailboxes, unfolded)) }
        }
    }
}

/// The result of the validation, with the names of failed and pending checks.
pub(super) fn verdict(validation: Option<&Validation>) -> String {
    let Some(validation) = validation else {
        return "Not validated yet.".to_owned();
    };
    if validation.running {
        return "The validation is under way.".to_owned();
    }
    let of = |status: CheckStatus| {
        validation
            .checks
            .iter()
            .filter(move |check| check.status == status)
    };
    let failed: Vec<&str> = of(CheckStatus::Failed).map(|check| check.name.as_str()).collect();
    let pending = of(CheckStatus::Pending).count() as u64;
    let waiting = format!("{} still pending.", counted(pending, "check"));
    match (failed.is_empty(), pending) {
        (true, 0) => match of(CheckStatus::Warning).count() as u64 {
            0 => "The validation passed.".to_owned(),
            warnings => format!("The validation passed, with {}.", counted(warnings, "warning")),
        },
        (true, _) => waiting,
        (false, 0) => format!("Failed: {}.", failed.join(", ")),
        (false, _) => format!("Failed: {}. {waiting}", failed.join(", ")),
    }
}

fn progress(validation: &Validation, now: i64) -> Markup {
    let waits = validation.next_try_at.filter(|_| !validation.running);
    html! {
        p.progress[validation.running || waits.is_some()] {
            @if validation.running { "Checking, started " (moment(validation.begun_at, now)) "." }
            @else if waits.is_some() { "Permissions can take hours to reach every server, so the collector tries again by itself." }
            @else if let Some(at) = validation.ended_at { "Checked " (moment(at, now)) "." }
            @else { "Requested " (moment(validation.begun_at, now)) "." }
            @if let Some(at) = waits { " Next try " (approach(at, now)) "." }
            @if let Some(at) = validation.patience_until { " Gives up at " (clock(at)) " (" (distance(at, now)) ")." }
        }
        @if let Some((tried, all)) = validation.rooms {
            p {
                label { (number(tried)) " of " (counted(all, "room")) " tried " progress value=(tried) max=(all.max(1)) {} }
            }
        }
    }
}

/// The checks: first those that need a look; those that wait for a consent to spread, and those that passed, are folded.
fn checks(checks: &[Check]) -> Markup {
    let of = |wanted: fn(CheckStatus) -> bool| -> Vec<&Check> {
        checks.iter().filter(|check| wanted(check.status)).collect()
    };
    let pending = of(|status| status == CheckStatus::Pending);
    let passed = of(|status| status == CheckStatus::Passed);
    let rest = of(|status| !matches!(status, CheckStatus::Pending | CheckStatus::Passed));
    html! {
        @if !rest.is_empty() { ul.checks { @for check in rest { (item(check, true)) } } }
        (folded("pending", "still pending", CheckStatus::Pending, &pending))
        (folded("passed", "passed", CheckStatus::Passed, &passed))
    }
}

/// Checks of one status, folded. What to do about those that are pending is to wait, so their advice is left out.
fn folded(key: &str, words: &str, of: CheckStatus, checks: &[&Check]) -> Markup {
    html! {
        @if !checks.is_empty() {
            details data-keep=(key) {
                summary { (status(of)) " " (counted(checks.len() as u64, "check")) " " (words) }
                ul.checks { @for check in checks { (item(check, of != CheckStatus::Pending)) } }
            }
        }
    }
}

fn item(check: &Check, is_advised: bool) -> Markup {
    html! {
        li {
            p { (status(check.status)) " " strong { (foreign(&check.name)) } @if let Some(code) = &check.reason.code { " " code { (foreign(code)) } } }
            p { (foreign(&check.reason.message)) }
            @if let Some(text) = check.reason.advice.as_ref().filter(|_| is_advised) { (advice(text)) }
        }
    }
}

fn mailboxes(mailboxes: &[Mailbox], unfolded: bool) -> Markup {
    let of = |outcome: &str| {
        mailboxes
            .iter()
            .filter(|mailbox| mailbox.outcome == outcome)
            .count() as u64
    };
    let (read, limited) = (of("collected"), of("denied"));
    let others = (mailboxes.len() as u64).saturating_sub(read + limited);
    html! {
        details data-keep="mailboxes" open[unfolded] {
            summary {
                (counted(read, "room")) " can be read, " (number(limited)) @if limited == 1 { " is" } @else { " are" } " limited by policy"
                @if others > 0 { ", " (number(others)) " could not be read for another reason" }
            }
            div.table {
                table {
                    thead { tr { th scope="col" { "Mailbox" } th scope="col" { "Readable" } th scope="col" { "Cause" } } }
                    tbody { @for mailbox in mailboxes.iter().take(MAILBOXES) { (row(mailbox)) } }
                }
            }
            @if mailboxes.len() > MAILBOXES { p.muted { "And " (number((mailboxes.len() - MAILBOXES) as u64)) " more." } }
        }
    }
}

fn row(mailbox: &Mailbox) -> Markup {
    html! {
        tr {
            th scope="row" { (short_name(&mailbox.name)) " " small.muted { (foreign(&mailbox.address)) } }
            td {
                @match mailbox.outcome.as_str() {
                    "collected" => { (status(CheckStatus::Passed)) " yes" }
                    "denied" => { (status(CheckStatus::Limited)) " limited by policy" }
                    other => (outcome(Some(other)))
                }
            }
            td { @if let Some(cause) = &mailbox.cause { (foreign(cause)) } }
        }
    }
}

/// Validates a draft.
pub(super) async fn begin_for_draft(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    let target = Target::Draft(id);
    begin(&portal, &signed, &target).await?;
    Ok(see(&format!("{}#{}", path(&target), Step::Validate.id())))
}

/// Validates a source.
pub(super) async fn begin_for_source(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(name): Segment,
) -> Answer {
    let target = Target::Source(name);
    begin(&portal, &signed, &target).await?;
    let page = if fields.text("from") == LIMIT {
        "/limit"
    } else {
        ""
    };
    Ok(see(&format!("{}{page}#validate", path(&target))))
}

async fn begin(portal: &Portal, signed: &Signed, target: &Target) -> Result<(), Fault> {
    portal
        .backend
        .validate(&signed.account, target)
        .await
        .map_err(|error| undone(target, error))
}

/// The checks of a draft, for the script. When they have ended, also the path of the draft, which goes on then.
pub(super) async fn of_draft(State(portal): State<Arc<Portal>>, Segment(id): Segment) -> Answer {
    let validation = portal.backend.validation(&Target::Draft(id.clone())).await?;
    let has_ended = validation.as_ref().is_some_and(|checks| !steps::goes_on(checks));
    // Reading the whole draft is not for every look.
    let draft = match has_ended {
        true => Some(portal.backend.draft(&id).await?),
        false => None,
    };
    let part = html! {
        (fragment(validation.as_ref(), false, now()))
        @if let Some(draft) = &draft { template data-steps { (steps::overview(draft, steps::next(draft))) } }
    };
    Ok(part.into_response())
}

/// The checks of a source, for the script.
pub(super) async fn of_source(State(portal): State<Arc<Portal>>, Segment(name): Segment) -> Answer {
    let validation = portal.backend.validation(&Target::Source(name)).await?;
    Ok(fragment(validation.as_ref(), false, now()).into_response())
}
