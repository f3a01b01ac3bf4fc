//! Accounts: creating the first one, signing in and out, changing the password, adding and removing accounts and changing their roles.

mod again;
mod leading;
mod list;
mod login;
mod own;
mod removal;
mod role;
mod setup;
mod single;
mod zone;

use axum::routing::{get, post};
use maud::{Markup, html};

use crate::api::{Account, BackendError, Problem, Role};
use crate::elements::Field;
use crate::fault::Fault;
use crate::now;
use crate::password::SHORTEST;
use crate::portal::Portal;
use crate::routes::Routes;

/// Where the form of the sign-in page leads that begins single sign-on.
pub(crate) const BEGIN: &str = "/sign-in";
/// Where the provider sends the browser back to.
pub(crate) const ANSWER: &str = "/sign-in/answer";

/// Where the script asks for the session.
pub(crate) const SESSION: &str = "/session";

/// Longest account name, in characters.
const LONGEST_NAME: usize = 64;

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/setup", get(setup::page).post(setup::make))
        .route("/login", get(login::page).post(login::sign_in))
        .route(BEGIN, post(single::begin))
        .route(ANSWER, get(single::come_back))
        .route("/logout", post(login::sign_out))
        .route(SESSION, get(again::session))
        .route("/signed-in", get(again::page))
        .route("/zone", post(zone::choose))
        .route("/account", get(own::page))
        .route("/account/password", post(own::change_password))
        .route("/account/add", post(own::add))
        .route("/account/role", post(role::change))
        .route("/account/remove", post(removal::remove))
}

/// The name as accounts store it: trimmed and in lower case.
fn canonical(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The problem of an account name, if it has one.
fn objection(name: &str) -> Option<Problem> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@".contains(c);
    if (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(allowed) {
        return None;
    }
    Some(wrong(
        "account",
        format!("Use 1 to {LONGEST_NAME} characters: letters a to z, digits, and . - _ @"),
    ))
}

fn wrong(key: &str, problem: impl Into<String>) -> Problem {
    Problem {
        key: key.to_owned(),
        problem: problem.into(),
        remedy: String::new(),
    }
}

/// Creates an account and writes it to the audit log. The inner error tells why the backend refused it.
async fn create(
    portal: &Portal,
    who: &str,
    name: &str,
    password: &str,
    role: Role,
) -> Result<Result<Account, String>, Fault> {
    let account = Account {
        name: name.to_owned(),
        password_hash: portal.passwords.hash(password).await?,
        created_at: now(),
        role,
    };
    match portal.backend.add_account(account.clone()).await {
        Ok(()) => {}
        Err(BackendError::Refused(why)) => return Ok(Err(why)),
        Err(error) => return Err(error.into()),
    }
    portal.audit(who, "account-added", name, role.to_string()).await?;
    Ok(Ok(account))
}

fn find<'a>(problems: &'a [Problem], key: &str) -> Option<&'a Problem> {
    problems.iter().find(|problem| problem.key == key)
}

/// The field for an account name.
fn name_field(name: &str, problems: &[Problem]) -> Markup {
    let field = Field {
        key: "account",
        label: "User name",
        required: true,
        help: html! {},
        problem: find(problems, "account"),
    };
    field.show(|ties| html! {
        input id=(ties.id) name="account" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false"
            maxlength=(LONGEST_NAME) required aria-describedby=(ties.described) aria-invalid=[ties.invalid];
    })
}

/// The field for the current password. `form` makes its id unique among several forms on a page.
fn current_password_field(form: &str, problem: Option<&Problem>) -> Markup {
    password_field(&format!("{form}-current"), "current", "Current password", problem)
}

/// The field for an existing password.
fn password_field(key: &str, name: &str, label: &str, problem: Option<&Problem>) -> Markup {
    let field = Field {
        key,
        label,
        required: true,
        help: html! {},
        problem,
    };
    field.show(|ties| {
        html! {
            input id=(ties.id) name=(name) type="password" autocomplete="current-password" required
                aria-describedby=(ties.described) aria-invalid=[ties.invalid];
        }
    })
}

/// The two fields for a new password. `form` makes their ids unique among several forms on a page.
fn new_password_fields(form: &str, problems: &[Problem]) -> Markup {
    let (first, again) = (format!("{form}-new"), format!("{form}-again"));
    let first = Field {
        key: &first,
        label: "New password",
        required: true,
        help: html! { "At least " (SHORTEST) " characters." span aria-live="polite" data-least=(SHORTEST) {} },
        problem: find(problems, "new"),
    };
    let again = Field {
        key: &again,
        label: "Confirm new password",
        required: true,
        help: html! {},
        problem: None,
    };
    html! {
        (first.show(|ties| html! {
            input id=(ties.id) name="new" type="password" autocomplete="new-password" minlength=(SHORTEST) required
                aria-describedby=(ties.described) aria-invalid=[ties.invalid];
        }))
        (again.show(|ties| html! {
            input id=(ties.id) name="again" type="password" autocomplete="new-password" minlength=(SHORTEST) required
                aria-describedby=(ties.described);
        }))
    }
}

/// The problems of the name and password of a new account.
fn objections(name: &str, new: &str, again: &str) -> Vec<Problem> {
    let password = crate::password::objection(new, again).map(|problem| wrong("new", problem));
    objection(name).into_iter().chain(password).collect()
}
