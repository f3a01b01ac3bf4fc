//! Hostile connectors beside a healthy one, whose passes stay on time.

use e2e::{Service, Source, variant};

use crate::situation::{FILE_SINK, SERVICE, Situation};

/// What hostile sources do, each in passes that follow each other without a pause.
const DEEDS: [&str; 8] = [
    "loop@x", "memory@x", "stack@x", "flood@x", "huge@x", "log@x", "crowd@x", "panic@x",
];
/// The source that does the first of them.
const LOOPING: &str = "hostile-0";

#[test]
fn a_healthy_source_is_collected_on_time_beside_hostile_ones() {
    let situation = Situation::new(8);
    situation.book(0, 10);
    let healthy = Situation::source(&situation.simulator);
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
    situation
        .workplace
        .configure(&format!("{healthy}{hostile}{SERVICE}{FILE_SINK}"))
        .unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(8, 0, 10));
    let passes = |service: &Service| (service.passes("contoso"), service.passes(LOOPING));
    let begun = passes(&service);
    service.wait_for_passes("contoso", 10).unwrap();
    service.wait_for_passes(LOOPING, 3).unwrap();
    let ended = passes(&service);
    let (collected, looped) = (ended.0 - begun.0, ended.1 - begun.1);
    eprintln!(
        "{collected} passes while one of {} hostile sources had {looped}",
        DEEDS.len()
    );
    // A pass that loops lasts two seconds at least. If the healthy source waited for it to end, it would have no more passes.
    assert!(collected > looped, "{collected} passes beside {looped}");
    let said = service.said();
    let trouble: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("source=contoso") && !line.contains("INFO"))
        .collect();
    assert!(trouble.is_empty(), "{trouble:?}");
    service.kill().unwrap();
}
