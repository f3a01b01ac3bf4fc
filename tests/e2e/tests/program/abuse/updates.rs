//! Connectors are updated while passes go on: nothing is lost, nothing is doubled, counted at the sink.
//!
//! With the template, because it is the smallest: each update compiles the connector anew.

use std::time::Instant;

use e2e::{Page, Pages, Service, Workplace, marked};
use serde_json::json;

use crate::situation::{FILE_SINK, SERVICE, Situation, delivered};

const UPDATES: usize = 200;
const ROOMS: usize = 8;
const MEETINGS: usize = 10;

fn room(number: usize) -> String {
    format!("room-{number:02}@contoso.com")
}

/// Each room has so many meetings of a generation, and no others any more.
fn book(server: &Pages, generation: usize) {
    let start = e2e::now() + chrono::Duration::hours(30);
    let at = |minutes: usize| start + chrono::Duration::minutes(minutes.try_into().unwrap());
    let bookings: Vec<_> = (0..MEETINGS)
        .map(|number| {
            let id = format!("{generation} {number}");
            json!({ "id": id, "title": id, "private": false, "start": at(number), "end": at(number + 30) })
        })
        .collect();
    let body = serde_json::Value::from(bookings).to_string();
    let pages: Vec<Page> = (0..ROOMS)
        .map(|number| Page::new(&format!("/{}", room(number)), &body))
        .collect();
    server.replace(&pages);
}

#[test]
fn two_hundred_updates_during_passes_lose_and_double_nothing() {
    let server = Pages::serve(&[]).unwrap();
    book(&server, 0);
    let origin = server.origin();
    let rooms: Vec<String> = (0..ROOMS).map(room).collect();
    let configuration = format!(
        "[[source]]\nname = \"contoso\"\nconnector = \"template\"\nevery = \"100ms\"\n\
         [source.settings]\nurl = \"{origin}\"\nrooms = {rooms:?}\n\
         [source.credentials]\nbookings = {{ env = \"O365_CLIENT_SECRET\" }}\n\
         [source.grants]\nhttp = [\"{origin}\"]\n{SERVICE}{FILE_SINK}"
    );
    let workplace = Workplace::new(&configuration, &["template"]).unwrap();
    let original = std::fs::read(e2e::component("template").unwrap()).unwrap();
    let plugins = workplace.path().join("plugins");
    let mut service = Service::start(&workplace).unwrap();
    delivered(&workplace, &mut service, &Situation::booked(ROOMS, 0, MEETINGS));
    let begun = Instant::now();
    for update in 1..=UPDATES {
        // What is booked changes with each version, so that every pass has something to lose.
        book(&server, update);
        let bytes = marked(&original, &update.to_string());
        let target = plugins.join("template.wasm");
        if update % 2 == 0 {
            std::fs::write(&target, bytes).unwrap();
        } else {
            std::fs::write(plugins.join(".template.new"), bytes).unwrap();
            std::fs::rename(plugins.join(".template.new"), &target).unwrap();
        }
        service
            .wait_for("the update", |service| {
                (service.count("activated") >= update).then_some(())
            })
            .unwrap();
    }
    let took = begun.elapsed();
    let ledger = delivered(
        &workplace,
        &mut service,
        &Situation::booked(ROOMS, UPDATES, MEETINGS),
    );
    assert_eq!(ledger.repeats, 0);
    assert_eq!(service.count("the pass failed"), 0, "{}", service.said());
    assert_eq!(service.count("rolled-back"), 0, "{}", service.said());
    service.wait_for_passes("contoso", 1).unwrap();
    eprintln!("{UPDATES} updates in {took:?}");
}
