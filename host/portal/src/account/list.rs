//! The list of accounts, part of the account page.

use maud::{Markup, html};

use super::current_password_field;
use crate::api::{Account, Problem};
use crate::elements::token;
use crate::pages::elements::{foreign, instant};
use crate::session::Signed;

/// The accounts, each with its removal form. `refused`: the account that was not removed, and why.
pub(super) fn accounts(accounts: &[Account], signed: &Signed, refused: Option<&(&str, Problem)>) -> Markup {
    html! {
        section.card {
            h2 { "Who can sign in" }
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

/// The removal form of one account. `number` makes its field ids unique.
fn removal(number: usize, account: &Account, signed: &Signed, refused: Option<&(&str, Problem)>) -> Markup {
    html! {
        details open[refused.is_some()] {
            summary { "Remove " (foreign(&account.name)) }
            div {
                form method="post" action="/account/remove" {
                    (token(&signed.csrf))
                    input type="hidden" name="account" value=(account.name);
                    @if account.name == signed.account { p { "This is your own account: you will be signed out and can no longer sign in." } }
                    @else { p { "Its sessions end immediately. Its entries stay in the audit log." } }
                    (current_password_field(&format!("remove-{number}"), refused.map(|(_, problem)| problem)))
                    div.actions { button.danger type="submit" { "Remove " (foreign(&account.name)) } }
                }
            }
        }
    }
}
