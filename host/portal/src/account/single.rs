//! Single sign-on: the way to the provider of identities and back. The answer is believed only from the browser that was sent, which a cookie
//! of its own proves: there is no session yet.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use maud::html;
use tower_sessions::Session;

use super::leading;
use super::login::{self, Offer};
use crate::api::{SignInAnswer, SignInProblem, Visitor};
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::next;
use crate::pages::elements::foreign;
use crate::portal::{Portal, client, see};
use crate::reader::cookies;
use crate::session;

/// For how many seconds a browser may stay away.
const LIFE: u32 = 600;

/// Sends the browser to the provider.
pub(super) async fn begin(
    State(portal): State<Arc<Portal>>,
    Extension(fields): Extension<Fields>,
    request: Request,
) -> Answer {
    let address = client(&request);
    portal.slowdown.sign_in(address)?;
    let browser = session::random();
    let page = match portal
        .backend
        .begin_sign_in(&browser, &next::page(fields.text("next")))
        .await
    {
        Ok(page) => page,
        Err(problem) => return refused(&portal, &fields, problem),
    };
    let mut answer = leading::to(&page, "Signing in", "Go on to the sign-in page").into_response();
    set_cookie(&portal, &mut answer, &browser, LIFE);
    Ok(answer)
}

/// Where the provider returns to.
pub(super) async fn come_back(
    State(portal): State<Arc<Portal>>,
    session: Session,
    RawQuery(query): RawQuery,
    request: Request,
) -> Answer {
    let address = client(&request);
    let ended = match (
        Fields::parse(query.as_deref().unwrap_or_default().as_bytes()),
        cookie(&portal, request.headers()),
    ) {
        (Ok(fields), Some(browser)) => {
            let part = |key: &str| fields.given(key).map(str::to_owned);
            let answer = SignInAnswer {
                state: part("state"),
                code: part("code"),
                error: part("error"),
                error_description: part("error_description"),
                issuer: part("iss"),
            };
            portal.backend.end_sign_in(&browser, answer).await
        }
        _ => Err(SignInProblem::Disbelieved),
    };
    let mut answer = match ended {
        Ok(visitor) => signed_in(&portal, &session, &visitor, &format!("from {address}")).await?,
        Err(problem) => {
            let (subject, why) = match &problem {
                SignInProblem::NoRole { account, .. } => {
                    (account.as_str(), "the provider names no role for it")
                }
                SignInProblem::Refused(_) => ("", "refused by the provider"),
                SignInProblem::Failed(_) => ("", "the provider's answer could not be used"),
                SignInProblem::Disbelieved | SignInProblem::NotOffered => {
                    ("", "an answer that was not asked for")
                }
            };
            portal.refusals.refused(address, subject, why).await?;
            refused(&portal, &Fields::default(), problem)?
        }
    };
    set_cookie(&portal, &mut answer, "", 0);
    Ok(answer)
}

async fn signed_in(portal: &Portal, session: &Session, visitor: &Visitor, from: &str) -> Answer {
    let Visitor {
        identity,
        account,
        role,
        ..
    } = visitor;
    let detail = format!("{from}, by single sign-on, role {role}");
    portal.audit(account, "signed-in", account, detail).await?;
    session::sign_in_visitor(session, identity, account).await?;
    Ok(see(&next::page(&visitor.next)))
}

/// The sign-in page with the reason. Its own form is the way in that does not need the provider.
fn refused(portal: &Portal, fields: &Fields, problem: SignInProblem) -> Answer {
    let (status, problem) = match problem {
        SignInProblem::NotOffered => {
            return Err(Fault::new(
                StatusCode::NOT_FOUND,
                "There is no single sign-on",
                "This portal has no provider of identities. Sign in with an account of the collector.",
            )
            .back("/login", "Go to the sign-in"));
        }
        SignInProblem::Disbelieved => (
            StatusCode::UNPROCESSABLE_ENTITY,
            html! { "This sign-in was not started in this browser, was already used, or has expired. Start it again." },
        ),
        SignInProblem::Failed(why) => (
            StatusCode::BAD_GATEWAY,
            html! { "Single sign-on does not work now: " (foreign(&why)) ". Try again later, or sign in with an account of the collector." },
        ),
        SignInProblem::Refused(why) => (
            StatusCode::FORBIDDEN,
            html! { "The provider did not sign you in: " (foreign(&why)) },
        ),
        SignInProblem::NoRole { account, hint } => (
            StatusCode::FORBIDDEN,
            html! {
                "You are " (foreign(&account)) ", and have no role in this portal. Ask whoever manages the accounts of your organisation for the \
                 role of a viewer, an analyst or an administrator of the collector."
                @if let Some(hint) = hint { " " (foreign(&hint)) }
            },
        ),
    };
    let offer = Offer {
        single: portal.backend.single_sign_on(),
        problem: Some(problem),
        is_lost: false,
    };
    let next = next::page(fields.text("next"));
    Ok((status, login::form("", &next, &offer)).into_response())
}

/// The name of the cookie; see [`session::layer`] for its parts.
fn cookie_name(portal: &Portal) -> String {
    format!(
        "{}-sign-in",
        session::cookie_name(portal.secure, portal.address.port())
    )
}

fn set_cookie(portal: &Portal, answer: &mut Response, value: &str, seconds: u32) {
    let cookie = format!(
        "{}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}",
        cookie_name(portal)
    );
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// The value of the cookie.
fn cookie(portal: &Portal, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(portal);
    let value = cookies(headers, &name).find(|value| !value.is_empty());
    value.map(str::to_owned)
}
