//! The accounts of rooms: the object id of each room's mailbox, looked up by its address, in bulk.
//!
//! A user's path in Graph takes an object id or a user principal name, and call records name accounts by their object ids. A room's SMTP address
//! may differ from its principal name, and may even be the principal name of another account.

use crate::batch;
use crate::client::{self, Graph, Trouble, odata};
use crate::json_text::text;
use connector_sdk::{Host, Room};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::HashMap;

/// The most addresses that Graph accepts in one `in` filter.
const IN_FILTER: usize = 15;

/// A page size larger than the number of accounts with these addresses.
const TOP: usize = 100;

/// How many rooms are looked up at once.
pub const AT_ONCE: usize = IN_FILTER * batch::SIZE;

#[derive(Deserialize)]
struct Users {
    value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<IgnoredAny>,
}

/// What Graph says about accounts.
#[derive(Debug, Default)]
pub struct Accounts {
    /// Ids by address; none for an address of several accounts.
    ids: HashMap<String, Option<String>>,
    /// Why an account may be missing, if a request failed.
    pub trouble: Option<Trouble>,
}

/// Looks up the accounts of these rooms, at most [`AT_ONCE`].
pub async fn look_up<H: Host>(graph: &Graph<'_, H>, rooms: &[Room]) -> Accounts {
    let queries: Vec<String> = rooms.chunks(IN_FILTER).map(query).collect();
    let mut accounts = Accounts::default();
    if let Err(trouble) = accounts.ask(graph, &queries).await {
        accounts.trouble = Some(trouble);
    }
    accounts
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

impl Accounts {
    /// The id of the account with this address (in lower case), if there is exactly one.
    #[must_use]
    pub fn id(&self, address: &str) -> Option<&str> {
        self.ids.get(address)?.as_deref()
    }

    async fn ask<H: Host>(&mut self, graph: &Graph<'_, H>, queries: &[String]) -> Result<(), Trouble> {
        let answer = batch::get(graph, queries.iter().map(|url| batch::Ask::plain(url))).await?;
        let mut later = Vec::new();
        let mut first = None;
        for (query, part) in queries.iter().zip(answer.parts()?) {
            match batch::success(part) {
                Ok(part) => self.take(&part.body).unwrap_or_else(|trouble| {
                    first.get_or_insert(trouble);
                }),
                Err(Trouble::Refused(refusal)) if refusal.retry_after.is_some() => later.push(query),
                Err(trouble) => {
                    first.get_or_insert(trouble);
                }
            }
        }
        // The host repeats a throttled request, but does not see the parts of a batch.
        for query in later {
            let body = graph.get(query).await?;
            if let Err(trouble) = self.take(&body) {
                first.get_or_insert(trouble);
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// Takes the ids from an answer. An answer with a further page is ignored: an address may have another account there.
    fn take(&mut self, body: &str) -> Result<(), Trouble> {
        let Users { value, next } = client::read(body)?;
        if next.is_some() {
            return Err(Trouble::Unreadable(
                "there are more accounts with these addresses than can be told apart".to_owned(),
            ));
        }
        for user in value {
            if let (Some(mail), Some(id)) = (text(&user, "mail"), text(&user, "id")) {
                self.ids
                    .entry(mail.to_lowercase())
                    .and_modify(|known| *known = known.take().filter(|known| known == id))
                    .or_insert_with(|| Some(id.to_owned()));
            }
        }
        Ok(())
    }
}
