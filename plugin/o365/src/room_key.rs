//! The key of a room: the object id of its mailbox's account.
//!
//! A user's path in Graph takes an object id or a user principal name. A room's SMTP address may differ from its
//! principal name, and may even be the principal name of another account, so ids are looked up, in bulk. A room whose id cannot be found keeps
//! its address as its key, so this never fails an expansion.

use crate::batch;
use crate::graph::{self, Graph, Trouble, odata};
use crate::json_text::text;
use connector_sdk::{Host, Level, Room};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::HashMap;

/// The most addresses that Graph accepts in one `in` filter.
const IN_FILTER: usize = 15;

/// A page size larger than the number of accounts with these addresses.
const TOP: usize = 100;

#[derive(Deserialize)]
struct Users {
    value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<IgnoredAny>,
}

/// Ids by address; none for an address of several accounts.
type Ids = HashMap<String, Option<String>>;

/// Sets the keys of these rooms.
pub(crate) async fn resolve<H: Host>(graph: &Graph<'_, H>, rooms: &mut [Room]) {
    let mut unresolved = 0;
    for rooms in rooms.chunks_mut(IN_FILTER * batch::SIZE) {
        let queries: Vec<String> = rooms.chunks(IN_FILTER).map(query).collect();
        let ids = ids(graph, &queries).await;
        for room in rooms {
            match ids.get(&room.address) {
                Some(Some(id)) => room.key.clone_from(id),
                _ => unresolved += 1,
            }
        }
    }
    if unresolved > 0 {
        let message = format!(
            "the account ids of {unresolved} rooms are unknown; these rooms are read by their addresses"
        );
        graph.host.log(Level::Info, &message);
    }
}

fn query(rooms: &[Room]) -> String {
    let addresses: Vec<String> = rooms
        .iter()
        .map(|room| format!("'{}'", odata(&room.address)))
        .collect();
    format!(
        "/users?$filter=mail%20in%20({})&$select=id,mail&$top={TOP}",
        addresses.join(",")
    )
}

async fn ids<H: Host>(graph: &Graph<'_, H>, queries: &[String]) -> Ids {
    let mut ids = Ids::new();
    let Ok(answer) = batch::get(graph, queries.iter().map(|url| batch::Ask::plain(url))).await else {
        return ids;
    };
    let Ok(parts) = answer.parts() else { return ids };
    let mut later = Vec::new();
    for (query, part) in queries.iter().zip(parts) {
        match batch::success(part) {
            Ok(part) => take(&mut ids, &part.body),
            Err(Trouble::Refused(refusal)) if refusal.retry_after.is_some() => later.push(query),
            Err(_) => {}
        }
    }
    // The host repeats a throttled request, but does not see the parts of a batch.
    for query in later {
        match graph.get(query).await {
            Ok(body) => take(&mut ids, &body),
            Err(_) => break,
        }
    }
    ids
}

/// Takes the ids from an answer. An answer with a further page is ignored: an address may have another account there.
fn take(ids: &mut Ids, body: &str) {
    let Ok(Users { value, next: None }) = graph::read::<Users>(body) else {
        return;
    };
    for user in value {
        if let (Some(mail), Some(id)) = (text(&user, "mail"), text(&user, "id")) {
            ids.entry(mail.to_lowercase())
                .and_modify(|known: &mut Option<String>| *known = known.take().filter(|known| known == id))
                .or_insert_with(|| Some(id.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests;
