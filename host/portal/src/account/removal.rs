//! Removing an account: any but the last administrator, your own included.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use tower_sessions::Session;

use super::own::{self, Wrong};
use super::wrong;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::portal::{Portal, see};
use crate::session::{self, Signed};

/// Removes an account, which ends its sessions and its tokens. Whoever has a password here confirms with it.
pub(super) async fn remove(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let name = fields.text("account");
    if signed.is_local && !own::knows_password(&portal, &signed, fields.text("current")).await? {
        let problem = wrong("current", "Incorrect password; nothing was removed");
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
        .map_err(|error| Fault::from(error).back("/account", "Back to the accounts"))?;
    portal
        .audit(&signed.account, "account-removed", name, String::new())
        .await?;
    if name == signed.owner {
        session.flush().await?;
        return Ok(see("/login"));
    }
    session::notify(
        &session,
        format!("Account {name} removed. Its sessions have ended."),
    )
    .await?;
    Ok(see("/account"))
}
