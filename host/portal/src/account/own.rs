//! The account page: changing your own password, and, for administrators, the accounts of others.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};
use tower_sessions::Session;

use super::{
    create, current_password_field, find, list, name_field, new_password_fields, objections, role, wrong,
};
use crate::api::{Account, Problem, Role};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::pages::elements::foreign;
use crate::portal::{Portal, see, show};
use crate::roles::named;
use crate::session::{self, Signed};

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    render(&portal, &session, &signed, &Wrong::default()).await
}

/// Changes the password of the signed-in account, which ends its other sessions.
pub(super) async fn change_password(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    if !signed.is_local {
        let text = "Your password is kept by the provider that signs you in. Change it there.";
        let fault = Fault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This action is not possible",
            text,
        );
        return Err(fault.back("/account", "Back to the account"));
    }
    let (new, again) = (fields.text("new"), fields.text("again"));
    let mut problems: Vec<Problem> = crate::password::objection(new, again)
        .map(|problem| wrong("new", problem))
        .into_iter()
        .collect();
    if !knows_password(&portal, &signed, fields.text("current")).await? {
        problems.push(wrong("current", "Incorrect password"));
    }
    if !problems.is_empty() {
        let wrong = Wrong {
            changing: problems,
            ..Wrong::default()
        };
        return refused(&portal, &session, &signed, &wrong).await;
    }
    let account = own(&portal, &signed).await?;
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
    session::notify(&session, "Password changed. Your other sessions have ended.").await?;
    Ok(see("/account"))
}

/// Adds an account for someone else.
pub(super) async fn add(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let name = super::canonical(fields.text("account"));
    let mut problems = objections(&name, fields.text("new"), fields.text("again"));
    let chosen = role::of(&fields);
    match chosen {
        None => problems.push(wrong("role", "Choose a role")),
        Some(chosen) if problems.is_empty() => {
            match create(&portal, &signed.account, &name, fields.text("new"), chosen).await? {
                Ok(_) => {
                    session::notify(&session, format!("Account {name} created.")).await?;
                    return Ok(see("/account"));
                }
                Err(why) => problems.push(wrong("account", why)),
            }
        }
        Some(_) => {}
    }
    let wrong = Wrong {
        adding: problems,
        name: &name,
        role: chosen,
        ..Wrong::default()
    };
    refused(&portal, &session, &signed, &wrong).await
}

/// Whether a password is that of the signed-in account.
pub(super) async fn knows_password(portal: &Portal, signed: &Signed, password: &str) -> Result<bool, Fault> {
    portal.slowdown.confirm(&signed.account)?;
    let hash = own(portal, signed).await?.password_hash;
    portal.passwords.verify(password, Some(&hash)).await
}

async fn own(portal: &Portal, signed: &Signed) -> Result<Account, Fault> {
    let accounts = portal.backend.accounts().await?;
    let own = accounts
        .into_iter()
        .find(|account| account.name == signed.account);
    own.ok_or_else(|| Fault::new(StatusCode::NOT_FOUND, "Not found", "Your account was removed."))
}

/// Problems of the page's forms.
#[derive(Default)]
pub(super) struct Wrong<'a> {
    /// Problems of the form that changes the password.
    pub(super) changing: Vec<Problem>,
    /// Problems of the form that adds an account.
    pub(super) adding: Vec<Problem>,
    /// The name that was typed into the form that adds an account.
    pub(super) name: &'a str,
    /// The role that was chosen in it.
    pub(super) role: Option<Role>,
    /// The account that was not removed, and the problem.
    pub(super) removing: Option<(&'a str, Problem)>,
}

/// The page after a form was refused.
pub(super) async fn refused(
    portal: &Portal,
    session: &Session,
    signed: &Signed,
    wrong: &Wrong<'_>,
) -> Answer {
    let mut page = render(portal, session, signed, wrong).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn render(portal: &Portal, session: &Session, signed: &Signed, wrong: &Wrong<'_>) -> Answer {
    let accounts = match signed.role {
        Role::Administrator => Some(portal.backend.accounts().await?),
        Role::Analyst | Role::Viewer => None,
    };
    let content = html! {
        h1 { "Account" }
        p { "You are signed in as " strong { (foreign(&signed.account)) } ", " (named(signed.role)) "." }
        @if let Some(accounts) = &accounts {
            (list::accounts(accounts, signed, wrong.removing.as_ref(), portal.backend.single_sign_on().is_some()))
        }
        // Each form has a section of its own, because their fields share names.
        @if signed.is_local {
            (part("Change your password", "/account/password", &signed.csrf, &wrong.changing, "Change password", html! {
                (current_password_field("own", find(&wrong.changing, "current")))
                (new_password_fields("own", &wrong.changing))
            }))
        } @else {
            p { "Your password and your role are kept by the provider that signed you in. A new role counts from your next sign-in on." }
        }
        @if accounts.is_some() {
            (part("Add an account", "/account/add", &signed.csrf, &wrong.adding, "Add account", html! {
                (name_field(wrong.name, &wrong.adding))
                (role::field("added", wrong.role.unwrap_or(Role::Viewer), find(&wrong.adding, "role")))
                (new_password_fields("added", &wrong.adding))
            }))
        }
    };
    show(session, signed, Nav::Account, "Account", content).await
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
