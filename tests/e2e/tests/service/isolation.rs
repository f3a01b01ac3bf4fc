//! Hostile connectors beside a healthy one, whose passes stay on time.

use std::time::Instant;

use e2e::{Service, Source, variant};

use crate::situation::{FILE_SINK, SERVICE, Situation};

/// What hostile sources do, each in passes that follow each other without a pause.
const DEEDS: [&str; 8] = [
    "loop@x", "memory@x", "stack@x", "flood@x", "huge@x", "log@x", "crowd@x", "panic@x",
];

#[test]
fn a_healthy_source_is_collected_on_time_beside_hostile_ones() {
    let situation = Situation::new(8);
    situation.book(0, 10);
    let healthy = Situation::source(&situation.simulator);
    let alone = pace(&situation, &healthy.to_string());
    let hostile: String = DEEDS
        .iter()
        .enumerate()
        .map(|(number, deed)| {
            Source::hostile(deed)
                .named(&format!("hostile-{number}"))
                .line("every = \"100ms\"")
                .limit("slice-time", "\"2s\"")
                .limit("memory", "\"32MiB\"")
                .to_string()
        })
        .collect();
    let component = std::fs::read(e2e::component("hostile").unwrap()).unwrap();
    for (name, bytes) in [
        ("hostile", component.clone()),
        // Some that never come to serve: they trap or loop when they are asked what they are, or are no connectors.
        ("traps", variant(&component, "describe=trap").unwrap()),
        ("loops", variant(&component, "describe=loop").unwrap()),
        ("garbage", b"\0asm and nothing that follows".to_vec()),
        (
            "stranger",
            wat::parse_str("(component (import \"other:world/thing@9.0.0\" (instance)))").unwrap(),
        ),
    ] {
        situation
            .workplace
            .write(&format!("plugins/{name}.wasm"), bytes)
            .unwrap();
    }
    let beside = pace(&situation, &format!("{healthy}{hostile}"));
    eprintln!(
        "passes a second alone {alone:.1}, beside {} hostile sources {beside:.1}",
        DEEDS.len()
    );
    // Ten passes a second are due. Two cores are shared with eight sources that never rest.
    assert!(
        beside > alone / 4.0,
        "alone {alone:.1} passes a second, beside hostile ones {beside:.1}"
    );
}

/// How many passes a second the healthy source has, with all that it collects delivered.
fn pace(situation: &Situation, sources: &str) -> f64 {
    const PASSES: usize = 30;
    let _ = std::fs::remove_dir_all(situation.workplace.path().join("data"));
    let _ = std::fs::remove_file(situation.changes());
    situation
        .workplace
        .configure(&format!("{sources}{SERVICE}{FILE_SINK}"))
        .unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(8, 0, 10));
    let begun = Instant::now();
    service.wait_for_passes("contoso", PASSES).unwrap();
    let pace = PASSES as f64 / begun.elapsed().as_secs_f64();
    let said = service.said();
    let trouble: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("source=contoso") && !line.contains("INFO"))
        .collect();
    assert!(trouble.is_empty(), "{trouble:?}");
    service.kill().unwrap();
    pace
}
