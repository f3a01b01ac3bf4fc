//! Rooms, as Places lists them.
//!
//! Source: "List places" of the Microsoft Graph documentation. Pages hold 100 by default; a next page is named by
//! `nextLink`, or by nothing at all, so that a full page without one is followed by asking for what comes after it. Only
//! the kept parts of its rooms outlive a page.

use crate::advice;
use crate::client::{self, Graph, Trouble};
use crate::json_text::text;
use crate::paging::Links;
use connector_sdk::{CollectError, Host, Level, Reason, Room};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The name of all rooms in reasons.
pub const ROOMS: &str = "the tenant's rooms";

/// Graph's default for rooms and room lists.
const PAGE: usize = 100;

/// More pages than any tenant has: 100,000 rooms.
const MAX_PAGES: usize = 1000;

/// The places of a tenant.
pub struct Places<'a, H: Host> {
    /// Where they are.
    pub graph: Graph<'a, H>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl<'a, H: Host> Places<'a, H> {
    /// The places that this Graph lists.
    pub fn new(graph: Graph<'a, H>) -> Self {
        Self { graph }
    }

    /// Every room of the tenant.
    pub async fn every_room(&self) -> Result<Vec<Room>, Trouble> {
        let room = |place: &Value| room(place, self.graph.host);
        self.pages("/places/microsoft.graph.room", room).await
    }

    /// Why Places did not give `what`.
    pub fn reason(&self, what: &str, trouble: &Trouble) -> Reason {
        match trouble {
            Trouble::Refused(refusal) if matches!(refusal.status, 403 | 404) => {
                advice::refused_by_places(what, refusal)
            }
            _ => advice::reason(what, trouble, self.graph.access),
        }
    }

    /// Why the source as a whole failed, if Places did not give `what`.
    pub fn error(&self, what: &str, trouble: &Trouble) -> CollectError {
        match advice::collect_error(what, trouble, self.graph.access) {
            CollectError::Denied(_) => CollectError::Denied(self.reason(what, trouble)),
            CollectError::Failed(_) => CollectError::Failed(self.reason(what, trouble)),
            other => other,
        }
    }

    /// The kept parts of the places on all pages of a collection. A place without an address is skipped.
    pub async fn pages<T>(&self, path: &str, keep: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, Trouble> {
        let mut kept = Vec::new();
        let mut seen = 0;
        let mut addresses = HashSet::new();
        let mut links = Links::default();
        let mut url = format!("{path}?$top={PAGE}");
        for _ in 0..MAX_PAGES {
            let text = self.graph.get(&url).await?;
            let Page { value, next } = client::read(&text)?;
            let full = value.len() >= PAGE;
            let before = addresses.len();
            addresses.extend(value.iter().filter_map(address));
            seen += value.len();
            kept.extend(value.iter().filter_map(&keep));
            url = match next {
                Some(link) => links.follow(&self.graph, &link)?,
                // A server that ignores $skip gives the first page again: nothing new, so this is the end.
                None if full && addresses.len() > before => format!("{path}?$top={PAGE}&$skip={seen}"),
                None => return Ok(kept),
            };
        }
        Err(Trouble::Unreadable(format!("it has more than {MAX_PAGES} pages")))
    }
}

/// Whether all other requests would fail the same way.
pub fn ends_all(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(_) => true,
        Trouble::Refused(refusal) => refusal.status == 401,
        Trouble::Unreadable(_) => false,
    }
}

/// These rooms, each once.
pub fn distinct(found: Vec<Room>) -> Vec<Room> {
    let mut rooms = Rooms::default();
    rooms.add(found, None);
    rooms.found
}

/// Rooms by address, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Rooms {
    /// The rooms.
    pub found: Vec<Room>,
    places: HashMap<String, usize>,
}

impl Rooms {
    /// Adds rooms, of this room list if they were found in one.
    pub fn add(&mut self, found: Vec<Room>, list: Option<&str>) {
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

/// Reads a room. Everything but the address may be missing, or of a type other than documented. One without an address is told and left out.
pub fn room<H: Host>(place: &Value, host: &H) -> Option<Room> {
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
pub fn address(place: &Value) -> Option<String> {
    text(place, "emailAddress").map(str::to_lowercase)
}

/// Why a tenant may seem to have no rooms.
#[must_use]
pub fn no_rooms() -> Reason {
    Reason {
        message: "Microsoft Graph lists no rooms of the tenant".to_owned(),
        advice: Some(format!(
            "Check that there are room mailboxes: Get-Mailbox -RecipientTypeDetails RoomMailbox. Microsoft Graph does not \
             list rooms that are new or hidden from address lists. {}",
            advice::PATIENCE
        )),
        code: None,
    }
}
