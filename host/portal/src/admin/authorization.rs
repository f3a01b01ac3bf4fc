//! **O365 Authorization**: which permissions are requested and why, the way to the consent page, and the way back.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use maud::{Markup, html};
use tower_sessions::Session;
use url::Url;

use super::gone::undone;
use super::steps::{self, Standing, Step};
use super::{Segment, path};
use crate::api::{Authorization, BackendError, ConsentAnswer, ConsentState, Target};
use crate::elements::{advice, commands, token};
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::{self, Shell};
use crate::pages::elements::{Tone, badge, foreign, moment};
use crate::portal::{Portal, see};
use crate::session::{self, Signed};

/// The section.
pub(super) fn section(
    target: &Target,
    connector: &str,
    authorization: Option<&Authorization>,
    standing: &Standing,
    csrf: &str,
    now: i64,
) -> Markup {
    let heading = if connector == "o365" {
        "O365 Authorization"
    } else {
        "Authorization"
    };
    html! {
        section #authorization aria-labelledby="authorization-heading" {
            details open[standing.is_open] {
                summary {
                    h2 #authorization-heading { (heading) }
                    @if let Some(authorization) = authorization { " " (word(authorization.state.as_ref())) }
                }
                div {
                    @match authorization {
                        Some(authorization) => (body(target, authorization, standing, csrf, now)),
                        None => p { (standing.closed.unwrap_or("This connector needs no authorization.")) },
                    }
                }
            }
        }
    }
}

fn body(target: &Target, authorization: &Authorization, standing: &Standing, csrf: &str, now: i64) -> Markup {
    html! {
        (state(authorization.state.as_ref(), now))
        div.table {
            table {
                caption { "Permissions that the application needs" }
                thead { tr { th scope="col" { "Permission" } th scope="col" { "Used for" } } }
                tbody {
                    @for permission in &authorization.permissions {
                        tr { th scope="row" { code { (foreign(&permission.name)) } } td { (foreign(&permission.purpose)) } }
                    }
                }
            }
        }
        p { "Add this redirect URI to the registration of the application, with the type Web:" }
        (commands(&authorization.redirect_uri))
        p {
            "The button opens " strong { (foreign(&authorization.consent_origin)) }
            ". Sign in there as a Global Administrator of the tenant; you are then returned to this page."
        }
        form.actions method="post" action={ (path(target)) "/authorize" } data-after-details {
            (token(csrf))
            button class=[standing.primary()] type="submit" { "Click to authorize" }
        }
    }
}

fn word(state: Option<&ConsentState>) -> Markup {
    match state {
        None => badge(Tone::Limited, "not requested"),
        Some(ConsentState::Asked { .. }) => badge(Tone::Pending, "requested"),
        Some(ConsentState::Granted { .. }) => badge(Tone::Passed, "granted"),
        Some(ConsentState::Unproven { .. }) => badge(Tone::Pending, "granted, not verified yet"),
        Some(ConsentState::Doubtful { .. }) => badge(Tone::Warning, "given, but not proved"),
        Some(ConsentState::Refused { .. }) => badge(Tone::Failed, "refused"),
    }
}

fn state(state: Option<&ConsentState>, now: i64) -> Markup {
    html! {
        @match state {
            None => p { "Consent was not requested here. Consent that was given elsewhere also counts; validate to check." },
            Some(ConsentState::Asked { at }) => {
                p { "The consent page was opened " (moment(*at, now)) " and has not returned yet. If it was closed, click the button again." }
                (stranded())
            }
            Some(ConsentState::Granted { at, by, tenant }) => {
                p { "Granted " (moment(*at, now)) " by " (foreign(by)) ". Verified with a token from tenant " code { (foreign(tenant)) } "." }
            }
            Some(ConsentState::Unproven { at, problem, advice: next, .. }) => {
                div.notice {
                    p { "Consent was given " (moment(*at, now)) ", but no token is available yet: " (foreign(problem)) }
                    (advice(next))
                }
            }
            Some(ConsentState::Doubtful { at, problem, advice: next, code, .. }) => {
                div.notice {
                    p { "The consent page says that consent was given, but the collector cannot prove it: " (foreign(problem)) }
                    (advice(next))
                    p.muted { (moment(*at, now)) @if let Some(code) = code { " " code { (foreign(code)) } } }
                }
            }
            Some(ConsentState::Refused { at, problem, advice: next, code }) => {
                div.notice {
                    p.problem { (foreign(problem)) }
                    (advice(next))
                    p.muted { (moment(*at, now)) @if let Some(code) = code { " " code { (foreign(code)) } } }
                }
            }
        }
    }
}

