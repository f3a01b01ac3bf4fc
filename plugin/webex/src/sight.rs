//! What two polls of the devices say about the time between them: whether a workspace could have been seen in use.
//!
//! A device's connection is known only for the moments at which it was asked. So a time counts as *observed* when every device that can sense
//! was connected at the polls before and after it, and these are not far apart. When one was not, the time is *blind*. Everything else is
//! neither: nobody knows.
//!
//! Every device, because any of them may be the one that sees the whole room.

use serde::{Deserialize, Serialize};

/// How far apart two polls may be, in seconds. A device may come and go in between, and with the hours that becomes likely.
pub(crate) const MAX_GAP: i64 = 2 * 3600;

/// How a device was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Link {
    /// In touch with Webex.
    Connected,
    /// Not in touch.
    Offline,
    /// In deep sleep, in which a device senses nothing.
    Standby,
    /// Under planned maintenance.
    Maintenance,
    /// In touch, but what it senses with is reported as broken.
    Fault,
    /// Webex does not say, or is setting it up.
    Unknown,
}

/// What one listing found about a workspace: the notes that come back for its collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Poll {
    /// By Webex's clock.
    pub(crate) at: i64,
    /// Whether presence detection was configured.
    pub(crate) presence: bool,
    /// Whether people counting was configured.
    pub(crate) people: bool,
    /// Whether the workspace was under planned maintenance.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) maintained: bool,
    /// The planned maintenance of the workspace, from start to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) planned: Option<(i64, i64)>,
    /// The devices that can sense, by id; none if they are not known.
    pub(crate) devices: Option<Vec<(String, Link)>>,
}

impl Poll {
    /// The most bytes of the notes on a space.
    const MAX: usize = 4096;

    /// Whether use is reported of the workspace: not without a device that can sense.
    pub(crate) fn sees_use(&self) -> bool {
        self.presence && self.can_sense()
    }

    /// Whether people counts are.
    pub(crate) fn sees_people(&self) -> bool {
        self.people && self.can_sense()
    }

    fn can_sense(&self) -> bool {
        self.devices.as_ref().is_none_or(|devices| !devices.is_empty())
    }

    /// Its text, for the notes. If there are too many devices, they count as not known.
    pub(crate) fn text(mut self) -> String {
        let text = serde_json::to_string(&self).unwrap_or_default();
        if text.len() <= Self::MAX {
            return text;
        }
        self.devices = None;
        serde_json::to_string(&self).unwrap_or_default()
    }

    /// The poll of a text; none if it is not one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// What is known about a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sight {
    /// It could have been seen in use.
    Observed,
    /// It could not: for one of the reasons of the contract.
    Offline,
    /// See [`Link::Standby`].
    Standby,
    /// See [`Link::Maintenance`].
    Maintenance,
    /// See [`Link::Fault`].
    Fault,
}

impl Sight {
    /// The reason of blind coverage; none if it is not blind.
    pub(crate) fn reason(self) -> Option<&'static str> {
        match self {
            Self::Observed => None,
            Self::Offline => Some("offline"),
            Self::Standby => Some("standby"),
            Self::Maintenance => Some("maintenance"),
            Self::Fault => Some("fault"),
        }
    }
}

/// A time of which something is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// Of one device, and then about counting people; else of the workspace, and about its use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) sight: Sight,
}

/// What is known about the time between two polls.
pub(crate) fn between(before: &Poll, now: &Poll) -> Vec<Stretch> {
    let gap = now.at - before.at;
    let (Some(earlier), Some(later)) = (&before.devices, &now.devices) else {
        return Vec::new();
    };
    if !(1..=MAX_GAP).contains(&gap) {
        return Vec::new();
    }
    let stretch = |device: Option<&String>, sight: Sight| Stretch {
        device: device.cloned(),
        start: before.at,
        end: now.at,
        sight,
    };
    let find = |devices: &[(String, Link)], id: &str| {
        devices
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, link)| *link)
    };
    let moved = earlier.iter().filter(|(id, _)| find(later, id).is_none());
    let ids: Vec<&String> = later.iter().chain(moved).map(|(id, _)| id).collect();
    let maintained = is_maintained(before, now);
    let sights: Vec<Option<Sight>> = ids
        .iter()
        .map(|id| match maintained {
            true => Some(Sight::Maintenance),
            false => pair(find(earlier, id)?, find(later, id)?),
        })
        .collect();
    let mut found = Vec::new();
    if before.presence && now.presence {
        let whole = together(&sights);
        found.extend(whole.map(|sight| stretch(None, sight)));
    }
    if before.people && now.people {
        let blind = |sight: &Sight| sight.reason().is_some();
        let of_devices = ids.iter().zip(&sights);
        found.extend(of_devices.filter_map(|(id, sight)| Some(stretch(Some(id), sight.filter(blind)?))));
    }
    found
}

/// What is known about the time between two findings of one device.
fn pair(before: Link, now: Link) -> Option<Sight> {
    let blind = [before, now].into_iter().find_map(|link| match link {
        Link::Offline => Some(Sight::Offline),
        Link::Standby => Some(Sight::Standby),
        Link::Maintenance => Some(Sight::Maintenance),
        Link::Fault => Some(Sight::Fault),
        Link::Connected | Link::Unknown => None,
    });
    let connected = before == Link::Connected && now == Link::Connected;
    blind.or(connected.then_some(Sight::Observed))
}

/// What is known about a workspace with these devices.
fn together(sights: &[Option<Sight>]) -> Option<Sight> {
    let blind = sights.iter().flatten().find(|sight| sight.reason().is_some());
    let observed = || sights.iter().all(|sight| *sight == Some(Sight::Observed)) && !sights.is_empty();
    blind.copied().or_else(|| observed().then_some(Sight::Observed))
}

fn is_maintained(before: &Poll, now: &Poll) -> bool {
    let overlaps = |poll: &Poll| {
        poll.planned
            .is_some_and(|(start, end)| start < now.at && before.at < end)
    };
    before.maintained || now.maintained || overlaps(before) || overlaps(now)
}
