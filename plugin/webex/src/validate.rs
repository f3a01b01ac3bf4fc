//! Checks everything that a pass needs: the token, each list and metric, and what the workspaces are able to report. A check has the same
//! name in every run.

use crate::advice;
use crate::api::{Trouble, Webex, percent};
use crate::hours::{HOUR, floor};
use crate::listing::{Found, List, Seen, find};
use crate::manifest;
use crate::settings::{self, PeopleCount};
use crate::sight::{Link, Poll};
use connector_sdk::{Check, CheckStatus, CollectError, Host, Reason, SettingsProblem};
use futures_util::future::join_all;
use serde_json::Value;

/// How many devices are asked whether they count outside calls.
const SAMPLE: usize = 5;

/// The configuration that lets a device count outside calls.
const OUT_OF_CALL: &str = "RoomAnalytics.PeopleCountOutOfCall";

/// Checks the settings, the token, the lists, and the metrics of one workspace each.
pub(crate) async fn validate<H: Host>(host: &H, settings: &str) -> Vec<Check> {
    let settings = match settings::parse(settings) {
        Ok(settings) => settings,
        Err(problems) => return problems.into_iter().map(unusable).collect(),
    };
    if let Err(error) = host.secret(manifest::secret(&settings)).await {
        return vec![check(
            "token",
            CheckStatus::Failed,
            advice::secret(&error, &settings),
        )];
    }
    let webex = Webex::new(host, &settings);
    let found = match find(&webex).await {
        Ok(found) => found,
        Err(CollectError::Settings(problems)) => return problems.into_iter().map(unusable).collect(),
        Err(error) => return vec![check("workspaces", CheckStatus::Failed, why(error))],
    };
    let mut checks = vec![passed("token", "Webex accepts it".to_owned())];
    checks.push(workspaces(&found));
    checks.push(list(&found, List::Locations, "locations"));
    checks.push(devices(&webex, &found).await);
    checks.extend(metrics(&webex, &found).await);
    checks.push(configured(&found, "presence detection", Poll::sees_use));
    if settings.people != PeopleCount::Off {
        checks.push(configured(&found, "people counting", Poll::sees_people));
        checks.extend(out_of_call(&webex, &found).await);
    }
    checks.push(connected(&found));
    checks.push(addresses(&found));
    checks
}

fn workspaces(found: &Found) -> Check {
    const NAME: &str = "workspaces";
    let count = found.workspaces.len();
    if count == 0 {
        let reason = Reason {
            message: format!("there are no workspaces, apart from {} desks", found.desks),
            advice: Some(
                "Check that the token belongs to an administrator of the right organisation, and the setting locations."
                    .to_owned(),
            ),
            code: None,
        };
        return check(NAME, CheckStatus::Warning, reason);
    }
    if let Some((_, reason)) = found.problems.iter().find(|(of, _)| *of == List::Workspaces) {
        return check(NAME, CheckStatus::Limited, reason.clone());
    }
    let capabilities = found.problems.iter().find(|(of, _)| *of == List::Capabilities);
    if let Some((_, reason)) = capabilities {
        return check(NAME, CheckStatus::Limited, reason.clone());
    }
    passed(
        NAME,
        format!("{count} workspaces; {} desks are left out", found.desks),
    )
}

fn list(found: &Found, of: List, name: &str) -> Check {
    match found.problems.iter().find(|(list, _)| *list == of) {
        Some((_, reason)) => check(name, CheckStatus::Warning, reason.clone()),
        None => passed(name, format!("the {name} can be read")),
    }
}

/// Whether devices can be read: with the workspaces, or else by their own list.
async fn devices<H: Host>(webex: &Webex<'_, H>, found: &Found) -> Check {
    if found.problems.iter().any(|(of, _)| *of == List::Devices) {
        let mut check = list(found, List::Devices, "devices");
        check.status = CheckStatus::Limited;
        return check;
    }
    match webex.get::<Value>("/devices?max=1").await {
        Ok(_) => passed("devices", "the devices can be read".to_owned()),
        Err(trouble) => {
            let mut reason = advice::reason("the devices", &trouble, webex.settings);
            reason.message = format!("{}; so far they come with the workspaces", reason.message);
            check("devices", CheckStatus::Warning, reason)
        }
    }
}

/// Reads the metrics of the last day of one workspace each.
async fn metrics<H: Host>(webex: &Webex<'_, H>, found: &Found) -> Vec<Check> {
    let mut checks = Vec::new();
    let first = |sees: fn(&Poll) -> bool| found.workspaces.iter().find(|seen| sees(&seen.poll()));
    let day = |seen: &Seen| (floor(seen.at) - 24 * HOUR, floor(seen.at));
    if let Some(seen) = first(Poll::sees_use) {
        let read = webex.seconds_used(&seen.workspace.id, day(seen)).await;
        checks.push(metric(
            webex,
            "minutes of use",
            seen,
            read.map(|hours| hours.len()),
        ));
    }
    let counts = webex.settings.people != PeopleCount::Off;
    if let Some(seen) = first(Poll::sees_people).filter(|_| counts) {
        let read = webex.people(&seen.workspace.id, day(seen)).await;
        checks.push(metric(
            webex,
            "people counts",
            seen,
            read.map(|counts| counts.len()),
        ));
    }
    checks
}

