//! Expansion: from room lists, or from the whole tenant, to rooms, each once.
//!
//! Source: "List places" of the Microsoft Graph documentation. The rooms of a list are asked for by the list's address.

use crate::powershell::quoted;
use crate::refusal::{self, Kind};
use crate::room_key;
use crate::settings::{self, Settings};
use connector_sdk::{CheckStatus, CollectError, Expansion, Host, Level, ListProblem, Reason, Room};
use futures_util::stream::{self, StreamExt as _};
use graph::places::{Places, ROOMS, Rooms, address, ends_all, room};
use graph::{Graph, Trouble, advice, percent};
use serde_json::Value;
use std::collections::HashSet;

/// The name of all room lists in reasons.
pub(crate) const ROOM_LISTS: &str = "the tenant's room lists";

/// How many room lists are requested side by side. The host limits how many requests are really sent at once; each waiting answer is a page in
/// memory.
const LISTS_AT_ONCE: usize = 8;

/// The rooms of the source.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, Graph out of reach, no consent.
pub(crate) async fn list_rooms<H: Host>(host: &H, settings: &str) -> Result<Expansion, CollectError> {
    let settings = settings::parse(settings).map_err(CollectError::Settings)?;
    let mut expansion = Directory::new(host, &settings).expand().await?;
    let graph = Graph::new(host, &settings);
    room_key::resolve(&graph, &mut expansion.rooms).await;
    Ok(expansion)
}

/// The places of a tenant, as far as the settings name them.
pub(crate) struct Directory<'a, H: Host> {
    pub(crate) places: Places<'a, H>,
    settings: &'a Settings,
}

/// Why a room list gave no rooms.
pub(crate) struct ListFailure {
    pub(crate) reason: Reason,
    /// How bad it is: a mistake (`Failed`), a list without rooms (`Warning`), or perhaps a server that does not know yet (`Pending`).
    pub(crate) status: CheckStatus,
    /// The error of the source if every list fails.
    error: Option<CollectError>,
}

