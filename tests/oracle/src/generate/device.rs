//! Devices: what they told of who was there, in every kind and form, with coverage and without, and what has nothing to do with it.

use serde_json::{Value, json};

use super::Stage;
use super::booking::There;
use super::dice::Dice;
use crate::clock::instant_of;

const DAY: i64 = 86_400;

/// A device as a source names it.
struct Device<'a> {
    source: &'a str,
    space: String,
    device: Option<&'a str>,
}

/// The records of a room.
pub fn records(dice: &mut Dice, stage: Stage, room: &Value, there: &[There], noise: u64) -> Vec<Value> {
    let mut records = Vec::new();
    if dice.chance(6) {
        return records;
    }
    let devices: Vec<Device> = (0..4).map(|_| device(dice, room)).collect();
    let some = |dice: &mut Dice| &devices[dice.between(0, 3) as usize];
    // Some rooms know calls only, and of some only sums are told.
    let only_calls = dice.chance(12);
    let only_sums = !only_calls && dice.chance(40);
    if !only_calls && !only_sums {
        if dice.chance(75) {
            counter(some(dice), dice, stage, there, &mut records);
        }
        if dice.chance(60) {
            presence(some(dice), dice, stage, there, &mut records);
        }
        if dice.chance(30) {
            // It contradicts the others: it sees people after the time at which they were there.
            let gaps: Vec<There> = there
                .windows(2)
                .map(|pair| There {
                    start: pair[0].end,
                    end: pair[1].start.min(pair[0].end + 900),
                    people: 2,
                })
                .filter(|gap| gap.start < gap.end)
                .collect();
            counter(some(dice), dice, stage, &gaps, &mut records);
        }
    }
    if only_calls || dice.chance(50) {
        calls(some(dice), dice, there, &mut records);
    }
    let sums = if only_sums {
        dice.between(3, 8)
    } else {
        dice.between(0, 3)
    };
    for _ in 0..sums {
        buckets(some(dice), dice, stage, there, only_calls, &mut records);
    }
    let noise = if only_sums { noise / 5 } else { noise };
    for _ in 0..noise {
        records.push(anything(some(dice), dice, stage, only_calls));
    }
    for record in &mut records {
        record["withdrawn"] = json!(dice.chance(4));
    }
    records
}

/// A device in a space of the room, or named by its address; rarely in a space that no room names.
fn device<'a>(dice: &mut Dice, room: &'a Value) -> Device<'a> {
    let names = room["spaces"].as_array().expect("spaces");
    let address = room["address"].as_str().expect("an address");
    let device = dice.pick(&[None, None, Some("d1"), Some("d2")]);
    if !names.is_empty() && dice.chance(75) {
        let name = &names[dice.between(0, names.len() as i64 - 1) as usize];
        let source = name[0].as_str().expect("a source");
        return Device {
            source,
            space: name[1].as_str().expect("a key").to_owned(),
            device,
        };
    }
    let space = match dice.between(0, 9) {
        0 => "nobody's".to_owned(),
        1 => address.to_uppercase(),
        _ => address.to_owned(),
    };
    Device {
        source: dice.pick(&["webex", "sensors"]),
        space,
        device,
    }
}

impl Device<'_> {
    fn usage(&self, kind: &str, form: &str, start: i64, end: Option<i64>, value: Value) -> Value {
        json!({
            "type": "usage", "source": self.source, "space": self.space, "device": self.device, "revision": 1,
            "kind": kind, "form": form, "start": instant_of(start), "end": end.map(instant_of), "value": value,
            "resolution": null,
        })
    }

    fn coverage(&self, kinds: &[&str], span: (i64, i64), observed: bool, reason: Option<&str>) -> Value {
        json!({
            "type": "coverage", "source": self.source, "space": self.space, "device": self.device, "revision": 1,
            "kinds": kinds, "start": instant_of(span.0), "end": instant_of(span.1),
            "state": if observed { "observed" } else { "blind" }, "reason": reason,
        })
    }
}

/// People counts: intervals with coverage, else also of nobody; sometimes samples.
fn counter(device: &Device, dice: &mut Dice, stage: Stage, there: &[There], records: &mut Vec<Value>) {
    let watched = dice.chance(60);
    let mut free = stage.start;
    for one in there {
        if !watched && free < one.start && dice.chance(80) {
            records.push(device.usage("people-count", "interval", free, Some(one.start), json!(0)));
        }
        free = one.end;
        if dice.chance(10) {
            let resolution = dice.pick(&[None, Some(60), Some(120)]);
            let mut at = one.start;
            while at < one.end.min(one.start + 3000) {
                let mut sample = device.usage("people-count", "sample", at, None, json!(one.people));
                sample["resolution"] = json!(resolution);
                records.push(sample);
                at += dice.pick(&[60, 299, 300, 600, 601]);
            }
            continue;
        }
        // More come after a while.
        let middle = dice.between(one.start, one.end);
        let more = one.people + dice.between(0, 3);
        records.push(device.usage(
            "people-count",
            "interval",
            one.start,
            Some(middle),
            json!(one.people),
        ));
        let end = if dice.chance(3) { None } else { Some(one.end) };
        records.push(device.usage("people-count", "interval", middle, end, json!(more)));
    }
    if watched {
        coverage(device, dice, stage, &["people-count"], records);
    }
}

