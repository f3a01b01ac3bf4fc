//! A tenant of a few rooms around now, a service that collects it all the time, and a file that it delivers to.

use std::path::PathBuf;

use e2e::{Ledger, Service, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

pub(crate) struct Situation {
    pub(crate) simulator: Simulator,
    pub(crate) workplace: Workplace,
}

/// What every configuration ends with: a free port, and a file to deliver to.
pub(crate) const SERVICE: &str = r#"
[service]
listen = "127.0.0.1:0"
grace = "5s"

[portal]
listen = "off"
"#;
pub(crate) const FILE_SINK: &str = r#"
[[sink]]
name = "file"
type = "jsonl"
path = "changes.jsonl"
"#;

impl Situation {
    /// So many rooms, collected all the time by `o365`.
    pub(crate) fn new(rooms: usize) -> Self {
        let tenant = (0..rooms).fold(Tenant::new("contoso.com"), |tenant, number| {
            tenant.room(Room::new(&format!("room-{number:02}@contoso.com"), "Room"))
        });
        let simulator = Simulator::start(tenant).unwrap();
        let configuration = format!("{}{SERVICE}{FILE_SINK}", Self::source(&simulator));
        let workplace = Workplace::new(&configuration, &["o365"]).unwrap();
        Self { simulator, workplace }
    }

    /// The source, collected all the time.
    pub(crate) fn source(simulator: &Simulator) -> Source {
        Source::contoso(simulator).line("every = \"100ms\"")
    }

    /// Each room has so many meetings of a generation, and no others any more.
    pub(crate) fn book(&self, generation: usize, meetings: usize) {
        let start = e2e::now() + chrono::Duration::hours(30);
        let at = |minutes: usize| {
            let instant = start + chrono::Duration::minutes(minutes.try_into().unwrap());
            instant.format("%Y-%m-%dT%H:%M:00Z").to_string()
        };
        self.simulator
            .update(|tenant| {
                for room in tenant.rooms_mut() {
                    *room.events_mut() = (0..meetings)
                        .map(|number| {
                            Event::new(&format!("{generation} {number}"), &at(number), &at(number + 30))
                        })
                        .collect();
                }
                Ok(())
            })
            .unwrap();
    }

    /// What was booked, as [`Ledger::brief`] says it.
    pub(crate) fn booked(rooms: usize, generation: usize, meetings: usize) -> Vec<String> {
        let mut booked: Vec<String> = (0..rooms)
            .flat_map(|room| (0..meetings).map(move |number| format!("room-{room:02} {generation} {number}")))
            .collect();
        booked.sort_unstable();
        booked
    }

    pub(crate) fn changes(&self) -> PathBuf {
        changes(&self.workplace)
    }

    /// Waits until what was delivered is what is booked.
    pub(crate) fn delivered(&self, service: &mut Service, booked: &[String]) -> Ledger {
        delivered(&self.workplace, service, booked)
    }
}

/// What [`FILE_SINK`] writes.
fn changes(workplace: &Workplace) -> PathBuf {
    workplace.path().join("changes.jsonl")
}

/// Waits until what was delivered of the source `contoso` is what is booked.
pub(crate) fn delivered(workplace: &Workplace, service: &mut Service, booked: &[String]) -> Ledger {
    let path = changes(workplace);
    service
        .wait_for("the delivery of what is booked", |_| {
            let ledger = Ledger::read(&path, true).unwrap();
            (ledger.brief("contoso") == booked).then_some(ledger)
        })
        .unwrap()
}
