//! Which rooms changed. Graph's delta query tells it in a few bytes, so that a calendar in which nothing changed need not be
//! read again.
//!
//! Source: "Get incremental changes to events in a calendar view" of the Microsoft Graph documentation, and what is known of
//! it: occurrences come without subject and **without sensitivity**, `@removed` also stands for what changed outside the
//! window, the same item may come several times. So nothing is taken from an item: they are counted, and a room that has
//! any is read again as a whole. The window of a delta query is fixed when it is begun; it is begun anew when the window that is
//! collected comes near its end.
//!
//! What is known of a room between two passes stands in its [`Cursor`]; what to do with it is decided in [`plan`]. Both are
//! plain values: nothing is asked here.

use crate::graph::Refusal;
use crate::settings::Settings;
use connector_sdk::{RoomRequest, Window};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Passes that follow each other within an hour: the first round of a delta query brings every event with its body, which
/// pays only where many short rounds follow.
const SOON: i64 = 3600;

/// A calendar is read as a whole every six hours even so: Graph's changes may come late, and what does not come at all is
/// mended then.
const READ_AGAIN: i64 = 6 * 3600;

/// How far beyond its end the window is looked into, so that it is known until when no meeting enters it: a day.
const AHEAD: i64 = 24 * 3600;

/// How far beyond the window's end the fixed window of a delta query reaches: a week, which is how often it is begun anew.
const FIXED_AHEAD: i64 = 7 * 24 * 3600;

/// What is known of a room from one pass to the next. It holds addresses of Graph's with a token in them, so it is never
/// shown or logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Another version may read events otherwise, and other settings withhold other subjects: then nothing is known.
    version: String,
    withhold: String,
    /// The room's key: another mailbox behind the same address is another room.
    key: String,
    /// The start of the window of the last pass, in UTC seconds.
    start: i64,
    /// No meeting that is not stored starts before it.
    quiet: i64,
    /// When the calendar was last read as a whole, by Graph's clock, in UTC seconds.
    read_at: i64,
    changes: Changes,
}

/// Whether Graph tells what changes in a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Changes {
    /// It was not asked yet.
    Unasked,
    /// It does not, for this calendar. With the start of the window when it was asked, in UTC seconds.
    Refused(i64),
    /// It does.
    Told(Link),
}

/// Where Graph tells what changed since it was last asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Graph's `deltaLink`, relative to the version root; opaque.
    pub(crate) url: String,
    /// The end of its fixed window, less the padding, in UTC seconds.
    pub(crate) until: i64,
}

/// How a room is read in this pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// As a whole. This is what is known of its changes afterwards.
    Read(Changes),
    /// It is asked what changed; when that is nothing, this cursor stays true.
    Follow(Cursor, Link),
    /// A delta query is begun, whose fixed window ends there, then the calendar is read as a whole.
    Begin { until: i64 },
}

/// Decides how a room is read.
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
                // A meeting has come into the window. What the link tells later includes what is read now.
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

/// Until when meetings are looked for. Beyond the window only where that spares the next reading.
pub(crate) fn horizon(window: Window, changes: &Changes) -> i64 {
    match changes {
        Changes::Told(link) => window.end.saturating_add(AHEAD).min(link.until),
        Changes::Unasked | Changes::Refused(_) => window.end,
    }
}

impl Cursor {
    /// The cursor of a calendar that was read as a whole at `read_at`, in which no meeting starts between the end of the
    /// window and `quiet`.
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

    /// The same after a pass in which nothing had changed. None when the calendar is to be read as a whole again, at `now` by
    /// Graph's clock.
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

    /// As the host keeps it.
    pub(crate) fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// A page of a delta query: how many items, and where it goes on. What the items are is not even read.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow)]
    pub(crate) value: Vec<&'a RawValue>,
    #[serde(rename = "@odata.nextLink")]
    pub(crate) next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(crate) delta: Option<String>,
}

/// Whether Graph has forgotten what it told: the state is gone, which says nothing about whether it will tell again.
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
