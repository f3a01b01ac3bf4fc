//! Expansion: from room lists, or from the whole tenant, to rooms, each once.
//!
//! Source: "List places" of the Microsoft Graph documentation. The rooms of a list are asked for by the list's
//! address. Pages hold 100 by default; a next page is named by `nextLink`, or by nothing at all, so that a full page
//! without one is followed by asking for what comes after it. Only the kept parts of its rooms outlive a page.

use crate::graph::{self, Graph, Trouble, percent};
use crate::json_text::text;
use crate::powershell::quoted;
use crate::refusal::{self, Kind};
use crate::settings::{self, Settings};
use crate::{advice, room_key};
use connector_sdk::{CheckStatus, CollectError, Expansion, Host, Level, ListProblem, Reason, Room};
use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The names of all rooms and of all room lists in reasons.
pub(crate) const ROOMS: &str = "the tenant's rooms";
pub(crate) const ROOM_LISTS: &str = "the tenant's room lists";

/// Graph's default for rooms and room lists.
const PAGE: usize = 100;

/// More pages than any tenant has: 100,000 rooms.
const MAX_PAGES: usize = 1000;

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

/// The places of a tenant.
pub(crate) struct Directory<'a, H: Host> {
    graph: Graph<'a, H>,
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

#[derive(Deserialize)]
struct Page {
    value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl<'a, H: Host> Directory<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings) -> Self {
        Directory {
            graph: Graph::new(host, settings),
            settings,
        }
    }

    async fn expand(&self) -> Result<Expansion, CollectError> {
        let mut rooms = Rooms::default();
        if self.settings.room_lists.is_empty() {
            let found = self.every_room().await;
            rooms.add(found.map_err(|trouble| self.error(ROOMS, &trouble))?, None);
            if rooms.found.is_empty() {
                let message = "Microsoft Graph lists no rooms; it omits rooms that are new or hidden from address \
                    lists";
                self.graph.host.log(Level::Warn, message);
            }
            return Ok(Expansion {
                rooms: rooms.found,
                problems: Vec::new(),
            });
        }
        let known = match self.room_lists().await {
            Ok(known) => Some(known),
            Err(trouble) if ends_all(&trouble) => return Err(self.error(ROOM_LISTS, &trouble)),
            Err(trouble) => {
                let reason = self.reason(ROOM_LISTS, &trouble);
                self.graph.host.log(Level::Warn, &reason.message);
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

    /// Every room of the tenant.
    pub(crate) async fn every_room(&self) -> Result<Vec<Room>, Trouble> {
        let room = |place: &Value| room(place, self.graph.host);
        self.pages("/places/microsoft.graph.room", room).await
    }

    /// The addresses of the tenant's room lists.
    pub(crate) async fn room_lists(&self) -> Result<HashSet<String>, Trouble> {
        let lists = self.pages("/places/microsoft.graph.roomlist", address).await?;
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
            match refusal::identify(&self.graph, list).await {
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
        let found = self.pages(&path, |place| room(place, self.graph.host)).await;
        let is_empty = found.as_ref().is_ok_and(Vec::is_empty);
        let unsure =
            is_empty || matches!(&found, Err(Trouble::Refused(r)) if matches!(r.status, 400 | 404 | 500));
        if known.is_none() && unsure {
            // While Places does not work, a room list looks like a distribution list, or like nothing.
            match refusal::identify(&self.graph, list).await {
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
                let error = of_source.then(|| self.error(&what, &trouble));
                Err(ListFailure {
                    status: if no_places || advice::may_pass(&trouble) {
                        CheckStatus::Pending
                    } else {
                        CheckStatus::Failed
                    },
                    reason: self.reason(&what, &trouble),
                    error,
                })
            }
        }
    }

    /// Why Places did not give `what`.
    pub(crate) fn reason(&self, what: &str, trouble: &Trouble) -> Reason {
        match trouble {
            Trouble::Refused(refusal) if matches!(refusal.status, 403 | 404) => {
                advice::refused_by_places(what, refusal)
            }
            _ => advice::reason(what, trouble, self.settings),
        }
    }

    fn error(&self, what: &str, trouble: &Trouble) -> CollectError {
        match advice::collect_error(what, trouble, self.settings) {
            CollectError::Denied(_) => CollectError::Denied(self.reason(what, trouble)),
            CollectError::Failed(_) => CollectError::Failed(self.reason(what, trouble)),
            other => other,
        }
    }

    /// The kept parts of the places on all pages of a collection. A place without an address is skipped.
    async fn pages<T>(&self, path: &str, keep: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, Trouble> {
        let mut kept = Vec::new();
        let mut seen = 0;
        let mut addresses = HashSet::new();
        let mut links = HashSet::new();
        let mut url = format!("{path}?$top={PAGE}");
        for _ in 0..MAX_PAGES {
            let text = self.graph.get(&url).await?;
            let Page { value, next } = graph::read(&text)?;
            let full = value.len() >= PAGE;
            let before = addresses.len();
            addresses.extend(value.iter().filter_map(address));
            seen += value.len();
            kept.extend(value.iter().filter_map(&keep));
            url = match next {
                Some(link) => {
                    let elsewhere =
                        || Trouble::Unreadable("its next page is on another server or path".to_owned());
                    let next = self.graph.relative(&link).ok_or_else(elsewhere)?;
                    if !links.insert(next.clone()) {
                        return Err(Trouble::Unreadable(
                            "a page names itself as the next one".to_owned(),
                        ));
                    }
                    next
                }
                // A server that ignores $skip gives the first page again: nothing new, so this is the end.
                None if full && addresses.len() > before => format!("{path}?$top={PAGE}&$skip={seen}"),
                None => return Ok(kept),
            };
        }
        Err(Trouble::Unreadable(format!("it has more than {MAX_PAGES} pages")))
    }
}

/// Whether all other requests would fail the same way.
pub(crate) fn ends_all(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(_) => true,
        Trouble::Refused(refusal) => refusal.status == 401,
        Trouble::Unreadable(_) => false,
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

/// These rooms, each once.
pub(crate) fn distinct(found: Vec<Room>) -> Vec<Room> {
    let mut rooms = Rooms::default();
    rooms.add(found, None);
    rooms.found
}

/// Rooms by address, in the order in which they were found.
#[derive(Default)]
struct Rooms {
    found: Vec<Room>,
    places: HashMap<String, usize>,
}

impl Rooms {
    fn add(&mut self, found: Vec<Room>, list: Option<&str>) {
        for room in found {
            let at = match self.places.get(&room.address) {
                Some(at) => *at,
                None => {
                    let at = self.found.len();
                    self.places.insert(room.address.clone(), at);
                    self.found.push(room);
                    at
                }
            };
            if let (Some(room), Some(list)) = (self.found.get_mut(at), list)
                && !room.lists.iter().any(|known| known == list)
            {
                room.lists.push(list.to_owned());
            }
        }
    }
}

/// Reads a room. Everything but the address may be missing, or of a type other than documented.
fn room<H: Host>(place: &Value, host: &H) -> Option<Room> {
    let Some(address) = address(place) else {
        let name = text(place, "displayName").unwrap_or_default();
        let message = format!("room {name:?} has no address and is skipped");
        host.log(Level::Warn, &message);
        return None;
    };
    let capacity = match place.get("capacity") {
        Some(Value::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Some(Room {
        key: address.clone(),
        name: text(place, "displayName")
            .or_else(|| text(place, "nickname"))
            .unwrap_or(&address)
            .to_owned(),
        building: text(place, "building").map(str::to_owned),
        capacity,
        lists: Vec::new(),
        address,
    })
}

/// The address of a place, in lower case.
fn address(place: &Value) -> Option<String> {
    text(place, "emailAddress").map(str::to_lowercase)
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
