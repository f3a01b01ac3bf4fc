//! One call record with its sessions, page by page.
//!
//! Source: "Get callRecord" of the Microsoft Graph documentation: 60 sessions a page, and a link to the next. Graph answers ten requests for
//! one record in 20 seconds, and 50 for its further pages in five minutes; so a record is read once for all rooms of a slice.

use crate::listing::span;
use crate::sessions::{Kind, Rooms, Stay, Stays};
use connector_sdk::Host;
use graph::paging::Links;
use graph::{Graph, Trouble, percent, read};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The most pages of one record: 2,400 sessions. Graph gives no more than 50 in five minutes, so an event for thousands could never be read to
/// its end; rooms in it must not fail for that.
const MAX_PAGES: u32 = 40;

/// A call, as far as it concerns the rooms of a slice.
pub(crate) struct Call {
    pub(crate) id: String,
    /// The version that was read, which may be newer than the listed one.
    pub(crate) version: u64,
    /// Start and end of the whole call, in UTC seconds.
    pub(crate) span: Option<(i64, i64)>,
    stays: Stays,
    kind: Kind,
    /// The next page, relative to the version root.
    next: Option<String>,
    links: Links,
    pages: u32,
    /// Whether all its sessions were read.
    pub(crate) is_whole: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    version: u64,
    #[serde(rename = "type")]
    kind: Option<String>,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
    #[serde(borrow)]
    sessions: Vec<&'a RawValue>,
    #[serde(rename = "sessions@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl Call {
    /// The call of this record, to be read.
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            version: 0,
            span: None,
            stays: Stays::default(),
            kind: Kind::Call,
            next: Some(format!(
                "/communications/callRecords/{}?$expand=sessions($expand=segments)",
                percent(id)
            )),
            links: Links::default(),
            pages: 0,
            is_whole: true,
        }
    }

    /// The next page to request; none if all were.
    pub(crate) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Takes the answer to the request.
    pub(crate) fn take<H: Host>(
        &mut self,
        body: &str,
        rooms: &Rooms,
        graph: &Graph<'_, H>,
    ) -> Result<(), Trouble> {
        let (sessions, next) = if self.pages == 0 {
            let record: Record<'_> = read(body)?;
            self.version = record.version;
            self.span = span(record.start_date_time.as_deref(), record.end_date_time.as_deref());
            if record.kind.as_deref() == Some("groupCall") {
                self.kind = Kind::Meeting;
            }
            (record.sessions, record.next)
        } else {
            let page: Page<'_> = read(body)?;
            (page.value, page.next)
        };
        self.pages += 1;
        for session in sessions {
            self.stays.take(session.get(), self.kind, rooms)?;
        }
        self.is_whole = next.is_none() || self.pages < MAX_PAGES;
        self.next = match next {
            Some(link) if self.is_whole => Some(self.links.follow(graph, &link)?),
            _ => None,
        };
        Ok(())
    }

    /// What is left out of it, for the operator.
    pub(crate) fn left_out(&self) -> Option<String> {
        let count = self.stays.without_times;
        if !self.is_whole {
            return Some(format!(
                "call record {}: it has more than {MAX_PAGES} pages of sessions; a room that is on none of them is left out",
                self.id
            ));
        }
        (count > 0).then(|| {
            format!(
                "call record {}: {count} sessions of rooms have times that cannot be used, and are left out",
                self.id
            )
        })
    }

    /// The stays of a room.
    pub(crate) fn stays_of(&self, room: usize) -> impl Iterator<Item = &Stay> {
        self.stays.found.iter().filter(move |stay| stay.room == room)
    }
}
