//! Signing in and out. An unknown name and a wrong password get the same answer, after the same time.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use maud::{Markup, html};
use tower_sessions::Session;
use url::form_urlencoded;

use super::{BEGIN, leading, name_field, password_field};
use crate::fault::Answer;
use crate::fields::Fields;
use crate::layout::{self, Shell};
use crate::next;
use crate::pages::elements::foreign;
use crate::portal::{Portal, client, see};
use crate::session::{self, Signed};

/// The form.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    signed: Option<Extension<Signed>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.as_deref().unwrap_or_default().as_bytes();
    let next = form_urlencoded::parse(query)
        .find(|(key, _)| key == "next")
        .map_or_else(|| "/".to_owned(), |(_, next)| next::page(&next));
    let lost = form_urlencoded::parse(query).any(|(key, _)| key == next::LOST);
    if signed.is_some() {
        return Ok(see(&next));
    }
    if portal.setup_token.is_some() && portal.backend.accounts().await?.is_empty() {
        return Ok(see("/setup"));
    }
    let offer = Offer {
        single: portal.backend.single_sign_on(),
        problem: None,
        is_lost: lost,
    };
    Ok(form("", &next, &offer).into_response())
}

/// Signs in and redirects to the page that was requested.
pub(super) async fn sign_in(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(fields): Extension<Fields>,
    request: Request,
) -> Answer {
    let address = client(&request);
    let name = super::canonical(fields.text("account"));
    portal.slowdown.attempt(address, Some(&name))?;
    let accounts = portal.backend.accounts().await?;
    let account = accounts.iter().find(|account| account.name == name);
    let hash = account.map(|account| account.password_hash.as_str());
    let right = portal.passwords.verify(fields.text("password"), hash).await?;
    let next = next::page(fields.text("next"));
    if let Some(account) = account.filter(|_| right) {
        portal
            .audit(
                &account.name,
                "signed-in",
                &account.name,
                format!("from {address}"),
            )
            .await?;
        portal.slowdown.signed_in(address, &account.name);
        session::sign_in(&session, account).await?;
        return Ok(see(&next));
    }
    // Unknown names are not logged: people type passwords in this field.
    let (subject, why) = match account {
        Some(account) => (account.name.as_str(), "wrong password"),
        None => ("", "unknown account"),
    };
    portal.refusals.refused(address, subject, why).await?;
    let offer = Offer {
        single: portal.backend.single_sign_on(),
        problem: Some(html! { "Incorrect user name or password." }),
        is_lost: false,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&name, &next, &offer)).into_response())
}

/// Ends the session. Whom a provider signed in is led on to end that session, too.
pub(super) async fn sign_out(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    session.flush().await?;
    portal
        .audit(&signed.account, "signed-out", &signed.account, String::new())
        .await?;
    if signed.is_local {
        return Ok(see("/login"));
    }
    Ok(match portal.backend.sign_out_page().await {
        Some(page) => {
            let words = "Go on to sign out of your organisation's sign-in, too";
            leading::to(&page, "Signed out", words).into_response()
        }
        None => see("/login"),
    })
}

/// What the page shows besides its form.
pub(super) struct Offer {
    /// The words of the button that leads to the provider of identities.
    pub(super) single: Option<String>,
    /// Why nobody was signed in.
    pub(super) problem: Option<Markup>,
    /// Whether another form was sent after the session had ended.
    pub(super) is_lost: bool,
}

pub(super) fn form(name: &str, next: &str, offer: &Offer) -> Markup {
    let content = html! {
        h1 { "Sign in" }
        @if let Some(problem) = &offer.problem { p.problems role="alert" { (problem) } }
        @if offer.is_lost {
            p.notice role="alert" {
                "Your session had ended, so what you entered was not saved. Sign in to return to the page and enter it again."
            }
        }
        @if let Some(words) = &offer.single {
            form.card method="post" action=(BEGIN) {
                input type="hidden" name="next" value=(next);
                div.actions { button.primary type="submit" { (foreign(words)) } }
            }
            h2 { "With an account of the collector" }
        }
        form.card method="post" action="/login" {
            input type="hidden" name="next" value=(next);
            (name_field(name, &[]))
            (password_field("password", "password", "Password", None))
            div.actions { button.primary[offer.single.is_none()] type="submit" { "Sign in" } }
        }
    };
    layout::page(&Shell::STRANGER, "Sign in", content)
}
