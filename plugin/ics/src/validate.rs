//! Checks everything that a pass needs: the settings, and each feed.

use crate::feed::{Feeds, Found};
use crate::settings;
use connector_sdk::{Check, CheckStatus, Host, Meeting, Outcome, Reason, SettingsProblem, Subject, Window};
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// The window for trying feeds. A connector has no clock, and any year that may have meetings will do.
const YEAR: Window = Window {
    start: 1_767_225_600,
    end: 1_798_761_600,
};

/// With fewer meetings, one common subject means nothing.
const MANY: usize = 10;

/// Checks the settings and reads every feed.
pub(crate) async fn validate<H: Host>(host: &H, settings: &str) -> Vec<Check> {
    let settings = match settings::parse(settings) {
        Ok(settings) => settings,
        Err(problems) => return problems.into_iter().map(of_setting).collect(),
    };
    let feeds = Feeds::new(host, &settings).await;
    let check = async |feed: &settings::Feed| {
        let name = feed.title();
        match feeds.read(feed, YEAR).await {
            Ok(found) => of_found(name, &found),
            Err(outcome) => Check {
                name,
                status: CheckStatus::Failed,
                reason: reason(outcome),
            },
        }
    };
    let mut checks = join_all(settings.feeds.iter().map(check)).await;
    // If some feed can be read, a pass is partial.
    if checks.iter().any(|check| check.status != CheckStatus::Failed) {
        for check in checks
            .iter_mut()
            .filter(|check| check.status == CheckStatus::Failed)
        {
            check.status = CheckStatus::Limited;
        }
    }
    checks
}

fn of_setting(problem: SettingsProblem) -> Check {
    Check {
        name: format!("setting {}", problem.key),
        status: CheckStatus::Failed,
        reason: Reason {
            message: problem.problem,
            advice: Some(problem.remedy),
            code: None,
        },
    }
}

fn of_found(name: String, found: &Found) -> Check {
    let events = found.events;
    let subjects: BTreeSet<Option<&str>> = found.meetings.iter().map(subject).collect();
    let (status, message, advice) = if found.left_out > 0 {
        let advice =
            "The log names them. Correct them in their calendar: the room looks free at their times.";
        (
            CheckStatus::Warning,
            format!(
                "{name}: {events} events, {} of which cannot be understood and are not collected",
                found.left_out
            ),
            Some(advice),
        )
    } else if events == 0 {
        let advice = "Check whether the room has meetings; some servers publish only free and busy times, as VFREEBUSY.";
        (
            CheckStatus::Warning,
            format!("{name}: a calendar without events"),
            Some(advice),
        )
    } else if found.meetings.len() >= MANY && subjects.len() == 1 {
        let advice = "The calendar seems to be published without details. Start and end are still collected.";
        (
            CheckStatus::Warning,
            format!("{name}: {events} events, all with the same subject"),
            Some(advice),
        )
    } else {
        (
            CheckStatus::Passed,
            format!("{name}: a calendar with {events} events"),
            None,
        )
    };
    Check {
        name,
        status,
        reason: Reason {
            message,
            advice: advice.map(str::to_owned),
            code: None,
        },
    }
}

/// The subject; none if it is empty or withheld.
fn subject<'a>(meeting: &'a Meeting<'_>) -> Option<&'a str> {
    match &meeting.subject {
        Subject::Text(text) => Some(text),
        Subject::Withheld | Subject::None => None,
    }
}

fn reason(outcome: Outcome) -> Reason {
    match outcome {
        Outcome::Denied(reason) | Outcome::Missing(reason) | Outcome::Failed(reason) => reason,
        Outcome::RetryAfter(seconds) => Reason {
            message: format!("the server asks to come back after {seconds} seconds"),
            ..Reason::default()
        },
        Outcome::Complete(_) | Outcome::Changes(_) => Reason::default(),
    }
}
