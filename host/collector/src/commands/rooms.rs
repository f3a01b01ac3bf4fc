//! `collector rooms`: the rooms that the room lists expand to.

use std::path::Path;

use collector_engine::pass;
use collector_model::room::Room;
use collector_sandbox::Expansion;
use serde_json::{Value, json};

use super::Exit;
use super::ready::{Ready, Wanted};
use crate::cli::Rooms;
use crate::output::{self, Records};

/// The keys of a room, in the order of its columns.
const COLUMNS: [&str; 6] = ["source", "room", "room_name", "building", "capacity", "lists"];

/// How long a throttled expansion may take while somebody waits at the terminal.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

pub(super) async fn run(config: &Path, arguments: &Rooms) -> anyhow::Result<Exit> {
    let ready = match Ready::begin(config, Wanted::chosen(&arguments.chosen)).await? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let mut exit = ready.exit;
    let mut records = arguments
        .format
        .records()
        .map(|form| Records::new(form, &COLUMNS, anstream::stdout()))
        .transpose()?;
    for source in &ready.sources {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        match pass::expand(&ready.sandbox, source, deadline).await {
            Ok(expansion) => {
                super::unless_closed(match &mut records {
                    None => output::rooms_table(&source.name, &expansion.rooms, anstream::stdout()),
                    Some(records) => expansion
                        .rooms
                        .iter()
                        .try_for_each(|room| records.add(&record(&source.name, room))),
                })?;
                for refused in &expansion.refused {
                    let (room, reason) = (&refused.room.address, &refused.reason);
                    super::say_error(&format!("source \"{}\": room {room}: {reason}", source.name));
                }
                for problem in &expansion.problems {
                    super::say_error(&format!("source \"{}\": {}", source.name, problem.reason));
                }
                exit = exit.and(weight(&expansion));
            }
            Err(error) => {
                super::say_error(&format!("source \"{}\": {error}", source.name));
                exit = exit.and(Exit::SourceFailed);
            }
        }
    }
    if let Some(records) = records {
        super::unless_closed(records.end())?;
    }
    Ok(exit)
}

fn record(source: &str, room: &Room) -> Value {
    json!({
        "source": source,
        "room": room.address.as_str(),
        "room_name": room.name,
        "building": room.building,
        "capacity": room.capacity,
        "lists": room.lists,
    })
}

fn weight(expansion: &Expansion) -> Exit {
    let whole = expansion.problems.is_empty() && expansion.refused.is_empty();
    match (whole, expansion.rooms.is_empty()) {
        (true, _) => Exit::Everything,
        (false, true) => Exit::SourceFailed,
        (false, false) => Exit::Part,
    }
}
