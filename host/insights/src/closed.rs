//! Closed months: a report as it was, and what became different since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A figure of a closed month that is another one now.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureChange {
    /// The building; empty for none.
    pub building: String,
    /// The figure, as reports name it, with a dot between names: `no_show_rate.value`.
    pub figure: String,
    /// What it was when the month was closed; null where the building was not there.
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
    /// The report by building of then.
    pub report: Value,
    /// What changed, by building and figure.
    pub changes: Vec<FigureChange>,
}

/// The figures of two reports by building that differ.
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
    let (then, now) = (groups(then), groups(now));
    let mut found = Vec::new();
    let buildings: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    for building in buildings {
        let (one, other) = (then.get(building), now.get(building));
        compare(
            building,
            "",
            one.unwrap_or(&Value::Null),
            other.unwrap_or(&Value::Null),
            &mut found,
        );
    }
    found
}

fn compare(building: &str, figure: &str, then: &Value, now: &Value, found: &mut Vec<FigureChange>) {
    // Not kept of then.
    if figure == "zombies" || then == now {
        return;
    }
    let (one, other) = (then.as_object(), now.as_object());
    if one.is_none() && other.is_none() {
        found.push(FigureChange {
            building: building.to_owned(),
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
            building: "HQ".into(),
            figure: "used_rate.value".into(),
            then: json!(0.3),
            now: json!(0.31),
        };
        assert_eq!(found, [expected]);
        let moved = json!({"groups": [{"key": "New", "rooms": 4}]});
        let found = changes(&json!({"groups": [{"key": "Old", "rooms": 4}]}), &moved);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.building.as_str(), one.figure.as_str(), &one.then))
            .collect();
        assert!(
            told.contains(&("New", "rooms", &Value::Null)) && told.contains(&("Old", "rooms", &json!(4))),
            "{told:?}"
        );
    }
}