/// The meaning of consent pages that show an error and do not return. (Entra redirects back only what it trusts to come from here.)
fn stranded() -> Markup {
    html! {
        p { "If that page shows an error and does not return:" }
        dl {
            dt { code { "AADSTS50020" } ", " code { "AADSTS50034" } }
            dd { "The account is not in this tenant. Sign in as an administrator of the tenant named in the host details." }
            dt { code { "AADSTS50011" } }
            dd { "The redirect URI is not registered with the application. Register the one below, exactly as shown." }
            dt { code { "AADSTS700016" } }
            dd { "The tenant does not know the application. Compare the application (client) ID and the tenant with Microsoft Entra." }
        }
    }
}

/// Redirects to the consent page, for a draft.
pub(super) async fn begin_for_draft(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(id): Segment,
) -> Answer {
    begin(&portal, &signed, Target::Draft(id)).await
}

/// Redirects to the consent page, for a source.
pub(super) async fn begin_for_source(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    begin(&portal, &signed, Target::Source(name)).await
}

async fn begin(portal: &Portal, signed: &Signed, target: Target) -> Answer {
    let back = |error: BackendError| undone(&target, error);
    let consent = portal
        .backend
        .begin_authorization(&signed.account, &signed.binding, &target)
        .await
        .map_err(back)?;
    // The program built this address from what a connector says.
    match Url::parse(&consent) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(see(url.as_str())),
        _ => Err(back(BackendError::Failed(
            "the address of the consent page is not a web address".to_owned(),
        ))),
    }
}

/// Where the consent page returns to. This page trusts nothing in the answer; the program checks it.
pub(super) async fn come_back(
    State(portal): State<Arc<Portal>>,
    session: Session,
    signed: Option<Extension<Signed>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let Some(Extension(signed)) = signed else {
        return Ok(without_session());
    };
    let fields = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())
        .map_err(|_| not_believed("a parameter occurs twice."))?;
    let part = |key: &str| fields.given(key).map(str::to_owned);
    let answer = ConsentAnswer {
        state: part("state"),
        error: part("error"),
        error_description: part("error_description"),
        error_subcode: part("error_subcode"),
        tenant: part("tenant"),
        admin_consent: part("admin_consent"),
    };
    let ended = portal
        .backend
        .end_authorization(&signed.account, &signed.binding, answer)
        .await;
    match ended {
        Ok(target) => {
            let (place, notice) = match &target {
                Target::Draft(id) => match steps::next(&portal.backend.draft(id).await?) {
                    Step::Validate => (Step::Validate.id(), "Consent was given. Next step: validate."),
                    other => (
                        other.id(),
                        "The consent page has returned. See below what it says.",
                    ),
                },
                Target::Source(_) => (
                    "authorization",
                    "The consent page has returned. See the result under Authorization.",
                ),
            };
            session::notify(&session, notice).await?;
            Ok(see(&format!("{}#{place}", path(&target))))
        }
        Err(BackendError::Refused(why)) => Err(not_believed(&why)),
        Err(error) => Err(error.into()),
    }
}

fn not_believed(why: &str) -> Fault {
    Fault::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "This consent was not requested here",
        format!("The portal ignored the answer and changed nothing: {why}"),
    )
    .back("/infrastructure", "Go to Infrastructure to authorize again")
}

/// The page without a session. The answer is not kept, because someone else may sign in next.
fn without_session() -> axum::response::Response {
    let content = html! {
        h1 { "Your session has ended" }
        p { "The consent page returned, but you are no longer signed in. The portal discarded its answer." }
        p { a href="/login?next=%2Finfrastructure" { "Sign in" } " and authorize again. You will not be asked again for consent that was already given." }
    };
    let page = layout::page(&Shell::STRANGER, "Your session has ended", content);
    (StatusCode::FORBIDDEN, page).into_response()
}
