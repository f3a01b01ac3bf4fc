//! Roles of accounts: the field to choose one, and giving an account another one.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};
use tower_sessions::Session;

use crate::api::{Problem, Role};
use crate::elements::Field;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::portal::{Portal, see};
use crate::roles::named;
use crate::session::{self, Signed};

/// The field for a role. `form` makes its id unique among several forms on a page.
pub(super) fn field(form: &str, chosen: Role, problem: Option<&Problem>) -> Markup {
    let key = format!("{form}-role");
    let field = Field {
        key: &key,
        label: "Role",
        required: true,
        help: html! { "A viewer sees rooms and figures. An analyst also sees subjects of meetings and makes tokens for programs. "
        "An administrator may do everything." },
        problem,
    };
    field.show(|ties| {
        html! {
            select id=(ties.id) name="role" aria-describedby=(ties.described) aria-invalid=[ties.invalid] {
                @for role in Role::ALL { option value=(role) selected[role == chosen] { (role) } }
            }
        }
    })
}

/// The role that a form names.
pub(super) fn of(fields: &Fields) -> Option<Role> {
    Role::of(fields.text("role"))
}

/// Gives an account another role, which its sessions have from their next request on.
pub(super) async fn change(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let back = |fault: Fault| fault.back("/account", "Back to the accounts");
    let name = fields.text("account");
    let Some(role) = of(&fields) else {
        return Err(back(Fault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "There is no such role",
            "Choose administrator, analyst or viewer. Nothing was changed.",
        )));
    };
    let before = portal
        .backend
        .set_role(name, role)
        .await
        .map_err(|error| back(error.into()))?;
    if before != role {
        portal
            .audit(
                &signed.account,
                "role-changed",
                name,
                format!("from {before} to {role}"),
            )
            .await?;
    }
    session::notify(&session, format!("Account {name} is {} now.", named(role))).await?;
    Ok(see("/account"))
}
