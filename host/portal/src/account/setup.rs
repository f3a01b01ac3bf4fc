//! Creates the first account, with the token that the program printed. Not available once an account exists.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use maud::html;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use tower_sessions::Session;

use super::{create, name_field, new_password_fields, objections, wrong};
use crate::api::{Problem, Role};
use crate::elements::Field;
use crate::fault::{self, Answer, Fault};
use crate::fields::Fields;
use crate::layout::{self, Shell};
use crate::portal::{Portal, client, see};
use crate::session;

/// The form.
pub(super) async fn page(State(portal): State<Arc<Portal>>) -> Answer {
    open(&portal).await?;
    Ok(form("", &[]).into_response())
}

/// Creates the account and signs it in.
pub(super) async fn make(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(fields): Extension<Fields>,
    request: Request,
) -> Answer {
    // One at a time, so that the second finds the account of the first.
    let _one = portal.setup.lock().await;
    open(&portal).await?;
    let address = client(&request);
    portal.slowdown.attempt(address, None)?;
    let name = super::canonical(fields.text("account"));
    let token = portal
        .setup_token
        .as_ref()
        .map_or("", |token| token.expose_secret());
    let right =
        !token.is_empty() && bool::from(token.as_bytes().ct_eq(fields.text("token").trim().as_bytes()));
    let mut problems = Vec::new();
    if right {
        problems = objections(&name, fields.text("new"), fields.text("again"));
    } else {
        portal
            .refusals
            .refused(address, "", "wrong first-run token")
            .await?;
        problems.push(wrong(
            "token",
            "Incorrect token. Use the one that the collector printed when it last started",
        ));
    }
    if problems.is_empty() {
        let who = format!("first-run token from {address}");
        match create(&portal, &who, &name, fields.text("new"), Role::Administrator).await? {
            Ok(account) => {
                let detail = format!("from {address}");
                portal.audit(&name, "signed-in", &name, detail).await?;
                portal.slowdown.signed_in(address, &name);
                session::sign_in(&session, &account).await?;
                return Ok(see("/infrastructure"));
            }
            Err(why) => problems.push(wrong("account", why)),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&name, &problems)).into_response())
}

/// Fails unless no account exists and there is a token to create one with.
async fn open(portal: &Portal) -> Result<(), Fault> {
    if !portal.backend.accounts().await?.is_empty() {
        return Err(fault::no_such_page().await);
    }
    if portal.setup_token.is_none() {
        return Err(Fault::new(
            StatusCode::NOT_FOUND,
            "There is no account yet",
            "Restart the collector: it prints a token for creating the first account.",
        ));
    }
    Ok(())
}

fn form(name: &str, problems: &[Problem]) -> maud::Markup {
    let token = Field {
        key: "token",
        label: "First-run token",
        required: true,
        help: html! { "The collector printed it when it started." },
        problem: super::find(problems, "token"),
    };
    let content = html! {
        h1 { "Create the first account" }
        form.card method="post" action="/setup" autocomplete="off" {
            (token.show(|ties| html! {
                input id=(ties.id) name="token" type="password" autocomplete="off" required
                    aria-describedby=(ties.described) aria-invalid=[ties.invalid];
            }))
            (name_field(name, problems))
            (new_password_fields("first", problems))
            div.actions { button.primary type="submit" { "Create account" } }
        }
    };
    layout::page(&Shell::STRANGER, "Create the first account", content)
}
