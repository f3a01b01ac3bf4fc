//! Runs everything that a pass needs: first the connector's own checks, then a pass over the calendar of every room whose meetings are
//! discarded.

use std::sync::Arc;

use collector_model::check::{Check, CheckStatus, Mailbox};
use collector_model::outcome::Reason;
use collector_model::window::Window;
use collector_sandbox::Sandbox;
use collector_store::{RoomCounts, SharedStore, Store};
use collector_stores::Collected;
use collector_tasks::blocking::blocking;
use tokio::time::Instant;

use crate::expiry::Expiry;
use crate::pass::{self, Observer, PassReport, PlaceResult, Stop};
use crate::source::ReadySource;

/// The span of each calendar that is read: enough to know that the calendar can be read.
const WINDOW: i64 = 24 * 60 * 60;

/// The connector's own checks (token, permissions, room lists, a sample of calendars), and how long the source's certificates and its refresh
/// token are valid.
pub async fn checks(sandbox: &Sandbox, source: &ReadySource) -> Vec<Check> {
    let deadline = Instant::now() + source.limits.pass_time;
    let answer = source
        .connector
        .validate(
            sandbox,
            source.access(deadline),
            &source.limits.call,
            source.settings.clone(),
        )
        .await;
    let mut checks = answer.unwrap_or_else(|error| {
        vec![Check {
            name: "connector".to_owned(),
            status: CheckStatus::Failed,
            reason: Reason::new(error.to_string()),
        }]
    });
    let now = chrono::Utc::now().timestamp();
    checks.extend(source.expiries().iter().map(|expiry| expires(expiry, now)));
    checks
}

fn expires(expiry: &Expiry, now: i64) -> Check {
    let (status, reason) = match expiry.warning(now) {
        Some((message, remedy)) => {
            let advice = Some(remedy.to_owned());
            (
                CheckStatus::Warning,
                Reason {
                    advice,
                    ..Reason::new(message)
                },
            )
        }
        None => {
            let message = format!("{} is valid until {}", expiry.credential, expiry.day());
            (CheckStatus::Passed, Reason::new(message))
        }
    };
    Check {
        name: expiry.kind.as_str().to_owned(),
        status,
        reason,
    }
}

/// Reads the calendar of every room. Returns a summary, and all rooms, those that cannot be read first. `now` is UTC seconds.
pub async fn every_room(
    sandbox: &Arc<Sandbox>,
    source: &ReadySource,
    observer: &dyn Observer,
    stop: &mut Stop,
    now: i64,
) -> (Check, Vec<Mailbox>) {
    let failed = |message: String| {
        let check = check("every room's calendar", CheckStatus::Failed, message, None);
        (check, Vec::new())
    };
    // Devices report what was, calendars what will be.
    let begin = if source.connector.reads_spaces() {
        now.saturating_sub(WINDOW)
    } else {
        now
    };
    let Some(window) = Window::new(begin, begin.saturating_add(WINDOW)) else {
        return failed("this machine's clock is out of range".to_owned());
    };
    let store: Arc<dyn Collected> = match blocking(Store::empty).await {
        Ok(store) => Arc::new(SharedStore::new(store)),
        Err(error) => return failed(error.to_string()),
    };
    match pass::run(sandbox, source, window, &store, observer, stop).await {
        Ok(report) => (summary(&report), mailboxes(&report)),
        Err(error) => failed(error.to_string()),
    }
}

fn mailboxes(report: &PassReport) -> Vec<Mailbox> {
    let mut mailboxes: Vec<Mailbox> = report
        .rooms()
        .map(|(room, result)| Mailbox {
            address: room.address.as_str().to_owned(),
            name: room.name.clone(),
            outcome: result.word().to_owned(),
            cause: result.cause(),
        })
        .chain(report.spaces().map(|(space, result)| Mailbox {
            address: space.key.clone(),
            name: space.name.clone(),
            outcome: result.word().to_owned(),
            cause: result.cause(),
        }))
        .collect();
    // A stable sort: otherwise the rooms keep the order in which they were found.
    mailboxes.sort_by_key(|mailbox| mailbox.outcome == "collected");
    mailboxes
}

/// A summary of reading every calendar, or every space.
fn summary(report: &PassReport) -> Check {
    if report.reads_spaces && report.room_counts().all() == 0 {
        let words = Words {
            name: "every space",
            none: "there are no spaces",
            things: "spaces",
            missing: "no longer there",
        };
        return summary_of(
            report.spaces().map(|(_, result)| result),
            report.space_counts(),
            &words,
        );
    }
    let words = Words {
        name: "every room's calendar",
        none: "there are no rooms",
        things: "calendars",
        missing: "without a calendar",
    };
    summary_of(
        report.rooms().map(|(_, result)| result),
        report.room_counts(),
        &words,
    )
}

/// Words for rooms or spaces.
struct Words {
    name: &'static str,
    none: &'static str,
    things: &'static str,
    missing: &'static str,
}

