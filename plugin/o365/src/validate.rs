//! Trying everything that a pass needs, one thing after the other, and saying for each whether it works.

use crate::graph::Graph;
use crate::places::{self, Directory, text};
use crate::settings::{self, Settings};
use crate::world::{Check, CheckStatus, Host, Outcome, Reason, SettingsProblem};
use crate::{advice, batch, calendar, room_key};
use serde_json::Value;

/// Tries the settings, the token, the room lists, and a calendar of each.
pub async fn validate<H: Host>(host: &H, settings: &str) -> Vec<Check> {
    let settings = match settings::parse(settings) {
        Ok(settings) => settings,
        Err(problems) => {
            let check = |problem: SettingsProblem| Check {
                name: format!("setting {}", problem.key),
                status: CheckStatus::Failed,
                reason: Reason {
                    message: problem.problem,
                    advice: Some(problem.remedy),
                    code: None,
                },
            };
            return problems.into_iter().map(check).collect();
        }
    };
    let mut checks = vec![];
    match host.token_claims().await {
        Ok(claims) => checks.push(token(claims.as_deref())),
        Err(error) => return vec![check("token", CheckStatus::Failed, advice::secret(&error))],
    }
    let directory = Directory::new(host, &settings);
    let known = match directory.room_lists().await {
        Ok(known) => known,
        Err(error) => {
            checks.push(check(
                "room lists",
                CheckStatus::Failed,
                patient(advice::of_error(error)),
            ));
            return checks;
        }
    };
    checks.push(match &known {
        Ok(lists) => passed("room lists", format!("the tenant has {} room lists", lists.len())),
        Err(reason) => check("room lists", CheckStatus::Warning, patient(reason.clone())),
    });
    let mut readable = false;
    if settings.room_lists.is_empty() {
        match directory.every_room().await {
            Ok(rooms) => {
                checks.push(passed("rooms", format!("the tenant has {} rooms", rooms.len())));
                checks.extend(calendars(host, &settings, &rooms, "the tenant").await);
            }
            Err(error) => checks.push(check(
                "rooms",
                CheckStatus::Failed,
                patient(advice::of_error(error)),
            )),
        }
    }
    for list in &settings.room_lists {
        let name = format!("room list {list}");
        match directory.rooms_of(list, known.as_ref().ok()).await {
            Ok(rooms) => {
                checks.push(passed(&name, format!("{name} has {} rooms", rooms.len())));
                let calendars = calendars(host, &settings, &rooms, &name).await;
                readable |= calendars
                    .as_ref()
                    .is_some_and(|check| check.status != CheckStatus::Failed);
                checks.extend(calendars);
            }
            Err(failure) => checks.push(check(&name, CheckStatus::Failed, failure.reason)),
        }
    }
    if readable {
        checks.iter_mut().for_each(limit);
    }
    checks
}

/// Where something can be read, a list that cannot be does not fail the source as a whole: it is collected in part.
fn limit(check: &mut Check) {
    if check.status == CheckStatus::Failed {
        check.status = CheckStatus::Limited;
    }
}

/// Reads the calendars of the first rooms, as many as one batch takes.
async fn calendars<H: Host>(host: &H, settings: &Settings, places: &[Value], of: &str) -> Option<Check> {
    let name = format!("calendars of {of}");
    let mut rooms = places::rooms(places, host);
    rooms.truncate(batch::SIZE);
    if rooms.is_empty() {
        return None;
    }
    let graph = Graph { host, settings };
    room_key::resolve(&graph, &mut rooms).await;
    let outcomes = match calendar::probe(&graph, &rooms).await {
        Ok(outcomes) => outcomes,
        Err(trouble) => {
            let reason = patient(advice::reason(&name, &trouble, settings));
            return Some(check(&name, CheckStatus::Failed, reason));
        }
    };
    let refused: Vec<(&str, &Outcome)> = rooms
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Complete(_)))
        .map(|(room, outcome)| (room.address.as_str(), outcome))
        .collect();
    let count = rooms.len();
    let Some((_, first)) = refused.first() else {
        return Some(passed(
            &name,
            format!("{count} of {count} calendars tried can be read"),
        ));
    };
    let mut reason = match first {
        Outcome::Denied(reason) | Outcome::Missing(reason) | Outcome::Failed(reason) => {
            patient(reason.clone())
        }
        _ => Reason {
            message: "Graph asks to come back later".to_owned(),
            ..Reason::default()
        },
    };
    let names: Vec<&str> = refused.iter().map(|(address, _)| *address).collect();
    let readable = count - refused.len();
    reason.message = format!(
        "{readable} of {count} calendars tried can be read, not {}: {}",
        names.join(", "),
        reason.message
    );
    let status = if readable == 0 {
        CheckStatus::Failed
    } else {
        CheckStatus::Limited
    };
    Some(check(&name, status, reason))
}

/// What the token is for. It is only told, not judged by its roles: where RBAC for Applications grants
/// Calendars.Read, the token does not name it, and reading works.
fn token(claims: Option<&str>) -> Check {
    let claims: Value = claims
        .and_then(|claims| serde_json::from_str(claims).ok())
        .unwrap_or_default();
    let tenant = text(&claims, "tid").map_or_else(String::new, |tid| format!(" for tenant {tid}"));
    let roles: Vec<&str> = claims
        .get("roles")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let roles = if roles.is_empty() {
        String::new()
    } else {
        format!(", with {}", roles.join(", "))
    };
    passed("token", format!("the login service gives a token{tenant}{roles}"))
}

fn passed(name: &str, message: String) -> Check {
    check(
        name,
        CheckStatus::Passed,
        Reason {
            message,
            ..Reason::default()
        },
    )
}

fn check(name: &str, status: CheckStatus, reason: Reason) -> Check {
    Check {
        name: name.to_owned(),
        status,
        reason,
    }
}

/// A refusal may be that of a server that has not heard yet.
fn patient(mut reason: Reason) -> Reason {
    reason.advice = Some(match reason.advice {
        Some(advice) if advice.contains("two hours") => advice,
        Some(advice) => format!("{advice} {}", advice::PATIENCE),
        None => advice::PATIENCE.to_owned(),
    });
    reason
}

#[cfg(test)]
mod tests;
