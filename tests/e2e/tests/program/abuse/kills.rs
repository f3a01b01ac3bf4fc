//! The service is killed again and again, at random moments of a pass and of a delivery: nothing is lost, and no change is delivered
//! under two ids.

use std::time::{Duration, Instant};

use e2e::{Ledger, Service};

use crate::situation::Situation;

const KILLS: usize = 100;
const ROOMS: usize = 20;
const MEETINGS: usize = 20;

#[test]
fn a_hundred_kills_lose_nothing_and_double_nothing() {
    let situation = Situation::new(ROOMS);
    situation.simulator.record_nothing();
    // A fixed sequence: a run that fails can be had again, as far as a machine's timing allows.
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut at_work = 0;
    for generation in 0..KILLS {
        situation.book(generation, MEETINGS);
        let before = std::fs::metadata(situation.changes()).map_or(0, |file| file.len());
        let mut service = Service::begin(&mut situation.workplace.command(&["run"])).unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // From before the first request to some time after the last delivery of a pass.
        let moment = Duration::from_millis(random % 240);
        service.wait_for_line("the collector runs").unwrap();
        let begun = Instant::now();
        service
            .wait_for("the moment", |_| (begun.elapsed() >= moment).then_some(()))
            .unwrap();
        service.kill().unwrap();
        let after = std::fs::metadata(situation.changes()).map_or(0, |file| file.len());
        at_work += usize::from(after > before);
        Ledger::read(&situation.changes(), true).unwrap();
    }
    let mut service = Service::start(&situation.workplace).unwrap();
    let ledger = situation.delivered(&mut service, &Situation::booked(ROOMS, KILLS - 1, MEETINGS));
    assert!(
        at_work > KILLS / 10,
        "only {at_work} of the kills came after the first delivery"
    );
    assert!(
        ledger.changes > ROOMS * MEETINGS,
        "changes came between the kills"
    );
    let status = situation.workplace.run(&["status", "--format", "json"]).unwrap();
    assert!(
        status.stdout.contains("\"new_identity\": null"),
        "{}",
        status.stdout
    );
}
