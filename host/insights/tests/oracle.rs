//! The figures of generated worlds, equal to those of a second implementation that shares no code and looks at every second by itself.

// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use collector_insights::world;
use oracle::Oracle;
use oracle::generate::{Size, generate, questions};
use serde_json::Value;

/// Seeds of small worlds: each is other rooms, other zones, other accidents.
const SMALL: std::ops::Range<u64> = 0..12;
/// More of them, in the weekly run.
const MORE: std::ops::Range<u64> = 12..400;

/// Where two values differ, as the path of the first place.
fn difference(one: &Value, other: &Value, path: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys());
            keys.into_iter().find_map(|key| {
                let (mine, theirs) = (one.get(key), other.get(key));
                match (mine, theirs) {
                    (Some(mine), Some(theirs)) => difference(mine, theirs, &format!("{path}.{key}")),
                    _ => Some(format!("{path}.{key}: {mine:?} and {theirs:?}")),
                }
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(at, (mine, theirs))| difference(mine, theirs, &format!("{path}[{at}]"))),
        _ if one == other => None,
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ => Some(format!("{path}: {one} and {other}")),
    }
}

/// Panics with the first figure that differs.
fn same(seed: u64, size: Size) {
    let world = generate(seed, size);
    let portfolio = world::read(&world.to_string()).unwrap();
    let questions = questions(seed, &world);
    let oracle = Oracle::new(&world, &questions);
    for question in questions {
        let asked = world::read_question(&question.to_string()).unwrap();
        let report = serde_json::to_value(portfolio.report(&asked)).unwrap();
        let right = oracle.report(&question);
        if let Some(difference) = difference(&report, &right, "report") {
            panic!("seed {seed}, {question}: {difference}");
        }
        let mut lines = serde_json::to_value(portfolio.verdicts(&asked)).unwrap();
        let mut right = Value::from(oracle.verdicts(&question));
        for line in [&mut lines, &mut right] {
            for verdict in line.as_array_mut().unwrap() {
                // Which parts a source spoke about is shown to people; what follows from it is compared.
                verdict.as_object_mut().unwrap().remove("evidence");
            }
        }
        if let Some(difference) = difference(&lines, &right, "verdicts") {
            panic!("seed {seed}, {question}: {difference}");
        }
    }
}

#[test]
fn every_figure_of_small_worlds_is_that_of_the_second_implementation() {
    for seed in SMALL {
        same(seed, Size::SMALL);
    }
}

#[test]
#[ignore = "takes minutes: runs weekly, with make conformance"]
fn every_figure_of_many_small_worlds_is_that_of_the_second_implementation() {
    for seed in MORE {
        same(seed, Size::SMALL);
    }
}

#[test]
fn every_figure_of_a_usual_world_is_that_of_the_second_implementation() {
    same(1, Size::USUAL);
}
