//! Who may sign in, and taking an account away: the own one too, but never the last.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};
use tower_sessions::Session;

use super::own::{self, Wrong};
use super::{current_password_field, wrong};
use crate::api::{Account, Problem};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::pages::elements::{foreign, instant};
use crate::portal::{Portal, see};
use crate::session::{self, Signed};

/// Takes an account away, which ends its sessions. Whoever asks types the own password.
pub(super) async fn remove(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let name = fields.text("account");
    if !own::knows_password(&portal, &signed, fields.text("current")).await? {
        let problem = wrong("current", "This is not your password, so nothing was removed");
        let wrong = Wrong {
            removing: Some((name, problem)),
            ..Wrong::default()
        };
        return own::refused(&portal, &session, &signed, &wrong).await;
    }
    portal
        .backend
        .remove_account(name)
        .await
        .map_err(|error| Fault::from(error).back("/account", "To the accounts"))?;
    portal
        .audit(&signed.account, "account-removed", name, String::new())
        .await?;
    if name == signed.account {
        session.flush().await?;
        return Ok(see("/login"));
    }
    session::notify(
        &session,
        format!("The account {name} is removed. Its sessions are over."),
    )
    .await?;
    Ok(see("/account"))
}

/// The accounts, each with what removes it. `refused`: the one that was not removed, and why.
pub(super) fn list(accounts: &[Account], signed: &Signed, refused: Option<&(&str, Problem)>) -> Markup {
    html! {
        section.card {
            h2 { "Who may sign in" }
            ul.accounts {
                @for (number, account) in accounts.iter().enumerate() {
                    li {
                        p { (foreign(&account.name)) small.muted { " since " (instant(account.created_at)) } }
                        @if accounts.len() > 1 {
                            (removal(number, account, signed, refused.filter(|(name, _)| *name == account.name)))
                        }
                    }
                }
            }
            @if accounts.len() == 1 { p.help { "The last account cannot be removed." } }
        }
    }
}

/// `number` tells the fields of several accounts apart.
fn removal(number: usize, account: &Account, signed: &Signed, refused: Option<&(&str, Problem)>) -> Markup {
    html! {
        details open[refused.is_some()] {
            summary { "Remove " (foreign(&account.name)) }
            div {
                form method="post" action="/account/remove" {
                    (token(&signed.csrf))
                    input type="hidden" name="account" value=(account.name);
                    @if account.name == signed.account { p { "This is your own account: you are signed out, and cannot sign in any more." } }
                    @else { p { "Its sessions end at once. What it did stays in the audit log." } }
                    (current_password_field(&format!("remove-{number}"), refused.map(|(_, problem)| problem)))
                    div.actions { button.danger type="submit" { "Remove " (foreign(&account.name)) } }
                }
            }
        }
    }
}