fn summary_of<'a, C: 'a>(
    results: impl Iterator<Item = &'a PlaceResult<C>> + Clone,
    counts: RoomCounts,
    words: &Words,
) -> Check {
    let others = counts.missing + counts.throttled + counts.failed;
    let (all, things) = (counts.all(), words.things);
    let why = |wanted: fn(&PlaceResult<C>) -> bool| {
        let mut results = results.clone();
        results
            .find(|result| wanted(result))
            .and_then(PlaceResult::reason)
    };
    let check = |status, message, reason| check(words.name, status, message, reason);
    if all == 0 {
        return check(CheckStatus::Warning, words.none.to_owned(), None);
    }
    if counts.collected == all {
        let message = format!("all {all} {things} can be read");
        return check(CheckStatus::Passed, message, None);
    }
    let mut parts = vec![format!("{} of {all} {things} can be read", counts.collected)];
    for (count, what) in [
        (
            counts.denied,
            if counts.collected > 0 {
                "limited by policy"
            } else {
                "refused"
            },
        ),
        (counts.missing, words.missing),
        (counts.throttled, "throttled"),
        (counts.failed, "failed"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let message = parts.join(", ");
    match (counts.collected, counts.denied) {
        (0, denied) if denied == all => {
            let reason = why(|result| matches!(result, PlaceResult::Denied(_)));
            check(CheckStatus::Pending, message, reason)
        }
        (0, _) => check(
            CheckStatus::Failed,
            message,
            why(|result| !matches!(result, PlaceResult::Collected(_))),
        ),
        (_, denied) if denied > 0 && others == 0 => {
            let reason = Reason {
                advice: Some(
                    "This is fine if a policy is meant to keep the application out of these rooms; what was collected from other rooms is \
                     not affected."
                        .to_owned(),
                ),
                ..why(|result| matches!(result, PlaceResult::Denied(_))).unwrap_or_default()
            };
            check(CheckStatus::Limited, message, Some(reason))
        }
        _ => check(
            CheckStatus::Limited,
            message,
            why(|result| !matches!(result, PlaceResult::Collected(_) | PlaceResult::Denied(_))),
        ),
    }
}

fn check(name: &str, status: CheckStatus, message: String, reason: Option<Reason>) -> Check {
    let reason = reason.unwrap_or_default();
    let message = if reason.message.is_empty() {
        message
    } else {
        format!("{message}; the first: {}", reason.message)
    };
    Check {
        name: name.to_owned(),
        status,
        reason: Reason {
            message,
            advice: reason.advice,
            code: reason.code,
        },
    }
}

#[cfg(test)]
mod tests {
    use collector_store::RoomChanges;

    use super::*;
    use crate::expiry::Kind;
    use crate::pass::RoomResult;

    const READ: RoomResult = RoomResult::Collected(RoomChanges {
        new: 0,
        changed: 0,
        gone: 0,
        same: 0,
    });

    fn denied() -> RoomResult {
        RoomResult::Denied(Reason {
            message: "a policy keeps the application from b".into(),
            advice: Some("change it".into()),
            code: Some("ErrorAccessDenied".into()),
        })
    }

    #[test]
    fn rooms_that_a_policy_keeps_back_are_a_limit_and_no_failure() {
        let report = PassReport::of("contoso", [("a", READ), ("b", denied())]);
        let check = summary(&report);
        assert_eq!(check.status, CheckStatus::Limited);
        assert_eq!(
            check.reason.message,
            "1 of 2 calendars can be read, 1 limited by policy; the first: a policy keeps the application from b"
        );
        assert_eq!(
            mailboxes(&report)
                .iter()
                .map(|mailbox| (mailbox.address.as_str(), mailbox.outcome.as_str()))
                .collect::<Vec<_>>(),
            [("b", "denied"), ("a", "collected")]
        );
    }

    #[test]
    fn when_every_room_is_refused_it_may_be_too_early() {
        let check = summary(&PassReport::of("contoso", [("a", denied()), ("b", denied())]));
        assert_eq!(check.status, CheckStatus::Pending);
        assert_eq!(check.reason.advice.as_deref(), Some("change it"));
    }

    #[test]
    fn a_room_that_fails_otherwise_is_named_before_those_that_are_refused() {
        let broken = RoomResult::Failed(Reason::new("the answer makes no sense"));
        let check = summary(&PassReport::of(
            "contoso",
            [("a", READ), ("b", denied()), ("c", broken)],
        ));
        assert_eq!(check.status, CheckStatus::Limited);
        assert_eq!(
            check.reason.message,
            "1 of 3 calendars can be read, 1 limited by policy, 1 failed; the first: the answer makes no sense"
        );
    }

    #[test]
    fn a_certificate_that_ends_soon_is_a_warning_with_what_to_do() {
        let (now, day) = (1_773_136_800, 24 * 60 * 60);
        let check = |at| {
            let credential = "certificate { file = \"app.pem\" }".to_owned();
            let kind = Kind::Certificate;
            expires(&Expiry { kind, credential, at }, now)
        };
        let good = check(now + 100 * day);
        assert_eq!((good.status, good.reason.advice), (CheckStatus::Passed, None));
        let soon = check(now + 10 * day);
        assert_eq!(soon.status, CheckStatus::Warning);
        assert!(
            soon.reason
                .advice
                .is_some_and(|advice| advice.contains("register a new certificate"))
        );
    }

    #[test]
    fn all_and_none() {
        assert_eq!(
            summary(&PassReport::of("contoso", [("a", READ)])).status,
            CheckStatus::Passed
        );
        assert_eq!(
            summary(&PassReport::of("contoso", [])).status,
            CheckStatus::Warning
        );
        let missing = RoomResult::Missing(Reason::new("no mailbox"));
        assert_eq!(
            summary(&PassReport::of("contoso", [("a", missing)])).status,
            CheckStatus::Failed
        );
    }
}
