//! `collector rooms`: the rooms that the room lists expand to.

use std::path::Path;

use collector_engine::pass;
use collector_sandbox::{Expansion, Sandbox};

use super::Exit;
use crate::cli::Rooms;

/// How long a throttled expansion may take while somebody waits at the terminal.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

pub(super) async fn run(config: &Path, arguments: &Rooms) -> anyhow::Result<Exit> {
    let sandbox = Sandbox::new()?;
    let ready = match super::ready_sources(
        &sandbox,
        config,
        &arguments.sources.sources,
        arguments.connector.as_deref(),
        true,
    )
    .await
    {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let mut exit = ready.exit;
    for source in &ready.sources {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        match pass::expand(&sandbox, source, deadline).await {
            Ok(expansion) => {
                super::unless_closed(crate::output::rooms_table(
                    &source.name,
                    &expansion.rooms,
                    anstream::stdout(),
                ))?;
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
    Ok(exit)
}

fn weight(expansion: &Expansion) -> Exit {
    let whole = expansion.problems.is_empty() && expansion.refused.is_empty();
    match (whole, expansion.rooms.is_empty()) {
        (true, _) => Exit::Everything,
        (false, true) => Exit::SourceFailed,
        (false, false) => Exit::Part,
    }
}
