//! Tests that the stylesheet is readable in light and in dark, and has the rules that pages rely on.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

const SHEET: &str = include_str!("../static/portal.css");

/// Least contrast of text by WCAG 2.2, level AA (1.4.3).
const TEXT: f64 = 4.5;
/// Least contrast of control edges and of meaningful shapes (1.4.11).
const SHAPE: f64 = 3.0;

const INSIGHTS: &str = include_str!("../static/insights.css");

/// The colours of the first rule for `:root` after a text of the sheet.
fn palette(after: &str) -> BTreeMap<&'static str, &'static str> {
    palette_of(SHEET, after)
}

fn palette_of(sheet: &'static str, after: &str) -> BTreeMap<&'static str, &'static str> {
    let (_, rest) = sheet.split_once(after).unwrap();
    let (_, rest) = rest.split_once(":root {").unwrap();
    let (rule, _) = rest.split_once('}').unwrap();
    rule.lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("--")?
                .strip_suffix(';')?
                .split_once(": #")
        })
        .collect()
}

/// The relative luminance of a colour.
fn luminance(colour: &str) -> f64 {
    assert_eq!(colour.len(), 6, "{colour}");
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn the_ratio_is_that_of_the_definition() {
    assert!((contrast("000000", "ffffff") - 21.0).abs() < 1e-9);
    assert!((contrast("777777", "ffffff") - 4.478).abs() < 0.001);
}

#[test]
fn every_text_can_be_read_in_light_and_in_dark() {
    let mut pairs = vec![
        ("on-accent", "accent", TEXT),
        ("on-accent", "accent-strong", TEXT),
        ("booked", "booked-tint", TEXT),
        ("failed", "surface", TEXT),
        ("failed", "raised", TEXT),
        ("failed", "page", TEXT),
    ];
    for ground in ["page", "surface", "raised"] {
        for text in ["text", "muted", "accent", "accent-strong"] {
            pairs.push((text, ground, TEXT));
        }
        pairs.push(("edge", ground, SHAPE));
    }
    for (tone, tint) in [
        ("passed", "passed-tint"),
        ("warning", "warning-tint"),
        ("limited", "limited-tint"),
        ("pending", "pending-tint"),
        ("failed", "failed-tint"),
    ] {
        pairs.push((tone, tint, TEXT));
        // The bar of shares and its legend.
        pairs.push((tone, "surface", SHAPE));
    }
    // Text over the lines of the hatch.
    pairs.extend([("text", "line", TEXT), ("muted", "line", TEXT)]);
    for (scheme, after) in [
        ("light", ""),
        ("dark", "@media screen and (prefers-color-scheme: dark)"),
    ] {
        let colours = palette(after);
        for (text, ground, least) in &pairs {
            let ratio = contrast(colours[text], colours[ground]);
            assert!(ratio >= *least, "{scheme}: {text} on {ground} has {ratio:.2}");
        }
    }
}

#[test]
fn numbers_on_heat_maps_can_be_read_and_what_is_drawn_can_be_told_from_its_ground() {
    for (scheme, after) in [
        ("light", ""),
        ("dark", "@media screen and (prefers-color-scheme: dark)"),
    ] {
        let (colours, ground) = (palette_of(INSIGHTS, after), palette(after));
        for step in 0..6 {
            let text = if step < 4 { "on-low" } else { "on-high" };
            let ratio = contrast(colours[text], colours[&*format!("heat-{step}")]);
            assert!(ratio >= TEXT, "{scheme}: heat-{step} has {ratio:.2}");
        }
        for shape in ["occupied", "people", "lost", "second"] {
            let ratio = contrast(colours[shape], ground["surface"]);
            assert!(ratio >= SHAPE, "{scheme}: {shape} has {ratio:.2}");
        }
    }
}

#[test]
fn both_schemes_have_the_same_colours() {
    let light: Vec<_> = palette("").into_keys().collect();
    let dark: Vec<_> = palette("@media screen and (prefers-color-scheme: dark)")
        .into_keys()
        .collect();
    assert_eq!(light, dark);
}

#[test]
fn each_place_on_the_scale_of_a_day_has_a_rule() {
    let rules: BTreeSet<&str> = SHEET.split_whitespace().collect();
    for hours in 1..=26 {
        assert!(SHEET.contains(&format!(
            ".hours-{hours} .track {{ grid-template-columns: repeat({}, minmax(0, 1fr)); }}",
            hours * 12
        )));
    }
    for slot in 0..26 * 12 {
        assert!(rules.contains(format!(".from-{slot}").as_str()), "from {slot}");
        assert!(SHEET.contains(&format!(".from-{slot} {{ grid-column-start: {}; }}", slot + 1)));
        assert!(SHEET.contains(&format!(
            ".span-{} {{ grid-column-end: span {}; }}",
            slot + 1,
            slot + 1
        )));
    }
}

#[test]
fn every_state_has_a_colour_and_a_symbol() {
    for state in ["passed", "warning", "limited", "pending", "failed"] {
        assert!(SHEET.contains(&format!(
            ".status.{state} {{ color: var(--{state}); background: var(--{state}-tint); }}"
        )));
        assert!(SHEET.contains(&format!(".status.{state}::before {{ content: ")));
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for foreign in ["url(", "@import", "@font-face", "http:", "https:", "//"] {
        assert!(!SHEET.contains(foreign), "{foreign}");
    }
}

#[test]
fn its_braces_are_balanced() {
    assert_eq!(SHEET.matches('{').count(), SHEET.matches('}').count());
}
