//! How usage records arrive: which devices have a clock that is ahead, and what is known of a device whose posts have no time of their own.

use std::collections::BTreeMap;

use collector_model::text::plain;
use collector_model::usage::{Kind, Origin, Record};

use super::forms::{bits, kinds};

/// What a device told in its posts so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// The time of its last post, in UTC seconds; none if this is the first.
    pub at: Option<i64>,
    /// The kinds whose state was known after it, a bit for each.
    kinds: u32,
}

impl Told {
    /// Of what is stored: the time of the last post in UTC seconds, and a bit for each kind.
    pub fn of_stored(at: Option<i64>, kinds: u32) -> Self {
        Self { at, kinds }
    }

    /// The kinds as they are stored: a bit for each.
    pub fn bits(&self) -> u32 {
        self.kinds
    }

    /// Whether the state of a kind is known.
    pub fn knows(&self, kind: Kind) -> bool {
        self.kinds & bits(&[kind]) != 0
    }

    /// The kinds whose state is known.
    pub fn kinds(&self) -> Vec<Kind> {
        kinds(self.kinds)
    }

    /// Notes that the state of a kind is known, or not any more.
    pub fn set(&mut self, kind: Kind, known: bool) {
        if known {
            self.kinds |= bits(&[kind]);
        } else {
            self.kinds &= !bits(&[kind]);
        }
    }
}

/// Devices that are named; the others are counted.
const NAMED: usize = 20;

/// Records that tell of what is yet to come, and the devices whose clock was found to be ahead by them, each for the first time.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    /// How many records there were.
    pub records: u64,
    /// Their devices by space and device, each with the first line that tells it.
    seen: BTreeMap<(String, Option<String>), (u64, Origin)>,
    /// The first devices that were not known to be ahead.
    devices: Vec<Origin>,
    /// How many more such devices there are.
    more: usize,
}

impl Ahead {
    /// Looks at a record that is put into a batch, at a UTC second. Lines may come in any order.
    pub fn look(&mut self, line: u64, record: &Record, now: i64) {
        if !record.is_ahead(now) {
            return;
        }
        self.records += 1;
        let origin = record.origin();
        self.seen
            .entry((origin.space.clone(), origin.device.clone()))
            .and_modify(|(first, _)| *first = line.min(*first))
            .or_insert_with(|| (line, origin.clone()));
    }

    /// Takes the devices of the records that were looked at, each once, by line. Those that were not known to be ahead are to be [added](Self::add).
    pub fn take_seen(&mut self) -> Vec<Origin> {
        let mut seen: Vec<(u64, Origin)> = std::mem::take(&mut self.seen).into_values().collect();
        seen.sort_by_key(|(line, _)| *line);
        seen.into_iter().map(|(_, origin)| origin).collect()
    }

    /// Adds a device that was not known to be ahead before.
    pub fn add(&mut self, device: Origin) {
        if self.devices.len() < NAMED {
            self.devices.push(device);
        } else {
            self.more += 1;
        }
    }

    /// A line for each device, to be told once the batch is stored.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.devices.iter().map(warning).collect();
        if self.more > 0 {
            warnings.push(format!("the clocks of {} more devices are ahead", self.more));
        }
        warnings
    }
}

fn warning(origin: &Origin) -> String {
    let device = match &origin.device {
        Some(device) => format!("device \"{}\"", plain(device)),
        None => "a device".to_owned(),
    };
    format!(
        "source \"{}\": {device} in space \"{}\" reports what is yet to come, so its clock seems to be ahead; the records are kept as they \
         are, and this is not repeated",
        origin.source,
        plain(&origin.space)
    )
}
