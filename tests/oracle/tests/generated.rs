//! What must hold in every world, tried on generated ones; and that the generated ones hit the corners.
#![cfg(test)]

use std::collections::BTreeSet;

use oracle::generate::{Size, generate, questions};
use oracle::{Oracle, report};
use serde_json::{Value, json};

/// The question of a whole world.
fn all(world: &Value, by: &str) -> Value {
    let starts = world["bookings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|booking| whole(&booking["start"]));
    let date = |second: i64| oracle::clock::date_of(second / 86_400).to_string();
    let (from, to) = (starts.min().unwrap() - 86_400, whole(&world["now"]) + 3 * 86_400);
    json!({"from": date(from), "to": date(to), "by": by, "buildings": [], "rooms": []})
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// Seconds of cells by their names.
fn cells(group: &Value) -> Vec<i64> {
    group["cells"].as_object().unwrap().values().map(whole).collect()
}

fn groups(world: &Value, question: &Value) -> Vec<Value> {
    report(world, question)["groups"].as_array().unwrap().clone()
}

/// Figures that are sums, as one list.
fn sums(groups: &[Value]) -> Vec<i64> {
    let of = |group: &Value| {
        let mut list = cells(group);
        let keys = [
            "/open_seconds",
            "/unread_seconds",
            "/occupied_unwitnessed_seconds",
            "/conflict_seconds",
            "/outside/booked",
            "/outside/occupied",
            "/unbooked_sessions/count",
            "/unbooked_sessions/seconds",
            "/no_show_seconds",
            "/given_back_seconds",
            "/reused_seconds",
            "/late_start/seconds",
            "/early_end/seconds",
            "/party/bookings",
            "/bookings/attended",
            "/bookings/no-show",
            "/bookings/unknown",
        ];
        list.extend(keys.iter().map(|key| whole(group.pointer(key).unwrap())));
        list
    };
    groups
        .iter()
        .map(of)
        .reduce(|sum, next| sum.iter().zip(next).map(|(one, other)| one + other).collect())
        .unwrap()
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    assert_eq!(generate(7, Size::SMALL), generate(7, Size::SMALL));
    assert_ne!(generate(7, Size::SMALL), generate(8, Size::SMALL));
}

#[test]
fn six_cells_and_unread_are_open_and_bounds_hold() {
    for seed in 0..6 {
        let world = generate(seed, Size::SMALL);
        let questions = questions(seed, &world);
        let oracle = Oracle::new(&world, &questions);
        for question in questions.iter().filter(|question| question["by"] != "series") {
            for group in oracle.report(question)["groups"].as_array().unwrap() {
                let sum: i64 = cells(group).iter().sum();
                assert_eq!(
                    sum + whole(&group["unread_seconds"]),
                    whole(&group["open_seconds"]),
                    "seed {seed}"
                );
                assert!(
                    group["booked_rate"].as_f64().is_none_or(|rate| rate <= 1.0),
                    "seed {seed}"
                );
                for rate in ["used_rate", "no_show_rate"] {
                    let bound = |key: &str| group[rate][key].as_f64();
                    assert!(bound("lower") <= bound("upper"), "seed {seed}: {rate}");
                }
                assert!(
                    whole(&group["reused_seconds"]) <= whole(&group["given_back_seconds"]),
                    "seed {seed}"
                );
            }
        }
    }
}

#[test]
fn groups_of_every_key_sum_to_the_whole() {
    for seed in 20..22 {
        let world = generate(seed, Size::SMALL);
        let oracle = Oracle::new(&world, &[all(&world, "all")]);
        let sum = |by| sums(oracle.report(&all(&world, by))["groups"].as_array().unwrap());
        let whole = sum("all");
        for by in [
            "building", "room", "date", "weekday", "hour", "week", "month", "seats",
        ] {
            assert_eq!(sum(by), whole, "seed {seed} by {by}");
        }
    }
}

#[test]
fn any_cut_of_a_period_sums_to_the_whole() {
    for seed in 30..33 {
        let world = generate(seed, Size::SMALL);
        let question = all(&world, "all");
        let cut = questions(seed, &world)[4]["from"].clone();
        let part = |key: &str| {
            let mut part = question.clone();
            part[key] = cut.clone();
            groups(&world, &part).remove(0)
        };
        let parts = [part("to"), part("from")];
        assert_eq!(sums(&parts), sums(&groups(&world, &question)), "seed {seed}");
    }
}

#[test]
fn the_order_in_which_things_are_given_does_not_matter() {
    for seed in 40..43 {
        let world = generate(seed, Size::SMALL);
        let mut turned = world.clone();
        for key in ["records", "bookings"] {
            turned[key].as_array_mut().unwrap().reverse();
        }
        let questions = questions(seed, &world);
        let (oracle, other) = (Oracle::new(&world, &questions), Oracle::new(&turned, &questions));
        for question in &questions {
            assert_eq!(oracle.report(question), other.report(question), "seed {seed}");
            assert_eq!(oracle.verdicts(question), other.verdicts(question), "seed {seed}");
        }
    }
}

#[test]
fn another_booking_never_lowers_booked_time() {
    for seed in 50..53 {
        let world = generate(seed, Size::SMALL);
        let booked = |world: &Value| {
            cells(&groups(world, &all(world, "all"))[0])[..3]
                .iter()
                .sum::<i64>()
        };
        let mut more = world.clone();
        let mut other = more["bookings"][3].clone();
        other["id"] = json!("another");
        other["status"] = json!("confirmed");
        other["removed_at"] = Value::Null;
        more["bookings"].as_array_mut().unwrap().push(other);
        assert!(booked(&more) >= booked(&world), "seed {seed}");
    }
}

#[test]
fn generated_worlds_hit_the_corners() {
    let mut seen = BTreeSet::new();
    for seed in 0..10 {
        let world = generate(seed, Size::USUAL);
        let question = all(&world, "all");
        let oracle = Oracle::new(&world, std::slice::from_ref(&question));
        for verdict in oracle.verdicts(&question) {
            seen.insert(verdict["verdict"].to_string());
            seen.insert(verdict["reason"].to_string());
        }
        let group = oracle.report(&question)["groups"][0].clone();
        for key in [
            "conflict_seconds",
            "occupied_unwitnessed_seconds",
            "full_seconds",
            "false_full_seconds",
        ] {
            if whole(&group[key]) > 0 {
                seen.insert(key.to_owned());
            }
        }
        for key in [
            "/late_start/count",
            "/early_end/count",
            "/unbooked_sessions/count",
            "/party/p90",
            "/lead_time",
        ] {
            if group
                .pointer(key)
                .unwrap()
                .as_i64()
                .is_some_and(|value| value > 0)
            {
                seen.insert(key.to_owned());
            }
        }
        for class in ["too-big", "roomy", "fits", "too-small"] {
            if whole(&group["fit"][class]) > 0 {
                seen.insert(class.to_owned());
            }
        }
        for zombie in group["zombies"].as_array().unwrap() {
            seen.insert("zombie".to_owned());
            if whole(&zombie["seconds_ahead"]) > 0 {
                seen.insert("zombie ahead".to_owned());
            }
        }
    }
    for verdict in oracle::outcome::VERDICTS {
        assert!(seen.contains(&format!("{verdict:?}")), "no {verdict}");
    }
    for reason in ["no source", "offline", "blind", "partly observed"] {
        assert!(seen.contains(&format!("{reason:?}")), "no {reason}");
    }
    let others = [
        "conflict_seconds",
        "occupied_unwitnessed_seconds",
        "full_seconds",
        "false_full_seconds",
        "/late_start/count",
        "/early_end/count",
        "/unbooked_sessions/count",
        "/party/p90",
        "/lead_time",
        "too-big",
        "too-small",
        "zombie",
        "zombie ahead",
    ];
    for other in others {
        assert!(seen.contains(other), "no {other}");
    }
}
