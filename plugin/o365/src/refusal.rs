//! Finds out what an address is that was given as a room list but is none, and tells how to make a room list.
//!
//! Source of the commands: `New-DistributionGroup`, `Set-DistributionGroup` and `Add-DistributionGroupMember` of
//! Exchange PowerShell. Only a distribution list can be turned into a room list; groups of other kinds cannot.

use crate::powershell::quoted;
use connector_sdk::{Host, Reason};
use graph::json_text::text;
use graph::{Graph, Trouble, advice, odata, percent};
use serde::Deserialize;
use serde_json::Value;

/// The kind of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    RoomList,
    Room,
    Workspace,
    DistributionList,
    Microsoft365Group,
    SecurityGroup,
    User,
    Nothing,
    /// Unknown; `reason` tells why, and `may_pass` whether the server may just not know yet.
    Unknown {
        reason: Reason,
        may_pass: bool,
    },
}

#[derive(Deserialize)]
struct Found {
    value: Vec<Value>,
}

/// Finds out what an address is: a place, a group, a user, or nothing.
pub(crate) async fn identify<H: Host>(graph: &Graph<'_, H>, address: &str) -> Kind {
    let mut unknown = None;
    let mut note = |trouble: Trouble| {
        if !matches!(&trouble, Trouble::Refused(refusal) if refusal.status == 404) && unknown.is_none() {
            unknown = Some(Kind::Unknown {
                reason: advice::reason(&format!("room list {address}"), &trouble, graph.access),
                may_pass: advice::may_pass(&trouble),
            });
        }
    };
    match place(graph, address).await {
        Ok(Some(kind)) => return kind,
        Ok(None) => {}
        Err(trouble) => note(trouble),
    }
    match first(
        graph,
        "groups",
        "id,groupTypes,mailEnabled,securityEnabled",
        address,
    )
    .await
    {
        Ok(Some(group)) => return kind_of_group(&group),
        Ok(None) => {}
        Err(trouble) => note(trouble),
    }
    match first(graph, "users", "id", address).await {
        Ok(Some(_)) => return Kind::User,
        Ok(None) => {}
        Err(trouble) => note(trouble),
    }
    unknown.unwrap_or(Kind::Nothing)
}

async fn place<H: Host>(graph: &Graph<'_, H>, address: &str) -> Result<Option<Kind>, Trouble> {
    let answer = graph.get(&format!("/places/{}", percent(address))).await?;
    let place: Value = graph::read(&answer)?;
    let kind = text(&place, "@odata.type")
        .unwrap_or_default()
        .rsplit('.')
        .next()
        .unwrap_or_default();
    Ok(match kind.to_ascii_lowercase().as_str() {
        "roomlist" => Some(Kind::RoomList),
        "room" => Some(Kind::Room),
        "workspace" => Some(Kind::Workspace),
        _ => None,
    })
}

async fn first<H: Host>(
    graph: &Graph<'_, H>,
    collection: &str,
    select: &str,
    address: &str,
) -> Result<Option<Value>, Trouble> {
    let filter = odata(address);
    let answer = graph
        .get(&format!(
            "/{collection}?$filter=mail%20eq%20'{filter}'&$select={select}&$top=1"
        ))
        .await?;
    let found: Found = graph::read(&answer)?;
    Ok(found.value.into_iter().next())
}

fn kind_of_group(group: &Value) -> Kind {
    let types = group.get("groupTypes").and_then(Value::as_array);
    let unified = types.is_some_and(|types| {
        types
            .iter()
            .filter_map(Value::as_str)
            .any(|name| name.eq_ignore_ascii_case("Unified"))
    });
    if unified {
        Kind::Microsoft365Group
    } else if group.get("securityEnabled").and_then(Value::as_bool) == Some(true) {
        Kind::SecurityGroup
    } else {
        Kind::DistributionList
    }
}

/// Why this address cannot be used as a room list, and the Exchange commands that help.
pub(crate) fn reason(address: &str, kind: Kind) -> Reason {
    let what = match kind {
        Kind::RoomList => "a room list that Graph does not show",
        Kind::Room => "a room",
        Kind::Workspace => "a workspace",
        Kind::DistributionList => "a distribution list",
        Kind::Microsoft365Group => "a Microsoft 365 group",
        Kind::SecurityGroup => "a mail-enabled security group",
        Kind::User => "a user",
        Kind::Nothing => {
            return Reason {
                message: format!("room list {address} does not exist"),
                advice: Some(
                    "Check the spelling; Get-DistributionGroup -RecipientTypeDetails RoomList lists all room lists. \
                     A new one can take a day to appear."
                        .to_owned(),
                ),
                code: None,
            };
        }
        Kind::Unknown {
            reason:
                Reason {
                    message,
                    advice,
                    code,
                },
            ..
        } => {
            return Reason {
                message: format!(
                    "room list {address} is not among the tenant's room lists, and the connector could not find \
                     out what it is: {message}"
                ),
                advice,
                code,
            };
        }
    };
    let make = "New-DistributionGroup -Name 'Rooms' -RoomList";
    let add = "Add-DistributionGroupMember -Identity 'Rooms' -Member";
    let advice = match kind {
        Kind::DistributionList => format!(
            "Make it one in Exchange: Set-DistributionGroup -Identity {} -RoomList. Do so only if its members are \
             rooms; otherwise make a new one: {make}",
            quoted(address)
        ),
        Kind::Room => format!(
            "Put it into a room list in Exchange: {make}, then {add} {}, and name that list in the settings.",
            quoted(address)
        ),
        Kind::Microsoft365Group => format!(
            "A Microsoft 365 group cannot be converted. Make a room list in Exchange: {make}, then {add} ROOM for each \
             room, and name that list in the settings."
        ),
        _ => format!(
            "Make a room list in Exchange: {make}, then {add} ROOM for each room, and name that list in the settings."
        ),
    };
    Reason {
        message: format!("room list {address} is {what}, not a room list"),
        advice: Some(advice),
        code: None,
    }
}

#[cfg(test)]
mod tests;
