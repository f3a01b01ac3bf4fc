//! The page, and that nothing is missing on it.

use std::collections::BTreeSet;

use super::*;
use crate::report::GroupReport;

#[test]
fn every_figure_of_a_report_is_defined_in_its_order() {
    let sections = sections();
    let figures = sections
        .iter()
        .find(|section| section.title == "Figures")
        .unwrap();
    let defined: Vec<&str> = figures.definitions.iter().map(|one| one.name.as_str()).collect();
    let text = serde_json::to_string(&GroupReport::default()).unwrap();
    let keys: BTreeSet<String> = match serde_json::from_str(&text).unwrap() {
        serde_json::Value::Object(keys) => keys.into_iter().map(|(key, _)| key).collect(),
        other => panic!("{other}"),
    };
    let mut known: BTreeSet<String> = defined.iter().map(|name| (*name).to_owned()).collect();
    known.insert("key".into());
    assert_eq!(known, keys);
    let place = |name: &&str| text.find(&format!("\"{name}\":"));
    assert!(defined.iter().map(place).is_sorted(), "{defined:?}");
}

#[test]
fn links_lead_to_one_place() {
    let sections = sections();
    let all = sections.iter().flat_map(|section| &section.definitions);
    let anchors: Vec<&str> = all.map(|one| one.anchor.as_str()).collect();
    let unique: BTreeSet<&str> = anchors.iter().copied().collect();
    assert_eq!(anchors.len(), unique.len(), "{anchors:?}");
    let is_plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-_".contains(sign);
    assert!(
        unique.iter().all(|anchor| anchor.chars().all(is_plain)),
        "{unique:?}"
    );
    for anchor in [
        "no_show_rate",
        "verdict-no-show",
        "second-unknown",
        "microsoft-utilization",
    ] {
        assert!(unique.contains(anchor), "{anchor}");
    }
}

#[test]
fn texts_fit_into_a_table_and_name_code_in_pairs() {
    for section in sections() {
        let own = section.definitions.iter().map(|one| &one.means);
        for text in section.intro.iter().chain(own) {
            assert!(!text.contains(['|', '<', '\n']), "{text}");
            assert_eq!(text.matches('`').count() % 2, 0, "{text}");
            assert!(text.ends_with('.'), "{text}");
        }
    }
}

#[test]
fn lengths_are_in_their_largest_whole_unit() {
    for (seconds, words) in [
        (1, "1 second"),
        (450, "450 seconds"),
        (300, "5 minutes"),
        (3_600, "1 hour"),
        (3_900, "65 minutes"),
        (86_400, "24 hours"),
        (56 * 86_400, "56 days"),
    ] {
        assert_eq!(length(seconds), words);
    }
}
