//! Finds out which rooms changed. Graph's delta query tells that in a few bytes, so that an unchanged calendar need not be read again.
//!
//! Source: "Get incremental changes to events in a calendar view" of the Microsoft Graph documentation, and known
//! behaviour: occurrences come without subject and **without sensitivity**, `@removed` also marks events that changed outside the window, and
//! the same item may come several times. So items are only counted, and a room with any is read again as a whole. The window of a delta query
//! is fixed when the query begins; the query begins anew when the collected window comes near its end.
//!
//! A room's [`Cursor`] holds the knowledge between two passes; [`plan`] decides what to do with it. Both are pure: this module sends no
//! requests.

use crate::settings::Settings;
use connector_sdk::{RoomRequest, Window};
use graph::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The longest time between passes for which delta queries are used, an hour: the first round brings every event with its body, which pays off
/// only if many short rounds follow.
const SOON: i64 = 3600;

/// How often a calendar is read as a whole anyway, every six hours: Graph may report changes late, or never, and a whole reading repairs that.
const READ_AGAIN: i64 = 6 * 3600;

/// How far the search looks beyond the window's end, a day: then it is known until when no meeting enters the window.
const AHEAD: i64 = 24 * 3600;

/// How far the fixed window of a delta query reaches beyond the window's end, a week, after which a new query begins.
const FIXED_AHEAD: i64 = 7 * 24 * 3600;

/// The knowledge of a room from one pass to the next. It contains Graph addresses with a token in them, so it is never shown or logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The connector's version. Another version may read events differently, and other settings withhold other subjects: then the cursor does
    /// not count.
    version: String,
    withhold: String,
    /// The room's key: another mailbox with the same address is another room.
    key: String,
    /// The start of the window of the last pass, in UTC seconds.
    start: i64,
    /// All meetings that start before this are stored.
    quiet: i64,
    /// When the calendar was last read as a whole, by Graph's clock, in UTC seconds.
    read_at: i64,
    changes: Changes,
}

/// Whether Graph reports the changes of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Changes {
    /// Graph was not asked yet.
    Unasked,
    /// Graph does not, for this calendar. With the start of the window at that time, in UTC seconds.
    Refused(i64),
    /// Graph does.
    Told(Link),
}

/// The link that returns the changes since the last request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Graph's `deltaLink`, relative to the version root; opaque.
    pub(crate) url: String,
    /// The end of its fixed window, less the padding, in UTC seconds.
    pub(crate) until: i64,
}

/// The plan for reading a room in this pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Read it as a whole, with this knowledge of its changes afterwards.
    Read(Changes),
    /// Ask what changed; if nothing did, this cursor stays valid.
    Follow(Cursor, Link),
    /// Begin a delta query whose fixed window ends there, then read the calendar as a whole.
    Begin { until: i64 },
}

/// Decides how to read a room.
pub(crate) fn plan(room: &RoomRequest, settings: &Settings, window: Window) -> Plan {
    let cursor = room.cursor.as_deref().filter(|_| settings.changes_only);
    let Some(cursor) = cursor.and_then(|text| Cursor::read(text, room, settings)) else {
        return Plan::Read(Changes::Unasked);
    };
    let since = window.start.saturating_sub(cursor.start);
    match &cursor.changes {
        Changes::Told(link) if since >= 0 && window.end <= link.until => {
            if window.end <= cursor.quiet {
                let link = link.clone();
                Plan::Follow(cursor, link)
            } else {
                // A meeting entered the window, so read it all. The link's later answer includes what is read now.
                Plan::Read(cursor.changes)
            }
        }
        Changes::Refused(then) if (0..READ_AGAIN).contains(&window.start.saturating_sub(*then)) => {
            Plan::Read(cursor.changes)
        }
        _ if (0..=SOON).contains(&since) => Plan::Begin {
            until: window.end.saturating_add(FIXED_AHEAD),
        },
        _ => Plan::Read(Changes::Unasked),
    }
}

/// The end of the search for meetings: beyond the window only if that saves the next reading.
pub(crate) fn horizon(window: Window, changes: &Changes) -> i64 {
    match changes {
        Changes::Told(link) => window.end.saturating_add(AHEAD).min(link.until),
        Changes::Unasked | Changes::Refused(_) => window.end,
    }
}

impl Cursor {
    /// The cursor of a calendar that was read as a whole at `read_at`, with no meeting that starts between the end of the window and `quiet`.
    pub(crate) fn new(
        room: &RoomRequest,
        settings: &Settings,
        window: Window,
        quiet: i64,
        read_at: i64,
        changes: Changes,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            withhold: settings.withhold.name().to_owned(),
            key: room.key.clone(),
            start: window.start,
            quiet,
            read_at,
            changes,
        }
    }

    /// The cursor after a pass in which nothing had changed. None if the calendar must be read as a whole again, at `now` by Graph's clock.
    pub(crate) fn unchanged(self, window: Window, link: Link, now: Option<i64>) -> Option<Self> {
        let age = now? - self.read_at;
        (0..READ_AGAIN).contains(&age).then_some(Self {
            start: window.start,
            changes: Changes::Told(link),
            ..self
        })
    }

    fn read(text: &str, room: &RoomRequest, settings: &Settings) -> Option<Self> {
        let cursor: Self = serde_json::from_str(text).ok()?;
        let same = cursor.version == env!("CARGO_PKG_VERSION")
            && cursor.withhold == settings.withhold.name()
            && cursor.key == room.key;
        same.then_some(cursor)
    }

    /// Its text, for the host to store.
    pub(crate) fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// A page of a delta query: the number of items, and the next link. The items themselves are not even read.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow)]
    pub(crate) value: Vec<&'a RawValue>,
    #[serde(rename = "@odata.nextLink")]
    pub(crate) next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(crate) delta: Option<String>,
}

/// Whether Graph has lost the state of a delta query. It may still answer a new query.
///
/// Source: "Use delta query to track changes", synchronization reset. The codes come with 410, 400 and 404, in any case.
pub(crate) fn is_forgotten(refusal: &Refusal) -> bool {
    const CODES: [&str; 4] = [
        "SyncStateNotFound",
        "SyncStateInvalid",
        "ResyncRequired",
        "FullSyncRequired",
    ];
    refusal.status == 410
        || CODES.iter().any(|code| code.eq_ignore_ascii_case(&refusal.code))
        || refusal.message.to_ascii_lowercase().contains("deltatoken")
}
