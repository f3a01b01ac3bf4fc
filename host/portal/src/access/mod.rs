//! **API access**: making tokens for programs, seeing when each was last used, and revoking them.

mod list;
mod new;

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use maud::html;
use secrecy::ExposeSecret as _;
use tower_sessions::Session;

use self::new::New;
use crate::api::{ApiToken, BackendError, Problem, Role};
use crate::api_token::{digest, fresh};
use crate::elements::commands;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::now;
use crate::pages::elements::foreign;
use crate::portal::{Portal, see, show};
use crate::routes::Routes;
use crate::session::{self, Signed};

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/access", get(page))
        .route("/access/add", post(add))
        .route("/access/revoke", post(revoke))
}

async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    render(&portal, &session, &signed, &New::fresh(now()), &[]).await
}

/// The owner of the tokens that somebody may see and revoke; none: all tokens.
fn own_only(signed: &Signed) -> Option<&str> {
    (signed.role != Role::Administrator).then_some(&*signed.owner)
}

async fn render(
    portal: &Portal,
    session: &Session,
    signed: &Signed,
    typed: &New,
    problems: &[Problem],
) -> Answer {
    let all = portal.backend.api_tokens().await?;
    let mine = |token: &ApiToken| own_only(signed).is_none_or(|owner| token.owner.as_deref() == Some(owner));
    let tokens: Vec<ApiToken> = all.into_iter().filter(mine).collect();
    let content = html! {
        h1 { "API access" }
        p {
            "Programs read reports, verdicts, rooms and usage records from " code { (portal.address.origin) "/api/v1/" }
            ", each with a token of its own. " code { "/api/v1/openapi.json" } " describes what they can ask, and "
            a href="/definitions" { "Definitions" } " what each figure means."
        }
        p.muted { "A token belongs to whoever makes it. It never does more than its owner may, and ends with its owner's account." }
        (list::tokens(&tokens, signed, now()))
        (new::form(typed, problems, &signed.csrf, now()))
    };
    show(session, signed, Nav::Access, "API access", content).await
}

/// Makes a token, and shows it this one time. The answer is not a redirect, so that the token is kept nowhere; a page that is loaded again
/// is refused, since the name is taken.
async fn add(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let typed = New::of(&fields);
    let problems = match typed.token(&signed, now()) {
        Ok(token) => {
            let secret = fresh();
            match portal
                .backend
                .add_api_token(token.clone(), &digest(&secret))
                .await
            {
                Ok(()) => {
                    portal
                        .audit(&signed.account, "api-token-made", &token.name, new::told(&token))
                        .await?;
                    return made(&portal, &session, &signed, &token, secret.expose_secret()).await;
                }
                Err(BackendError::Refused(why)) => vec![new::wrong("name", why)],
                Err(error) => return Err(error.into()),
            }
        }
        Err(problems) => problems,
    };
    let mut page = render(&portal, &session, &signed, &typed, &problems).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn made(portal: &Portal, session: &Session, signed: &Signed, token: &ApiToken, secret: &str) -> Answer {
    let content = html! {
        h1 { "Token for " (foreign(&token.name)) }
        section.card {
            p { strong { "Copy the token now: it is shown only once." } " The collector keeps no copy of it." }
            (commands(secret))
            p { "To try it, keep it in a file that only you can read:" }
            (commands(&format!(
                "curl -H \"Authorization: Bearer $(cat token)\" {}/api/v1/rooms",
                portal.address.origin
            )))
        }
        p { a href="/access" { "Back to API access" } }
    };
    show(session, signed, Nav::Access, "API access", content).await
}

/// Revokes a token: from now on it opens nothing.
async fn revoke(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let number = fields.text("number").parse().unwrap_or_default();
    let (name, made_by) = portal
        .backend
        .remove_api_token(number, own_only(&signed))
        .await
        .map_err(|error| Fault::from(error).back("/access", "Back to API access"))?;
    // Others may have a token of the same name.
    let detail = match made_by == signed.account {
        true => String::new(),
        false => format!("it was made by {made_by}"),
    };
    portal
        .audit(&signed.account, "api-token-revoked", &name, detail)
        .await?;
    session::notify(
        &session,
        format!("Token {name} revoked. It opens nothing any more."),
    )
    .await?;
    Ok(see("/access"))
}
