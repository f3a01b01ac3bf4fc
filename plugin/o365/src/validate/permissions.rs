//! A check of each permission, by a request that needs it. The token's roles add detail.

use super::calendars::Tried;
use crate::places::{Directory, ROOM_LISTS};
use crate::settings::Settings;
use connector_sdk::{Check, CheckStatus, Host, Reason};
use graph::checks::{check, missing, name, passed, patient, refused, roles};
use graph::claims::Claims;
use graph::{Graph, Trouble, advice, batch};
use std::collections::HashSet;

const PLACES: &str = "Place.Read.All";
const DIRECTORY: &str = "Directory.Read.All";
const USERS: &str = "User.Read.All";
const CALENDARS: &str = "Calendars.Read";

/// Place.Read.All, from the answer to a request for the tenant's room lists.
pub(super) fn places<H: Host>(
    known: &Result<HashSet<String>, Trouble>,
    directory: &Directory<'_, H>,
    claims: &Claims,
) -> Check {
    let name = name(PLACES);
    match known {
        Ok(lists) => {
            let message = format!("the tenant's room lists can be read: there are {}", lists.len());
            passed(&name, message)
        }
        Err(trouble) => {
            let mut reason = directory.places.reason(ROOM_LISTS, trouble);
            if matches!(trouble, Trouble::Refused(_)) {
                reason.message.push_str(roles(PLACES, claims));
            }
            // Also if Places answers with a 404: a tenant's places take time to appear.
            let status = match trouble {
                Trouble::Refused(refusal) if refusal.status == 404 => CheckStatus::Pending,
                _ => return refused(&name, trouble, reason),
            };
            check(&name, status, patient(reason))
        }
    }
}

/// Directory.Read.All and User.Read.All, by one group and one account. Of the requested permissions, only the first allows reading groups;
/// either allows reading accounts.
pub(super) async fn directory<H: Host>(graph: &Graph<'_, H>, claims: &Claims) -> [Check; 2] {
    let urls = ["/groups?$top=1&$select=id", "/users?$top=1&$select=id"];
    let answer = batch::get(graph, urls.map(batch::Ask::plain)).await;
    let parts = answer
        .as_ref()
        .map_err(Trouble::clone)
        .and_then(|answer| answer.parts());
    let [groups, users] = match parts {
        Ok([groups, users, ..]) => [groups, users].map(|part| batch::success(part).map(drop)),
        Err(trouble) => [Err(trouble.clone()), Err(trouble)],
    };
    let groups = match groups {
        Ok(()) => passed(&name(DIRECTORY), "groups can be looked up".to_owned()),
        Err(trouble) => {
            let without = "the collector cannot tell what an address is if it is not a room list";
            missing(DIRECTORY, "groups", &trouble, without, graph.access, claims)
        }
    };
    let users = match users {
        Ok(()) if claims.name(USERS) == Some(true) => passed(
            &name(USERS),
            format!("accounts can be looked up{}", roles(USERS, claims)),
        ),
        Ok(()) => passed(
            &name(USERS),
            format!(
                "accounts can be looked up; the answer does not show whether by this permission or by {DIRECTORY}{}",
                roles(USERS, claims)
            ),
        ),
        Err(trouble) => {
            let without =
                "rooms are read by their addresses, which fails if one differs from its account's name";
            missing(USERS, "accounts", &trouble, without, graph.access, claims)
        }
    };
    [groups, users]
}

/// Calendars.Read, from the calendars that were tried.
pub(super) fn calendars(tried: &[Tried], claims: &Claims, settings: &Settings) -> Check {
    let name = name(CALENDARS);
    if tried.iter().any(Tried::readable) {
        let granted = match claims.name(CALENDARS) {
            Some(false) => {
                "; the token's roles do not name it, so RBAC for Applications in Exchange grants it"
            }
            _ => roles(CALENDARS, claims),
        };
        return passed(&name, format!("calendars can be read{granted}"));
    }
    let count: usize = tried.iter().map(|tried| tried.rooms().len()).sum();
    let mut troubles = tried.iter().flat_map(Tried::troubles);
    let Some((room, first)) = troubles.next() else {
        let reason = Reason {
            message: "no calendar could be tried, because there is no room to try".to_owned(),
            advice: Some(format!("Fix the room lists first. {}", advice::PATIENCE)),
            code: None,
        };
        return check(&name, CheckStatus::Pending, reason);
    };
    let mut reason = advice::reason(&format!("calendar of {room}"), first, settings);
    reason.message = format!(
        "none of the {count} calendars tried can be read{}; {}",
        roles(CALENDARS, claims),
        reason.message
    );
    if advice::may_pass(first) || troubles.any(|(_, trouble)| advice::may_pass(trouble)) {
        check(&name, CheckStatus::Pending, patient(reason))
    } else {
        check(&name, CheckStatus::Failed, reason)
    }
}