fn metric<H: Host>(webex: &Webex<'_, H>, name: &str, seen: &Seen, read: Result<usize, Trouble>) -> Check {
    match read {
        Ok(count) => {
            let of = &seen.workspace.name;
            passed(name, format!("{count} values of the last day of workspace {of}"))
        }
        Err(trouble) => {
            let reason = advice::reason(&format!("the {name}"), &trouble, webex.settings);
            check(name, CheckStatus::Failed, reason)
        }
    }
}

/// How many workspaces detect something.
fn configured(found: &Found, name: &str, sees: fn(&Poll) -> bool) -> Check {
    let all = found.workspaces.len();
    let able = found.workspaces.iter().filter(|seen| sees(&seen.poll())).count();
    let message = format!("{name} is configured in {able} of {all} workspaces that have a device for it");
    if able == all {
        return passed(name, message);
    }
    let reason = Reason {
        message,
        advice: Some(format!(
            "Of the others nothing is known, and they never look empty. Switch {name} on for their devices in Control Hub, \
             under Workspaces or in the device configurations RoomAnalytics."
        )),
        code: None,
    };
    check(name, CheckStatus::Warning, reason)
}

/// Whether some devices count people outside calls too.
async fn out_of_call<H: Host>(webex: &Webex<'_, H>, found: &Found) -> Option<Check> {
    const NAME: &str = "counting outside calls";
    let counting = found.workspaces.iter().map(Seen::poll).filter(Poll::sees_people);
    let ids: Vec<String> = counting
        .flat_map(|poll| poll.devices.unwrap_or_default())
        .filter(|(_, link)| *link == Link::Connected)
        .map(|(id, _)| id)
        .take(SAMPLE)
        .collect();
    let ask = async |id: &String| {
        let path = format!("/deviceConfigurations?deviceId={}&key={OUT_OF_CALL}", percent(id));
        let answer = webex.get::<Value>(&path).await.ok()?;
        let value = answer.value.get("items")?.get(OUT_OF_CALL)?.get("value")?;
        Some(value.as_str()?.eq_ignore_ascii_case("on"))
    };
    let answers: Vec<bool> = join_all(ids.iter().map(ask))
        .await
        .into_iter()
        .flatten()
        .collect();
    let on = answers.iter().filter(|on| **on).count();
    let message = format!(
        "{on} of {} devices that were asked count people outside calls",
        answers.len()
    );
    match answers.len() {
        0 => None,
        all if all == on => Some(passed(NAME, message)),
        _ => Some(check(
            NAME,
            CheckStatus::Warning,
            Reason {
                message,
                advice: Some(format!(
                    "The others count in calls only, so that meetings without a call have no counts: set {OUT_OF_CALL} to On."
                )),
                code: None,
            },
        )),
    }
}

/// How many workspaces have all their devices connected now.
fn connected(found: &Found) -> Check {
    const NAME: &str = "connected devices";
    let all = found.workspaces.len();
    let polls: Vec<Poll> = found.workspaces.iter().map(Seen::poll).collect();
    let count = |fits: fn(&[(String, Link)]) -> bool| {
        polls
            .iter()
            .filter(|poll| poll.devices.as_deref().is_some_and(fits))
            .count()
    };
    let without = count(<[_]>::is_empty);
    let connected =
        count(|devices| !devices.is_empty() && devices.iter().all(|(_, link)| *link == Link::Connected));
    let message = format!(
        "in {connected} of {all} workspaces every device that can sense is connected; {without} have no such device"
    );
    if connected == all {
        return passed(NAME, message);
    }
    let reason = Reason {
        message,
        advice: Some(
            "While a device is not connected, its workspace never counts as empty. Control Hub shows the devices that are \
             offline."
                .to_owned(),
        ),
        code: None,
    };
    check(NAME, CheckStatus::Warning, reason)
}

/// How many workspaces name their calendar.
fn addresses(found: &Found) -> Check {
    const NAME: &str = "calendar addresses";
    let all = found.workspaces.len();
    let without: Vec<&str> = found
        .workspaces
        .iter()
        .filter(|seen| seen.workspace.address.is_none())
        .map(|seen| seen.workspace.name.as_str())
        .collect();
    if without.is_empty() {
        return passed(NAME, format!("all {all} workspaces have one"));
    }
    let some: Vec<&str> = without.iter().copied().take(3).collect();
    let more = if without.len() > some.len() { ", …" } else { "" };
    let reason = Reason {
        message: format!("{} of {all} workspaces have none: {}{more}", without.len(), some.join(", ")),
        advice: Some(
            "Connect the calendars of these workspaces in Control Hub, or name the workspace at its room: spaces in \
             [[insights.room]]."
                .to_owned(),
        ),
        code: None,
    };
    check(NAME, CheckStatus::Warning, reason)
}

fn why(error: CollectError) -> Reason {
    match error {
        CollectError::Denied(reason) | CollectError::Unreachable(reason) | CollectError::Failed(reason) => {
            reason
        }
        CollectError::RetryAfter(seconds) => {
            format!("Webex asks to come back after {seconds} seconds").into()
        }
        CollectError::Settings(_) => Reason::default(),
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
    check(name, CheckStatus::Passed, message.into())
}

fn check(name: &str, status: CheckStatus, reason: Reason) -> Check {
    Check {
        name: name.to_owned(),
        status,
        reason,
    }
}
