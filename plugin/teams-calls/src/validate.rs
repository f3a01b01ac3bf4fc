//! Checks everything that a pass needs, one thing after the other: the token, the rooms, their accounts, and call records.
//!
//! A check has the same name in every run. A refusal by a server that may not know yet of a consent is `pending`.

use crate::manifest::CALL_RECORDS;
use crate::refusal;
use crate::settings::{self, Settings};
use crate::spaces;
use connector_sdk::{Check, CheckStatus, Host, Reason, Room};
use graph::checks::{check, failed_or_pending, missing, name, passed, patient, refused, roles, unusable};
use graph::claims::Claims;
use graph::manifest::TOKEN;
use graph::places::{Places, ROOMS, distinct, ends_all};
use graph::{Graph, Trouble, accounts, advice, batch, odata, read};
use serde::Deserialize;
use serde::de::IgnoredAny;

const PLACES: &str = "Place.Read.All";
const USERS: &str = "User.Read.All";

/// The name of the check of the rooms.
const NAME: &str = "rooms";

/// An id that no account has: Graph is asked for its calls if there is no room to ask for.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Deserialize)]
struct Page {
    value: Vec<IgnoredAny>,
}

/// Checks the settings, the token, the permissions and the rooms.
pub(crate) async fn validate<H: Host>(host: &H, settings: &str) -> Vec<Check> {
    let settings = match settings::parse(settings) {
        Ok(settings) => settings,
        Err(problems) => return problems.into_iter().map(unusable).collect(),
    };
    let claims = match host.secret(TOKEN).await {
        Ok(token) => Claims::read(host.claims(&token).as_deref()),
        Err(error) => {
            let status = failed_or_pending(advice::token_may_pass(&error));
            return vec![check("token", status, advice::secret(&error))];
        }
    };
    let mut checks = vec![passed("token", claims.summary())];
    let places = Places::new(Graph::new(host, &settings));
    let found = places.every_room().await;
    let (place_check, rooms) = read_places(&found, &places, &claims);
    checks.push(place_check);
    if found.as_ref().is_err_and(ends_all) {
        return checks;
    }
    let mut rooms = match rooms {
        Some(rooms) => {
            let (rooms, problems) = spaces::choose(rooms, &settings);
            checks.push(chosen(&rooms, problems, &settings));
            rooms
        }
        None => Vec::new(),
    };
    rooms.truncate(batch::SIZE);
    let (accounts, ids) = look_up(&places.graph, &rooms, &claims).await;
    checks.push(accounts);
    checks.push(call_records(&places.graph, ids.first(), &claims).await);
    checks
}

/// Place.Read.All, from the tenant's rooms, and these rooms.
fn read_places<H: Host>(
    found: &Result<Vec<Room>, Trouble>,
    places: &Places<'_, H>,
    claims: &Claims,
) -> (Check, Option<Vec<Room>>) {
    let name = name(PLACES);
    match found {
        Ok(found) => {
            let rooms = distinct(found.clone());
            let message = format!("the tenant's rooms can be read: there are {}", rooms.len());
            (passed(&name, message), Some(rooms))
        }
        Err(trouble) => {
            let mut reason = places.reason(ROOMS, trouble);
            if matches!(trouble, Trouble::Refused(_)) {
                reason.message.push_str(roles(PLACES, claims));
            }
            let check = match trouble {
                // A tenant's places take time to appear.
                Trouble::Refused(refusal) if refusal.status == 404 => {
                    check(&name, CheckStatus::Pending, patient(reason))
                }
                _ => refused(&name, trouble, reason),
            };
            (check, None)
        }
    }
}

/// The rooms that the settings choose.
fn chosen(rooms: &[Room], mut problems: Vec<Reason>, settings: &Settings) -> Check {
    if problems.is_empty() {
        let message = match settings.rooms.len() {
            0 => format!("the calls of all {} rooms are read", rooms.len()),
            _ => format!("the calls of the {} rooms of the settings are read", rooms.len()),
        };
        return passed(NAME, message);
    }
    let status = match (rooms.is_empty(), settings.rooms.is_empty()) {
        (true, false) => CheckStatus::Failed,
        _ => CheckStatus::Warning,
    };
    let more = problems.split_off(1);
    let mut reason = problems.pop().unwrap_or_default();
    for other in more {
        reason.message = format!("{}; {}", reason.message, other.message);
    }
    check(NAME, status, reason)
}

/// User.Read.All, from the accounts of some rooms, and the ids of these accounts.
async fn look_up<H: Host>(graph: &Graph<'_, H>, rooms: &[Room], claims: &Claims) -> (Check, Vec<String>) {
    let name = name(USERS);
    if rooms.is_empty() {
        return match graph.get("/users?$top=1&$select=id").await {
            Ok(_) => (
                passed(
                    &name,
                    format!("accounts can be looked up{}", roles(USERS, claims)),
                ),
                vec![],
            ),
            Err(trouble) => (no_accounts(&trouble, graph, claims), vec![]),
        };
    }
    let accounts = accounts::look_up(graph, rooms).await;
    if let Some(trouble) = &accounts.trouble {
        return (no_accounts(trouble, graph, claims), vec![]);
    }
    let (mut ids, mut without) = (Vec::new(), Vec::new());
    for Room { address, .. } in rooms {
        match accounts.id(address) {
            Some(id) => ids.push(id.to_owned()),
            None => without.push(address.as_str()),
        }
    }
    let (found, count) = (ids.len(), rooms.len());
    let note = roles(USERS, claims);
    if without.is_empty() {
        let message = format!("the accounts of {count} of {count} rooms tried are found{note}");
        return (passed(&name, message), ids);
    }
    let reason = Reason {
        message: format!(
            "the accounts of {found} of {count} rooms tried are found, not of {}{note}",
            advice::some_of(&without)
        ),
        advice: Some(
            "The address of a room must be the property mail of one account in Microsoft Entra, and of no other.".to_owned(),
        ),
        code: None,
    };
    let status = if found == 0 {
        CheckStatus::Failed
    } else {
        CheckStatus::Limited
    };
    (check(&name, status, reason), ids)
}

fn no_accounts<H: Host>(trouble: &Trouble, graph: &Graph<'_, H>, claims: &Claims) -> Check {
    let without = "no calls can be read, because call records name accounts by their ids";
    missing(USERS, "accounts", trouble, without, graph.access, claims)
}

/// CallRecords.Read.All, from the call records of one room.
async fn call_records<H: Host>(graph: &Graph<'_, H>, account: Option<&String>, claims: &Claims) -> Check {
    let name = name(CALL_RECORDS);
    let account = odata(account.map_or(NOBODY, String::as_str));
    let url = format!(
        "/communications/callRecords?$filter=participants_v2/any(p:p/id%20eq%20'{account}')&$select=id"
    );
    let page = graph.get(&url).await.and_then(|body| read::<Page>(&body));
    match page {
        Ok(Page { value }) => {
            let seen = match value.len() {
                0 => "",
                _ => ", and the first room tried was in some",
            };
            passed(
                &name,
                format!("call records can be read{seen}{}", roles(CALL_RECORDS, claims)),
            )
        }
        Err(trouble) => {
            let mut reason = refusal::reason("call records", &trouble, graph.access);
            if matches!(&trouble, Trouble::Refused(refusal) if matches!(refusal.status, 401 | 403)) {
                reason.message.push_str(roles(CALL_RECORDS, claims));
            }
            refused(&name, &trouble, reason)
        }
    }
}

#[cfg(test)]
mod tests;
