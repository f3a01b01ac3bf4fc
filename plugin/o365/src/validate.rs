//! Checks everything that a pass needs, one thing after the other: the token, each permission, each room list, calendars of each, and what the
//! rooms' mailboxes do to subjects.
//!
//! A check has the same name in every run. A refusal by a server that may not know yet of a consent or a policy is `pending`; the host, which
//! knows when consent was given, decides for how long. Only things that can be tried are checked: User.Read is for the administrator who
//! consents, and an application's own token never has it.

use crate::graph::{Graph, Trouble};
use crate::manifest::TOKEN;
use crate::places::{self, Directory, ListFailure, ROOMS, ends_all};
use crate::settings::{self, Settings};
use crate::{advice, batch, room_key};
use connector_sdk::{Check, CheckStatus, Host, Reason, Room, SettingsProblem};
use std::collections::HashSet;

mod calendars;
mod claims;
mod permissions;
mod subjects;
use claims::Claims;

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
    checks.extend(subjects::checks(&graph, &tried).await);
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
        match directory.every_room().await {
            Ok(found) => {
                let rooms = places::distinct(found);
                checks.push(match rooms.len() {
                    0 => check("rooms", CheckStatus::Warning, no_rooms()),
                    count => passed("rooms", format!("the tenant has {count} rooms")),
                });
                samples.extend(Sample::new("the tenant", rooms));
            }
            Err(trouble) => checks.push(refused("rooms", &trouble, directory.reason(ROOMS, &trouble))),
        }
    }
    for list in &settings.room_lists {
        let name = format!("room list {list}");
        match directory.rooms_of(list, known).await {
            Ok(found) => {
                let rooms = places::distinct(found);
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

fn no_rooms() -> Reason {
    Reason {
        message: "Microsoft Graph lists no rooms of the tenant".to_owned(),
        advice: Some(format!(
            "Check that there are room mailboxes: Get-Mailbox -RecipientTypeDetails RoomMailbox. Microsoft Graph does not \
             list rooms that are new or hidden from address lists. {}",
            advice::PATIENCE
        )),
        code: None,
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

fn unusable(problem: SettingsProblem) -> Check {
    let reason = Reason {
        message: problem.problem,
        advice: Some(problem.remedy),
        code: None,
    };
    check(&format!("setting {}", problem.key), CheckStatus::Failed, reason)
}

fn passed(name: &str, message: String) -> Check {
    let reason = Reason {
        message,
        ..Reason::default()
    };
    check(name, CheckStatus::Passed, reason)
}

/// The check of a thing that failed with this trouble.
fn refused(name: &str, trouble: &Trouble, reason: Reason) -> Check {
    troubled(name, failed_or_pending(advice::may_pass(trouble)), reason)
}

/// A check with this status; a pending one gets the advice to wait.
fn troubled(name: &str, status: CheckStatus, reason: Reason) -> Check {
    match status {
        CheckStatus::Pending => check(name, status, patient(reason)),
        _ => check(name, status, reason),
    }
}

fn check(name: &str, status: CheckStatus, reason: Reason) -> Check {
    Check {
        name: name.to_owned(),
        status,
        reason,
    }
}

fn failed_or_pending(may_pass: bool) -> CheckStatus {
    if may_pass {
        CheckStatus::Pending
    } else {
        CheckStatus::Failed
    }
}

/// Adds the advice to wait: the refusing server may not know of a change yet.
fn patient(mut reason: Reason) -> Reason {
    reason.advice = Some(match reason.advice {
        Some(advice) if advice.contains("two hours") => advice,
        Some(advice) => format!("{advice} {}", advice::PATIENCE),
        None => advice::PATIENCE.to_owned(),
    });
    reason
}

/// The first of these names, and how many more there are.
fn some_of(names: &[&str]) -> String {
    /// As many as a reader reads.
    const FEW: usize = 3;
    let few = names.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(FEW) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