impl<'a, H: Host> Directory<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings) -> Self {
        Directory {
            places: Places::new(Graph::new(host, settings)),
            settings,
        }
    }

    async fn expand(&self) -> Result<Expansion, CollectError> {
        let mut rooms = Rooms::default();
        if self.settings.room_lists.is_empty() {
            let found = self.places.every_room().await;
            rooms.add(found.map_err(|trouble| self.places.error(ROOMS, &trouble))?, None);
            if rooms.found.is_empty() {
                let message = "Microsoft Graph lists no rooms; it omits rooms that are new or hidden from address \
                    lists";
                self.places.graph.host.log(Level::Warn, message);
            }
            return Ok(Expansion {
                rooms: rooms.found,
                problems: Vec::new(),
            });
        }
        let known = match self.room_lists().await {
            Ok(known) => Some(known),
            Err(trouble) if ends_all(&trouble) => return Err(self.places.error(ROOM_LISTS, &trouble)),
            Err(trouble) => {
                let reason = self.places.reason(ROOM_LISTS, &trouble);
                self.places.graph.host.log(Level::Warn, &reason.message);
                None
            }
        };
        let known = known.as_ref();
        let mut problems = Vec::new();
        let mut errors = Vec::new();
        let lists = &self.settings.room_lists;
        let asked = lists
            .iter()
            .map(|list| async move { (list, self.rooms_of(list, known).await) });
        let mut answered = stream::iter(asked).buffered(LISTS_AT_ONCE);
        while let Some((list, found)) = answered.next().await {
            match found {
                Ok(found) => rooms.add(found, Some(list)),
                Err(ListFailure { reason, error, .. }) => {
                    problems.push(ListProblem {
                        room_list: list.clone(),
                        reason,
                    });
                    errors.extend(error);
                }
            }
        }
        // If every list fails because of the source as a whole, only that is reported.
        if errors.len() == lists.len()
            && let Some(error) = errors.into_iter().next()
        {
            return Err(error);
        }
        Ok(Expansion {
            rooms: rooms.found,
            problems,
        })
    }

    /// The addresses of the tenant's room lists.
    pub(crate) async fn room_lists(&self) -> Result<HashSet<String>, Trouble> {
        let lists = self
            .places
            .pages("/places/microsoft.graph.roomlist", address)
            .await?;
        Ok(lists.into_iter().collect())
    }

    /// The rooms of one list. `known` are the tenant's room lists.
    pub(crate) async fn rooms_of(
        &self,
        list: &str,
        known: Option<&HashSet<String>>,
    ) -> Result<Vec<Room>, ListFailure> {
        // Graph does not document its answer for the rooms of an address that is no room list, so this is checked first.
        if known.is_some_and(|known| !known.contains(list)) {
            match refusal::identify(&self.places.graph, list).await {
                Kind::RoomList => {}
                other => {
                    return Err(ListFailure {
                        // While a tenant's places do not exist yet, its room lists look like distribution lists.
                        status: mistake_or_delay(&other, known.is_some_and(HashSet::is_empty)),
                        reason: refusal::reason(list, other),
                        error: None,
                    });
                }
            }
        }
        let path = format!("/places/{}/microsoft.graph.roomlist/rooms", percent(list));
        let keep = |place: &Value| room(place, self.places.graph.host);
        let found = self.places.pages(&path, keep).await;
        let is_empty = found.as_ref().is_ok_and(Vec::is_empty);
        let unsure =
            is_empty || matches!(&found, Err(Trouble::Refused(r)) if matches!(r.status, 400 | 404 | 500));
        if known.is_none() && unsure {
            // While Places does not work, a room list looks like a distribution list, or like nothing.
            match refusal::identify(&self.places.graph, list).await {
                Kind::RoomList | Kind::DistributionList | Kind::Nothing | Kind::Unknown { .. } => {}
                other => {
                    return Err(ListFailure {
                        status: CheckStatus::Failed,
                        reason: refusal::reason(list, other),
                        error: None,
                    });
                }
            }
        }
        match found {
            Ok(rooms) if rooms.is_empty() => Err(ListFailure {
                status: CheckStatus::Warning,
                reason: empty(list),
                error: None,
            }),
            Ok(rooms) => Ok(rooms),
            Err(trouble) => {
                let what = format!("room list {list}");
                // If Graph does not list room lists either, a 404 means that the places do not exist yet.
                let no_places =
                    known.is_none() && matches!(&trouble, Trouble::Refused(refusal) if refusal.status == 404);
                let of_source = match &trouble {
                    Trouble::Fetch(_) => true,
                    Trouble::Refused(refusal) => {
                        matches!(refusal.status, 401 | 403) || refusal.retry_after.is_some() || no_places
                    }
                    Trouble::Unreadable(_) => false,
                };
                let error = of_source.then(|| self.places.error(&what, &trouble));
                Err(ListFailure {
                    status: if no_places || advice::may_pass(&trouble) {
                        CheckStatus::Pending
                    } else {
                        CheckStatus::Failed
                    },
                    reason: self.places.reason(&what, &trouble),
                    error,
                })
            }
        }
    }
}

/// The meaning of an address that is not a listed room list.
fn mistake_or_delay(kind: &Kind, no_places: bool) -> CheckStatus {
    match kind {
        Kind::Unknown { may_pass: true, .. } => CheckStatus::Pending,
        Kind::DistributionList | Kind::Nothing | Kind::Unknown { .. } if no_places => CheckStatus::Pending,
        _ => CheckStatus::Failed,
    }
}

fn empty(list: &str) -> Reason {
    Reason {
        message: format!("room list {list} has no rooms"),
        advice: Some(format!(
            "Add rooms in Exchange: Add-DistributionGroupMember -Identity {} -Member ROOM. Microsoft Graph does not list rooms \
             that are new or hidden from address lists.",
            quoted(list)
        )),
        code: None,
    }
}

#[cfg(test)]
mod tests;
