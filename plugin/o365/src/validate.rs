//! Checks everything that a pass needs, one thing after the other: the token, each permission, each room list, calendars of each, and what the
//! rooms' mailboxes do to subjects.
//!
//! A check has the same name in every run. A refusal by a server that may not know yet of a consent or a policy is `pending`; the host, which
//! knows when consent was given, decides for how long. Only things that can be tried are checked: User.Read is for the administrator who
//! consents, and an application's own token never has it.

use crate::places::{Directory, ListFailure};
use crate::room_key;
use crate::settings::{self, Settings};
use connector_sdk::{Check, CheckStatus, Host, Room};
use graph::checks::{check, failed_or_pending, passed, refused, troubled, unusable};
use graph::claims::Claims;
use graph::manifest::TOKEN;
use graph::places::{ROOMS, distinct, ends_all, no_rooms};
use graph::{Graph, advice, batch};
use std::collections::HashSet;

mod calendars;
mod permissions;
mod subjects;

/// Checks the settings, the token, the permissions, the room lists, and calendars of each.
pub(crate) async fn validate<H: Host>(host: &H, settings: &str) -> Vec<Check> {
    let settings = match settings::parse(settings) {
        Ok(settings) => settings,
        Err(problems) => return problems.into_iter().map(unusable).collect(),
    };
    let claims = match host.secret(TOKEN).await {
        Ok(token) => Claims::read(host.claims(&token).as_deref()),
        Err(error) => {
            let status = failed_or_pending(advice::token_may_pass(&error));
            return vec![check("token", status, advice::secret(&error))];
        }
    };
    let mut checks = vec![passed("token", claims.summary())];
    let graph = Graph::new(host, &settings);
    let directory = Directory::new(host, &settings);
    let known = directory.room_lists().await;
    checks.push(permissions::places(&known, &directory, &claims));
    if known.as_ref().is_err_and(ends_all) {
        return checks;
    }
    checks.extend(permissions::directory(&graph, &claims).await);

    let (mut lists, mut samples) = expand(&directory, &settings, known.ok().as_ref()).await;
    resolve(&graph, &mut samples).await;
    let mut tried = Vec::with_capacity(samples.len());
    for sample in samples {
        tried.push(calendars::try_some(&graph, sample).await);
    }
    checks.push(permissions::calendars(&tried, &claims, &settings));
    let readable = tried.iter().any(calendars::Tried::readable);
    if readable {
        // Reading no longer needs the other permissions; they only allow better messages.
        soften(&mut checks, CheckStatus::Warning);
        // A list that cannot be read does not fail the source as a whole: its passes are partial.
        soften(&mut lists, CheckStatus::Limited);
    }
    checks.extend(lists);
    checks.extend(
        tried
            .iter()
            .map(|tried| calendars::check(tried, readable, &claims, &settings)),
    );
    checks.extend(subjects::checks(&graph, &tried, settings.withhold).await);
    checks
}

/// Some rooms of a room list, or of the tenant.
struct Sample {
    /// `room list hq@contoso.com`, `the tenant`.
    of: String,
    /// At least one, and at most as many as one batch takes.
    rooms: Vec<Room>,
}

impl Sample {
    fn new(of: &str, mut rooms: Vec<Room>) -> Option<Self> {
        rooms.truncate(batch::SIZE);
        (!rooms.is_empty()).then(|| Self {
            of: of.to_owned(),
            rooms,
        })
    }
}

/// A check for each room list, or for the tenant if the settings name none, and rooms of each to try.
async fn expand<H: Host>(
    directory: &Directory<'_, H>,
    settings: &Settings,
    known: Option<&HashSet<String>>,
) -> (Vec<Check>, Vec<Sample>) {
    let (mut checks, mut samples) = (Vec::new(), Vec::new());
    if settings.room_lists.is_empty() {
        match directory.places.every_room().await {
            Ok(found) => {
                let rooms = distinct(found);
                checks.push(match rooms.len() {
                    0 => check("rooms", CheckStatus::Warning, no_rooms()),
                    count => passed("rooms", format!("the tenant has {count} rooms")),
                });
                samples.extend(Sample::new("the tenant", rooms));
            }
            Err(trouble) => checks.push(refused(
                "rooms",
                &trouble,
                directory.places.reason(ROOMS, &trouble),
            )),
        }
    }
    for list in &settings.room_lists {
        let name = format!("room list {list}");
        match directory.rooms_of(list, known).await {
            Ok(found) => {
                let rooms = distinct(found);
                checks.push(passed(&name, format!("{name} has {} rooms", rooms.len())));
                samples.extend(Sample::new(&name, rooms));
            }
            Err(ListFailure { reason, status, .. }) => checks.push(troubled(&name, status, reason)),
        }
    }
    (checks, samples)
}

/// Finds the accounts of all rooms to try, at once.
async fn resolve<H: Host>(graph: &Graph<'_, H>, samples: &mut [Sample]) {
    let mut rooms: Vec<Room> = samples
        .iter()
        .flat_map(|sample| sample.rooms.iter().cloned())
        .collect();
    room_key::resolve(graph, &mut rooms).await;
    let places = samples.iter_mut().flat_map(|sample| &mut sample.rooms);
    for (place, room) in places.zip(rooms) {
        *place = room;
    }
}

/// Reduces failed and pending checks to this status, because some calendars can be read.
fn soften(checks: &mut [Check], to: CheckStatus) {
    for check in checks {
        if matches!(check.status, CheckStatus::Failed | CheckStatus::Pending) {
            check.status = to;
        }
    }
}

#[cfg(test)]
mod tests;
