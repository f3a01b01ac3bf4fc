//! Closed months: a report as it was, and what became different since.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

/// A figure of a closed month that is another one now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureChange {
    /// The building; empty for rooms without one. None: all rooms together.
    pub building: Option<String>,
    /// The figure, as reports name it, with a dot between names: `no_show_rate.value`.
    pub figure: String,
    /// What it was when the month was closed; null where the building was not there, of which `key` is a figure, too.
    pub then: Value,
    /// What it is now.
    pub now: Value,
}

/// A closed month, and what changed since.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedMonth {
    /// `2026-10`.
    pub month: String,
    /// When it was closed, UTC seconds.
    pub closed_at: i64,
    /// The report by building of then, with the group of all rooms as [`TOTAL`], which early ones do not have.
    pub report: Value,
    /// What changed: of all rooms, then by building and figure.
    pub changes: Vec<FigureChange>,
}

/// Where a closed month has the figures of all rooms, beside its groups.
pub const TOTAL: &str = "total";

/// The figures of two reports by building that differ, those of all rooms first.
pub fn changes(then: &Value, now: &Value) -> Vec<FigureChange> {
    let groups = |report: &Value| -> BTreeMap<String, Value> {
        let groups = report
            .get("groups")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        groups
            .filter_map(|group| Some((group.get("key")?.as_str()?.to_owned(), group.clone())))
            .collect()
    };
    let mut found = Vec::new();
    if let (Some(one), Some(other)) = (then.get(TOTAL), now.get(TOTAL)) {
        compare(None, "", one, other, &mut found);
    }
    let (then, now) = (groups(then), groups(now));
    let buildings: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    for building in buildings {
        let (one, other) = (then.get(building), now.get(building));
        compare(
            Some(building),
            "",
            one.unwrap_or(&Value::Null),
            other.unwrap_or(&Value::Null),
            &mut found,
        );
    }
    found
}

fn compare(building: Option<&str>, figure: &str, then: &Value, now: &Value, found: &mut Vec<FigureChange>) {
    // Not kept of then.
    if figure == "zombies" || then == now {
        return;
    }
    let (one, other) = (then.as_object(), now.as_object());
    if one.is_none() && other.is_none() {
        found.push(FigureChange {
            building: building.map(str::to_owned),
            figure: figure.to_owned(),
            then: then.clone(),
            now: now.clone(),
        });
        return;
    }
    let keys: BTreeSet<&String> = one
        .into_iter()
        .chain(other)
        .flat_map(|object| object.keys())
        .collect();
    for key in keys {
        let inner = if figure.is_empty() {
            key.clone()
        } else {
            format!("{figure}.{key}")
        };
        let of = |object: Option<&Map<String, Value>>| object.and_then(|object| object.get(key)).cloned();
        compare(
            building,
            &inner,
            &of(one).unwrap_or_default(),
            &of(other).unwrap_or_default(),
            found,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named_and_series_are_not_compared() {
        let report = |used: Value, more: Value| json!({"groups": [{"key": "HQ", "rooms": 4, "used_rate": {"value": used, "lower": 0.1}, "zombies": more}]});
        let found = changes(&report(json!(0.3), Value::Null), &report(json!(0.31), json!([1])));
        let expected = FigureChange {
            building: Some("HQ".into()),
            figure: "used_rate.value".into(),
            then: json!(0.3),
            now: json!(0.31),
        };
        assert_eq!(found, [expected]);
        let moved = json!({"groups": [{"key": "New", "rooms": 4}]});
        let found = changes(&json!({"groups": [{"key": "Old", "rooms": 4}]}), &moved);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.building.as_deref(), one.figure.as_str(), &one.then))
            .collect();
        assert!(
            told.contains(&(Some("New"), "rooms", &Value::Null))
                && told.contains(&(Some("Old"), "rooms", &json!(4))),
            "{told:?}"
        );
    }

    #[test]
    fn all_rooms_come_first_unless_they_were_not_kept() {
        let of = |total: Value| json!({"total": total, "groups": [{"key": "HQ", "rooms": total["rooms"]}]});
        let found = changes(&of(json!({"rooms": 4})), &of(json!({"rooms": 5})));
        let told: Vec<_> = found.iter().map(|one| one.building.as_deref()).collect();
        assert_eq!(told, [None, Some("HQ")]);
        let early = json!({"groups": [{"key": "HQ", "rooms": 5}]});
        assert_eq!(changes(&early, &of(json!({"rooms": 5}))), []);
    }
}
