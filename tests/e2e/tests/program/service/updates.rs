//! Connectors are updated while passes go on: nothing is lost, nothing is doubled, counted at the sink.

use std::time::Instant;

use e2e::{Service, marked};

use crate::service::situation::Situation;

const UPDATES: usize = 200;
const ROOMS: usize = 8;
const MEETINGS: usize = 10;

#[test]
fn two_hundred_updates_during_passes_lose_and_double_nothing() {
    let situation = Situation::new(ROOMS);
    situation.simulator.record_nothing();
    let original = std::fs::read(e2e::component("o365").unwrap()).unwrap();
    let plugins = situation.workplace.path().join("plugins");
    situation.book(0, MEETINGS);
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(ROOMS, 0, MEETINGS));
    let begun = Instant::now();
    for update in 1..=UPDATES {
        // What is booked changes with each version, so that every pass has something to lose.
        situation.book(update, MEETINGS);
        let bytes = marked(&original, &update.to_string());
        let target = plugins.join("o365.wasm");
        if update % 2 == 0 {
            std::fs::write(&target, bytes).unwrap();
        } else {
            std::fs::write(plugins.join(".o365.new"), bytes).unwrap();
            std::fs::rename(plugins.join(".o365.new"), &target).unwrap();
        }
        service
            .wait_for("the update", |service| {
                (service.count("activated") >= update).then_some(())
            })
            .unwrap();
    }
    let took = begun.elapsed();
    let ledger = situation.delivered(&mut service, &Situation::booked(ROOMS, UPDATES, MEETINGS));
    assert_eq!(ledger.repeats, 0);
    assert_eq!(service.count("the pass failed"), 0, "{}", service.said());
    assert_eq!(service.count("rolled-back"), 0, "{}", service.said());
    service.wait_for_passes("contoso", 1).unwrap();
    eprintln!("{UPDATES} updates in {took:?}");
}
