//! The list of tokens, without the tokens themselves.

use maud::{Markup, html};

use super::new::last_day;
use crate::api::ApiToken;
use crate::elements::token;
use crate::pages::elements::{Tone, badge, foreign, moment};
use crate::session::Signed;

/// The tokens, each with the form that revokes it.
pub(super) fn tokens(tokens: &[ApiToken], signed: &Signed, now: i64) -> Markup {
    if tokens.is_empty() {
        return html! { div.card.empty { p { "No tokens yet." } } };
    }
    html! {
        div.table {
            table.stack {
                thead {
                    tr {
                        th scope="col" { "Token" } th scope="col" { "May read" } th scope="col" { "Belongs to" }
                        th scope="col" { "Last day" } th scope="col" { "Last used" } th scope="col" { "Revoke" }
                    }
                }
                tbody { @for one in tokens { (row(one, signed, now)) } }
            }
        }
    }
}

fn row(one: &ApiToken, signed: &Signed, now: i64) -> Markup {
    // Others may have a token of the same name.
    let is_own = one.owner.as_deref() == Some(&signed.owner);
    let revoke = html! { "Revoke " (foreign(&one.name)) @if !is_own { " of " (foreign(&one.made_by)) } };
    html! {
        tr {
            th scope="row" { (foreign(&one.name)) }
            td data-label="May read" { (one.scopes.replace(' ', ", ")) }
            td data-label="Belongs to" { (owner(one)) " " small.muted { "made " (moment(one.made_at, now)) } }
            td data-label="Last day" {
                @if one.ends_at <= now { (badge(Tone::Limited, "ended")) " " }
                @else if one.standing().is_none() { (badge(Tone::Limited, "stopped")) " " }
                (last_day(one)) " " small.muted { "UTC" }
            }
            td data-label="Last used" { @if let Some(at) = one.used_at { (moment(at, now)) } @else { "never" } }
            td data-label="Revoke" {
                details {
                    summary { (revoke) }
                    form method="post" action="/access/revoke" {
                        (token(&signed.csrf))
                        input type="hidden" name="number" value=(one.number);
                        p { "The program that uses it is refused from now on. This cannot be undone." }
                        div.actions { button.danger type="submit" { (revoke) } }
                    }
                }
            }
        }
    }
}

/// Whose a token is, and what it may do now.
fn owner(one: &ApiToken) -> Markup {
    html! {
        @if one.owner.is_some() { (foreign(&one.made_by)) }
        @else { "nobody (made by " (foreign(&one.made_by)) ")" }
        @match one.standing() {
            Some(role) => { ", " (role) },
            None => ", who may have no tokens any more",
        }
    }
}
