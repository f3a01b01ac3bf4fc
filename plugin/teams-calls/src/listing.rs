//! The call records in which the account of one room took part, as Graph lists them: without sessions, so without people.
//!
//! Source: "List callRecords" of the Microsoft Graph documentation. Only the start of a record and the ids of participants can be filtered. So
//! one request a room and pass lists the room's own records; the list of the whole tenant would hold the calls of all its people, without
//! saying whose they are, and each would have to be opened to find out: with 1,000 rooms in a company of 20,000 people about 60,000 requests a
//! day instead of 1,000 a pass and one for each call of a room, where Graph allows 1,500 in 20 seconds.

use chrono::DateTime;
use connector_sdk::{Host, Window};
use graph::paging::Links;
use graph::{Graph, Trouble, instant, odata, read};
use serde::Deserialize;

/// The longest call, in seconds: Teams ends a meeting after 30 hours. A call that began so long before the window may reach into it, and a
/// filter on the start is all there is.
const LONGEST: i64 = 30 * 3600;

/// More pages than a room has calls in the 30 days that Graph keeps records: 6,000 calls.
const MAX_PAGES: u32 = 100;

/// The longest id of a record or a session. Both are GUIDs; a longer text would be no id, and would fill cursors.
const MAX_ID: usize = 128;

/// The listing of one room's records, page by page.
pub(crate) struct Listing {
    /// The next page, relative to the version root.
    next: Option<String>,
    links: Links,
    pages: u32,
    /// The records so far.
    pub(crate) listed: Vec<Listed>,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) version: u64,
    /// Start and end of the whole call, in UTC seconds, if both can be read.
    span: Option<(i64, i64)>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Entry>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    version: u64,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
}

/// The start of the first record that may reach into the window.
pub(crate) fn earliest(window: Window) -> i64 {
    window.start.saturating_sub(LONGEST)
}

impl Listing {
    /// The listing of the records of this account that may reach into the window. None if the window cannot be written as dates.
    pub(crate) fn new(account: &str, window: Window) -> Option<Self> {
        let at = |seconds: i64| {
            let date = DateTime::from_timestamp(seconds, 0)?;
            Some(date.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        };
        let (from, to) = (at(earliest(window))?, at(window.end)?);
        let account = odata(account);
        Some(Self {
            next: Some(format!(
                "/communications/callRecords?$filter=startDateTime%20ge%20{from}%20and%20startDateTime%20lt%20{to}%20and%20\
                 participants_v2/any(p:p/id%20eq%20'{account}')&$select=id,version,startDateTime,endDateTime"
            )),
            links: Links::default(),
            pages: 0,
            listed: Vec::new(),
        })
    }

    /// The next page to request; none if all were.
    pub(crate) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Takes the answer to the request. The end of a list is a page without a next one; an empty page may have one.
    pub(crate) fn take<H: Host>(&mut self, body: &str, graph: &Graph<'_, H>) -> Result<(), Trouble> {
        let page: Page = read(body)?;
        self.pages += 1;
        for Entry {
            id,
            version,
            start_date_time,
            end_date_time,
        } in page.value
        {
            check_id(&id)?;
            let span = span(start_date_time.as_deref(), end_date_time.as_deref());
            // Pages shift while records are added, so that one may come twice.
            self.listed.retain(|known| known.id != id);
            self.listed.push(Listed { id, version, span });
        }
        self.next = match page.next {
            Some(_) if self.pages >= MAX_PAGES => {
                return Err(Trouble::Unreadable(format!("it has more than {MAX_PAGES} pages")));
            }
            Some(link) => Some(self.links.follow(graph, &link)?),
            None => None,
        };
        Ok(())
    }
}

impl Listed {
    /// Whether the call overlaps the window, as far as can be told.
    pub(crate) fn overlaps(&self, window: Window) -> bool {
        self.span.is_none_or(|(start, end)| window.overlaps(start, end))
    }
}

/// Refuses what is no id.
pub(crate) fn check_id(id: &str) -> Result<(), Trouble> {
    if id.is_empty() || id.len() > MAX_ID {
        return Err(Trouble::Unreadable("something in it has no usable id".to_owned()));
    }
    Ok(())
}

/// Start and end in UTC seconds; none if either is missing or no date, or if the end comes first.
pub(crate) fn span(start: Option<&str>, end: Option<&str>) -> Option<(i64, i64)> {
    let at = |text: Option<&str>| {
        let local = instant::parse(text?)?;
        (!local.is_sentinel()).then(|| local.seconds - i64::from(local.offset.unwrap_or(0)))
    };
    let (start, end) = (at(start)?, at(end)?);
    (start <= end).then_some((start, end))
}
