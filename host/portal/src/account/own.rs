//! The own account: its password, and accounts for others.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use maud::{Markup, html};
use tower_sessions::Session;

use super::{create, name_field, new_password_fields, objections, password_field, wrong};
use crate::api::{Account, Problem};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::pages::elements::{foreign, instant};
use crate::portal::{Portal, client, see, show};
use crate::session::{self, Signed};

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    render(&portal, &session, &signed, &[], &[], "").await
}

/// Changes the own password, which ends all other sessions of the account.
pub(super) async fn change_password(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    request: Request,
) -> Answer {
    let (new, again) = (fields.text("new"), fields.text("again"));
    let mut problems: Vec<Problem> = crate::password::objection(new, again)
        .map(|problem| wrong("new", problem))
        .into_iter()
        .collect();
    portal.slowdown.attempt(client(&request), Some(&signed.account))?;
    let account = own(&portal, &signed).await?;
    let hash = Some(account.password_hash.as_str());
    if !portal.passwords.verify(fields.text("current"), hash).await? {
        problems.push(wrong("current", "This is not your password"));
    }
    if !problems.is_empty() {
        let page = render(&portal, &session, &signed, &problems, &[], "").await?;
        return Ok(refused(page));
    }
    let hash = portal.passwords.hash(new).await?;
    portal.backend.set_password(&account.name, &hash).await?;
    portal
        .audit(&account.name, "password-changed", &account.name, String::new())
        .await?;
    let account = Account {
        password_hash: hash,
        ..account
    };
    session::sign_in(&session, &account).await?;
    session::notify(
        &session,
        "Your password is changed. Your other sessions are over.",
    )
    .await?;
    Ok(see("/account"))
}

/// Makes an account for somebody else.
pub(super) async fn add(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let name = super::canonical(fields.text("account"));
    let mut problems = objections(&name, fields.text("new"), fields.text("again"));
    if problems.is_empty() {
        match create(&portal, &signed.account, &name, fields.text("new")).await? {
            Ok(_) => {
                session::notify(&session, format!("The account {name} is made.")).await?;
                return Ok(see("/account"));
            }
            Err(why) => problems.push(wrong("account", why)),
        }
    }
    let page = render(&portal, &session, &signed, &[], &problems, &name).await?;
    Ok(refused(page))
}

async fn own(portal: &Portal, signed: &Signed) -> Result<Account, Fault> {
    let accounts = portal.backend.accounts().await?;
    let own = accounts
        .into_iter()
        .find(|account| account.name == signed.account);
    own.ok_or_else(|| {
        Fault::new(
            StatusCode::NOT_FOUND,
            "There is no such thing",
            "Your account is gone.",
        )
    })
}

fn refused(mut page: axum::response::Response) -> axum::response::Response {
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    page
}

/// `changing` and `adding` are what is wrong with the two forms; `name` is what was typed into the second.
async fn render(
    portal: &Portal,
    session: &Session,
    signed: &Signed,
    changing: &[Problem],
    adding: &[Problem],
    name: &str,
) -> Answer {
    let accounts = portal.backend.accounts().await?;
    let content = html! {
        h1 { "Account" }
        p { "You are signed in as " strong { (signed.account) } "." }
        (list(&accounts))
        // Each form in a part of its own: the fields have the same names.
        (part("Change your password", "/account/password", &signed.csrf, changing, "Change the password", html! {
            (password_field("current", "Your password now", changing))
            (new_password_fields("own", changing))
        }))
        (part("Add an account", "/account/add", &signed.csrf, adding, "Add the account", html! {
            (name_field(name, adding))
            (new_password_fields("added", adding))
        }))
    };
    show(session, signed, Nav::Account, "Account", content).await
}

fn list(accounts: &[Account]) -> Markup {
    html! {
        section.card {
            h2 { "Who may sign in" }
            ul { @for account in accounts { li { (foreign(&account.name)) small.muted { " since " (instant(account.created_at)) } } } }
        }
    }
}

fn part(title: &str, path: &str, csrf: &str, problems: &[Problem], words: &str, fields: Markup) -> Markup {
    html! {
        section.card {
            details open[!problems.is_empty()] {
                summary { h2 { (title) } }
                form method="post" action=(path) { (token(csrf)) (fields) div.actions { button.primary type="submit" { (words) } } }
            }
        }
    }
}