/// Presence or in-use, told when it changes.
fn presence(device: &Device, dice: &mut Dice, stage: Stage, there: &[There], records: &mut Vec<Value>) {
    let kind = dice.pick(&["presence", "in-use"]);
    for one in there {
        records.push(device.usage(kind, "change", one.start, None, json!(true)));
        records.push(device.usage(kind, "change", one.end, None, json!(false)));
        if dice.chance(5) {
            // Both at one instant.
            records.push(device.usage(kind, "change", one.end, None, json!(true)));
        }
    }
    if dice.chance(60) {
        coverage(device, dice, stage, &[kind, "call"], records);
    }
}

/// Calls and presentations in some of the meetings; some that nobody hung up.
fn calls(device: &Device, dice: &mut Dice, there: &[There], records: &mut Vec<Value>) {
    for one in there.iter().filter(|_| dice.chance(50)).collect::<Vec<_>>() {
        let kind = dice.pick(&["call", "call", "presentation"]);
        let start = one.start + dice.between(0, 300);
        let end = if dice.chance(4) {
            None
        } else {
            Some((one.end - dice.between(0, 300)).max(start))
        };
        records.push(device.usage(kind, "interval", start, end, json!(true)));
    }
}

/// Sums over a quarter of an hour, an hour or a day, of what happened, or of something else.
fn buckets(
    device: &Device,
    dice: &mut Dice,
    stage: Stage,
    there: &[There],
    only_calls: bool,
    records: &mut Vec<Value>,
) {
    let kinds = ["call", "presentation", "presence", "in-use", "people-count"];
    let kind = dice.pick(if only_calls { &kinds[..2] } else { &kinds[..] });
    let length = dice.pick(&[900, 900, 3600, 3600, 3600, DAY]);
    let count = if length == DAY { 3 } else { 24 };
    let offset = dice.pick(&[0, 0, 0, 1800, 601]);
    let mut start = dice.between(stage.start, stage.end) / length * length + offset;
    for _ in 0..count {
        let end = start + length;
        let seen: i64 = there
            .iter()
            .map(|one| (one.end.min(end) - one.start.max(start)).max(0))
            .sum();
        let value = match dice.between(0, 9) {
            _ if kind == "people-count" => dice.between(0, 9),
            0 => 0,
            1 => length,
            2..=4 => dice.between(0, length),
            _ => seen,
        };
        if !dice.chance(15) && start < stage.end {
            records.push(device.usage(kind, "bucket", start, Some(end), json!(value)));
        }
        start = end;
    }
    if dice.chance(30) {
        coverage(device, dice, stage, &[kind], records);
    }
}

/// When a device could tell, with blind time in it; of most days, or of a few hours that change all days.
fn coverage(device: &Device, dice: &mut Dice, stage: Stage, kinds: &[&str], records: &mut Vec<Value>) {
    let mut at = stage.start - dice.between(0, DAY);
    while at < stage.end {
        let end = at + dice.pick(&[7201, DAY, DAY, 3 * DAY, 9 * DAY]);
        records.push(device.coverage(kinds, (at, end), true, None));
        if dice.chance(50) {
            let start = dice.between(at - 1000, end);
            let reason = dice.pick(&[Some("offline"), Some("offline"), Some("standby"), None]);
            let length = dice.pick(&[1, 300, 4000, 30_000]);
            records.push(device.coverage(kinds, (start, start + length), false, reason));
        }
        at = end + dice.pick(&[-3600, 0, 0, 0, 1, 5000, DAY]);
        if dice.chance(5) {
            break;
        }
    }
}

/// A record that has nothing to do with what happened.
fn anything(device: &Device, dice: &mut Dice, stage: Stage, only_calls: bool) -> Value {
    let kinds = ["call", "presentation", "presence", "in-use", "people-count"];
    let kind = dice.pick(if only_calls { &kinds[..2] } else { &kinds[..] });
    // Most of them in time, some far before or after.
    let start = match dice.between(0, 9) {
        0 => stage.start - dice.between(0, 5 * DAY),
        1 => stage.end + dice.between(0, 5 * DAY),
        // At the same instants.
        2 => stage.start + DAY + dice.between(0, 3) * 1000,
        _ => dice.between(stage.start, stage.end),
    };
    let length = dice.pick(&[0, 1, 59, 600, 3601, 20_000]);
    let value = match kind {
        "people-count" => json!(dice.pick(&[0, 0, 1, 2, 7])),
        _ => json!(dice.chance(50)),
    };
    match dice.between(0, 9) {
        0..=2 => {
            let end = if dice.chance(5) {
                None
            } else {
                Some(start + length)
            };
            device.usage(kind, "interval", start, end, value)
        }
        3 | 4 => device.usage(kind, "change", start, None, value),
        5 | 6 => {
            let mut sample = device.usage(kind, "sample", start, None, value);
            sample["resolution"] = json!(dice.pick(&[None, Some(60), Some(300), Some(3600)]));
            sample
        }
        7 => {
            let length = dice.pick(&[1, 900, 3600, DAY]);
            let start = start.clamp(stage.start - DAY, stage.end);
            let value = if kind == "people-count" {
                3
            } else {
                dice.between(0, length)
            };
            device.usage(kind, "bucket", start, Some(start + length), json!(value))
        }
        8 => device.coverage(
            &[kind],
            (start, start + length.max(1)),
            false,
            dice.pick(&[None, Some("offline")]),
        ),
        _ if dice.chance(40) => device.coverage(&[kind], (start, start + length.max(1)), true, None),
        _ => device.usage(kind, "interval", start, Some(start + length), value),
    }
}

/// Gives each record a key of its own.
pub fn number(records: &mut [Value]) {
    for (place, record) in records.iter_mut().enumerate() {
        record["key"] = json!(format!("k{place}"));
    }
}
