//! The list of accounts, part of the account page of administrators.

use maud::{Markup, html};

use super::{current_password_field, role};
use crate::api::{Account, Problem, Role};
use crate::elements::token;
use crate::pages::elements::{foreign, instant};
use crate::session::Signed;

/// The accounts, each with the forms that change its role and remove it. `refused`: the account that was not removed, and why; `has_provider`:
/// whether a provider signs others in.
pub(super) fn accounts(
    accounts: &[Account],
    signed: &Signed,
    refused: Option<&(&str, Problem)>,
    has_provider: bool,
) -> Markup {
    let administrators = accounts
        .iter()
        .filter(|account| account.role == Role::Administrator)
        .count();
    html! {
        section.card {
            h2 { "Who can sign in" }
            ul.accounts {
                @for (number, account) in accounts.iter().enumerate() {
                    li {
                        p {
                            (foreign(&account.name)) ", " (account.role)
                            small.muted { " since " (instant(account.created_at)) }
                        }
                        @if administrators > 1 || account.role != Role::Administrator {
                            (another_role(number, account, signed))
                            (removal(number, account, signed, refused.filter(|(name, _)| *name == account.name)))
                        }
                    }
                }
            }
            @if has_provider { p.help { "Whoever has a role at the provider of single sign-on can sign in too, and is not listed here." } }
            @if administrators == 1 { p.help { "The last administrator can neither be removed nor get another role." } }
        }
    }
}

/// The form that gives an account another role.
fn another_role(number: usize, account: &Account, signed: &Signed) -> Markup {
    html! {
        details {
            summary { "Change the role of " (foreign(&account.name)) }
            div {
                form method="post" action="/account/role" {
                    (token(&signed.csrf))
                    input type="hidden" name="account" value=(account.name);
                    @if account.name == signed.owner { p { "This is your own account: what you give up here, only another administrator can give back." } }
                    (role::field(&format!("role-{number}"), account.role, None))
                    div.actions { button type="submit" { "Change the role of " (foreign(&account.name)) } }
                }
            }
        }
    }
}

/// The removal form of one account. `number` makes its field ids unique.
fn removal(number: usize, account: &Account, signed: &Signed, refused: Option<&(&str, Problem)>) -> Markup {
    html! {
        details open[refused.is_some()] {
            summary { "Remove " (foreign(&account.name)) }
            div {
                form method="post" action="/account/remove" {
                    (token(&signed.csrf))
                    input type="hidden" name="account" value=(account.name);
                    @if account.name == signed.owner { p { "This is your own account: you will be signed out and can no longer sign in." } }
                    @else { p { "Its sessions and its tokens end immediately. Its entries stay in the audit log." } }
                    @if signed.is_local {
                        (current_password_field(&format!("remove-{number}"), refused.map(|(_, problem)| problem)))
                    }
                    div.actions { button.danger type="submit" { "Remove " (foreign(&account.name)) } }
                }
            }
        }
    }
}
