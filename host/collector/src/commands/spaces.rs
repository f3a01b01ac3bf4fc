//! `collector usage spaces`: the spaces, the rooms that they belong to, and whether that is doubtful.

use std::io::Write as _;
use std::path::Path;

use collector_admin::joined::Joined;
use collector_model::joining::{Agreement, Place};
use collector_model::text::plain;
use collector_store::SpaceRecord;
use serde_json::{Value, json};

use super::Exit;
use crate::cli::ListSpaces;
use crate::logging;
use crate::output::{Records, plain_table};

/// The keys of a space, in the order of its columns.
const COLUMNS: [&str; 13] = [
    "source",
    "key",
    "name",
    "address",
    "rooms",
    "joined_by",
    "proposal",
    "calls",
    "calls_booked",
    "doubtful",
    "kinds",
    "listed",
    "outcome",
];

pub(super) fn run(path: &Path, arguments: &ListSpaces) -> anyhow::Result<Exit> {
    let names = &arguments.sources.sources;
    let config = match super::configuration_with_sources(path)
        .and_then(|config| super::known(&config, path, names).map(|()| config))
    {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let Some(store) = super::stored(&config.data)? else {
        return Ok(Exit::SourceFailed);
    };
    let joined = Joined::read(&store, &config)?;
    let now = chrono::Utc::now().timestamp();
    let mut spaces = Vec::new();
    for (space, place) in &joined.spaces {
        if names.is_empty() || names.contains(&space.source) {
            spaces.push((space, place, joined.agreement(&store, space, place, now)?));
        }
    }
    for (room, space) in &joined.unknown {
        if names.is_empty() || names.contains(&space.source) {
            let name = space.to_string();
            logging::warn(&format!(
                "[[insights.room]] of {room} names the space \"{}\", which no source knows",
                plain(&name)
            ));
        }
    }
    let mut out = std::io::BufWriter::new(anstream::stdout());
    super::unless_closed(match arguments.format.records() {
        None => table(&spaces, &mut out),
        Some(form) => Records::all(form, &COLUMNS, spaces.iter().map(record), &mut out),
    })?;
    super::unless_closed(out.flush())?;
    Ok(Exit::Everything)
}

/// A space, where it belongs, and how its calls agree with bookings.
type Listed<'a> = (&'a SpaceRecord, &'a Place, Option<Agreement>);

fn record((space, place, agreement): &Listed<'_>) -> Value {
    json!({
        "source": space.source,
        "key": space.key,
        "name": space.name,
        "address": space.address,
        "rooms": rooms(place),
        "joined_by": by(place),
        "proposal": proposal(place),
        "calls": agreement.map(|agreement| agreement.calls),
        "calls_booked": agreement.map(|agreement| agreement.booked),
        "doubtful": agreement.map(Agreement::is_doubtful),
        "kinds": kinds(space),
        "listed": space.listed,
        "outcome": space.outcome,
    })
}

fn table(spaces: &[Listed<'_>], out: &mut impl std::io::Write) -> std::io::Result<()> {
    if spaces.is_empty() {
        return writeln!(out, "no spaces yet");
    }
    let rows: Vec<Vec<String>> = spaces
        .iter()
        .map(|(space, place, agreement)| {
            let doubt = agreement
                .filter(|agreement| agreement.is_doubtful())
                .map(|agreement| format!("doubtful: {}", agreement.words()));
            let proposed = proposal(place).map(|room| format!("none; {room} has this name"));
            let reason = [by(place).map(str::to_owned), proposed, doubt];
            vec![
                space.source.clone(),
                space.key.clone(),
                space.name.clone(),
                space.address.clone().unwrap_or_default(),
                rooms(place).join(", "),
                reason.into_iter().flatten().collect::<Vec<_>>().join("; "),
                kinds(space).join(", "),
                outcome(space).to_owned(),
            ]
        })
        .collect();
    plain_table(
        &[
            "Source",
            "Key",
            "Name",
            "Address",
            "Rooms",
            "Joined by",
            "Reports",
            "Outcome",
        ],
        &rows,
        out,
    )
}

fn rooms(place: &Place) -> Vec<&str> {
    match place {
        Place::Joined(_, rooms) => rooms.iter().map(|room| room.as_str()).collect(),
        Place::Alone(_) => Vec::new(),
    }
}

fn by(place: &Place) -> Option<&'static str> {
    match place {
        Place::Joined(by, _) => Some(by.as_str()),
        Place::Alone(_) => None,
    }
}

fn proposal(place: &Place) -> Option<&str> {
    match place {
        Place::Alone(Some(room)) => Some(room.as_str()),
        _ => None,
    }
}

fn kinds(space: &SpaceRecord) -> Vec<&'static str> {
    space.kinds.iter().map(|kind| kind.as_str()).collect()
}

fn outcome(space: &SpaceRecord) -> &str {
    match &space.outcome {
        _ if !space.listed => "not listed",
        Some(outcome) => outcome,
        None => "not collected yet",
    }
}
