//! Tests that `calendarView/delta` reports changes as in Graph, even where that is awkward.

mod faults;
mod items;
mod requests;

use crate::common::Graph;
use graph_sim::{Event, Pattern, Simulator};
use serde_json::{Value, json};

const MARCH: &str = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z";
const FIRST: &str = "/users/conf-a@contoso.com/calendarView/delta?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z";

fn on(day: &str, subject: &str) -> Event {
    Event::new(subject, &format!("{day}T10:00:00Z"), &format!("{day}T11:00:00Z"))
}

fn weekly() -> Event {
    Event::new("Sync", "2026-02-17T10:00", "2026-02-17T11:00")
        .repeats(Pattern::Weekly(1, vec![]))
        .key("weekly")
}

/// One whole round: its items, and the link to the next round.
#[cfg(test)]
async fn round(graph: &Graph, target: &str) -> (Vec<Value>, String) {
    let (mut found, mut target) = (Vec::new(), target.to_owned());
    loop {
        let (status, page) = graph.json(&target).await;
        assert_eq!(status, 200, "{page}");
        found.extend(page["value"].as_array().unwrap().clone());
        let link = |name: &str| page[name].as_str().map(str::to_owned);
        match (link("@odata.nextLink"), link("@odata.deltaLink")) {
            (Some(next), None) => target = next,
            (None, Some(delta)) => return (found, delta),
            both => panic!("a page has one link: {both:?}"),
        }
    }
}

/// Each item in a word: that it was removed, or is a series; otherwise its subject, or its type if it has none.
#[cfg(test)]
fn words(items: &[Value]) -> Vec<&str> {
    fn word(item: &Value) -> &str {
        if let Some(removed) = item.get("@removed") {
            assert_eq!(*removed, json!({"reason": "deleted"}));
            "removed"
        } else if item["type"] == "seriesMaster" {
            "master"
        } else {
            item["subject"].as_str().or(item["type"].as_str()).unwrap()
        }
    }
    items.iter().map(word).collect()
}

#[cfg(test)]
fn change(sim: &Simulator, change: impl FnOnce(&mut Vec<Event>)) {
    sim.update(|tenant| {
        tenant
            .room_mut("conf-a@contoso.com")
            .map(|room| change(room.events_mut()))
    })
    .unwrap();
}
