//! What a call emitted, held until its outcomes are known. Something that is refused is reported to the connector, and fails its room or
//! space: a pass never keeps part of one.

mod meeting;
mod record;

use std::collections::HashMap;
use std::sync::Arc;

use collector_model::meeting::Meeting;
use collector_model::usage::Record;
use wasmtime::format_err;

use crate::allowance::Allowance;
use crate::limits::Limits;

pub(crate) use meeting::Meetings;
pub(crate) use record::{Records, kind};

/// What a call may emit.
pub(crate) enum Emitted {
    /// It may emit nothing.
    Nothing,
    /// Meetings of rooms.
    Meetings(Meetings),
    /// Records of spaces.
    Records(Records),
}

impl Emitted {
    /// Takes what was emitted, once. Nothing is left.
    pub(crate) fn take_meetings(&mut self) -> Option<Buffer<Meeting>> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Meetings(meetings) => Some(meetings.buffer),
            Self::Nothing | Self::Records(_) => None,
        }
    }

    /// Takes what was emitted, once. Nothing is left.
    pub(crate) fn take_records(&mut self) -> Option<Buffer<Record>> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Records(records) => Some(records.buffer),
            Self::Nothing | Self::Meetings(_) => None,
        }
    }
}

/// What is emitted, and where: words for messages, and the limits of one place.
struct Kind {
    /// `meetings`.
    items: &'static str,
    /// `the room`.
    place: &'static str,
    /// The most items of one place.
    most: usize,
    /// The most bytes of one place's items.
    most_bytes: usize,
}

/// Why something was refused, whose room or space is one of this call.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// It does not overlap the window.
    OutsideWindow,
    /// The text tells what is wrong with it.
    Invalid(String),
}

/// The items of one call, by place (room or space).
pub(crate) struct Buffer<T> {
    kind: Kind,
    places: HashMap<String, Batch<T>>,
    items_left: usize,
    bytes_left: usize,
    limits: Limits,
    allowance: Arc<Allowance>,
}

/// The items of one place.
pub(crate) struct Batch<T> {
    /// In order of arrival; an id may occur several times.
    pub items: Vec<T>,
    /// Why the first refused item was refused.
    pub refused: Option<String>,
    bytes: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            refused: None,
            bytes: 0,
        }
    }
}

impl<T> Buffer<T> {
    fn new(
        kind: Kind,
        places: impl IntoIterator<Item = String>,
        limits: &Limits,
        allowance: Arc<Allowance>,
    ) -> Self {
        Self {
            kind,
            places: places
                .into_iter()
                .map(|place| (place, Batch::default()))
                .collect(),
            items_left: limits.meetings,
            bytes_left: limits.meeting_bytes,
            limits: limits.clone(),
            allowance,
        }
    }

    /// Takes the items of a place, once.
    pub(crate) fn take(&mut self, place: &str) -> Option<Batch<T>> {
        self.places.remove(place)
    }

    /// Makes room for an item of so many bytes; none if the place is not one of this call.
    fn open(&mut self, place: &str, size: usize) -> wasmtime::Result<Option<Slot<'_, T>>> {
        let Kind { items, .. } = self.kind;
        self.items_left = self.items_left.checked_sub(1).ok_or_else(|| {
            format_err!(
                "it emitted more than {} {items} in one call",
                self.limits.meetings
            )
        })?;
        self.bytes_left = self.bytes_left.checked_sub(size).ok_or_else(|| {
            format_err!(
                "it emitted more than {} bytes of {items} in one call",
                self.limits.meeting_bytes
            )
        })?;
        let Self {
            kind,
            places,
            allowance,
            ..
        } = self;
        Ok(places.get_mut(place).map(|batch| Slot {
            batch,
            kind,
            allowance,
            size,
        }))
    }
}

/// Room for one item of a place.
struct Slot<'a, T> {
    batch: &'a mut Batch<T>,
    kind: &'a Kind,
    allowance: &'a Allowance,
    size: usize,
}

impl<T> Slot<'_, T> {
    /// Accepts an item, or tells why not.
    fn put(self, checked: Result<T, Refusal>) -> Result<(), Refusal> {
        let Self {
            batch,
            kind,
            allowance,
            size,
        } = self;
        let checked = checked.and_then(|item| match batch.overflow(size, kind, allowance) {
            None => Ok(item),
            Some(why) => Err(Refusal::Invalid(why)),
        });
        match checked {
            Ok(item) => {
                batch.bytes += size;
                if batch.refused.is_none() {
                    batch.items.push(item);
                }
                Ok(())
            }
            Err(refusal) => {
                batch.refused.get_or_insert_with(|| match &refusal {
                    Refusal::Invalid(why) => why.clone(),
                    Refusal::OutsideWindow => "a meeting does not overlap the window".to_owned(),
                });
                // The place has failed: its earlier items are no longer needed.
                batch.items = Vec::new();
                Err(refusal)
            }
        }
    }
}

impl<T> Batch<T> {
    /// Why another item of so many bytes would be too much.
    fn overflow(&self, bytes: usize, kind: &Kind, allowance: &Allowance) -> Option<String> {
        let Kind {
            items,
            place,
            most,
            most_bytes,
        } = kind;
        if self.items.len() >= *most {
            return Some(format!("{place} has more than {most} {items} in the window"));
        }
        if self.bytes + bytes > *most_bytes {
            return Some(format!("{place}'s {items} have more than {most_bytes} bytes"));
        }
        allowance.take(bytes).err().map(|spent| spent.to_string())
    }
}
