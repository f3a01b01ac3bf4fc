//! The reading of spaces: all spaces of a slice side by side, with at most two requests each in an ordinary pass.

use crate::advice;
use crate::api::{Trouble, Webex};
use crate::cursor::Cursor;
use crate::hours::{self, HOUR, Plan, floor, plan};
use crate::metrics::{Hours, Sample};
use crate::report::{self, Report, SETTLING};
use crate::settings::{self, PeopleCount};
use crate::sight::{Poll, Sight, Stretch, between};
use connector_sdk::{
    CollectError, Host, Kind, Level, Reason, SpaceOutcome, SpaceRequest, SpaceResult, Window,
};
use futures_util::future::{join, join_all};

/// How often counts are read again as far back as minutes are, in seconds: there are many of them.
const DEEP_EVERY: i64 = 6 * HOUR;

/// Reads what was reported about these spaces in the window, emits it, and returns the outcome of each space.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, a token that Webex does not accept.
pub(crate) async fn collect_usage<H: Host>(
    host: &H,
    settings: &str,
    spaces: &[SpaceRequest],
    window: Window,
) -> Result<Vec<SpaceResult>, CollectError> {
    let settings = settings::parse(settings)?;
    let webex = Webex::new(host, &settings);
    let read = async |space: &SpaceRequest| {
        let outcome = collect(&webex, space, window).await?;
        Ok(SpaceResult {
            key: space.key.clone(),
            outcome,
        })
    };
    let results = join_all(spaces.iter().map(read)).await;
    let lonely = spaces.iter().filter(|space| is_lonely(space)).count();
    if lonely > 0 {
        let message = format!(
            "{lonely} of {} workspaces were last looked at more than two hours before; of the time since then nobody knows \
             whether their devices were connected. Collect more often",
            spaces.len()
        );
        host.log(Level::Warn, &message);
    }
    results.into_iter().collect()
}

/// Whether the last poll of a space is too far back to tell anything.
fn is_lonely(space: &SpaceRequest) -> bool {
    let cursor = space.cursor.as_deref().and_then(Cursor::read);
    match (cursor, Poll::read(&space.notes)) {
        (Some(cursor), Some(poll)) => poll.presence && poll.at - cursor.poll.at > crate::sight::MAX_GAP,
        _ => false,
    }
}

/// What was read of a space.
#[derive(Default)]
struct Read {
    used: Hours,
    most: Hours,
    people: Vec<Sample>,
}

async fn collect<H: Host>(
    webex: &Webex<'_, H>,
    space: &SpaceRequest,
    window: Window,
) -> Result<SpaceOutcome, CollectError> {
    let Some(poll) = Poll::read(&space.notes) else {
        return Ok(SpaceOutcome::Failed(Reason {
            message: "the notes on the workspace are not those of this version of the connector".to_owned(),
            advice: Some("The next listing of the spaces writes them anew.".to_owned()),
            code: None,
        }));
    };
    let before = space.cursor.as_deref().and_then(Cursor::read);
    let read = before.as_ref().and_then(|cursor| cursor.read);
    let now = poll.at;
    let plan = plan(window, now, read, is_deep(&space.key, now, read));
    // Before there is coverage no minutes are emitted. Once they are, it is those of the whole window.
    let is_covered = before.as_ref().is_some_and(|cursor| cursor.covered);
    let whole = |_| (floor(window.start), floor(window.end.min(now)));
    let used = if is_covered {
        plan.hours
    } else {
        plan.hours.map(whole)
    };
    match ask(webex, &space.key, &poll, plan, used).await {
        Ok(found) => Ok(emit(webex.host, space, before, poll, plan, &found)),
        Err((what, trouble)) => advice::of_space(what, &trouble, webex.settings),
    }
}

/// Asks for what is configured, side by side: for minutes of use in `used`, for the rest by the plan.
async fn ask<H: Host>(
    webex: &Webex<'_, H>,
    workspace: &str,
    poll: &Poll,
    plan: Plan,
    used: Option<hours::Span>,
) -> Result<Read, (&'static str, Trouble)> {
    let (presence, counts) = (poll.sees_use(), poll.sees_people());
    let used = async {
        match used {
            Some(hours) if presence => webex.seconds_used(workspace, hours).await,
            _ => Ok(Hours::new()),
        }
    };
    let people = async {
        let mut read = Read::default();
        match (webex.settings.people, plan) {
            (
                PeopleCount::Auto,
                Plan {
                    samples: Some(span), ..
                },
            ) if counts => {
                read.people = webex.people(workspace, span).await?;
            }
            (
                PeopleCount::Hourly,
                Plan {
                    hours: Some(span), ..
                },
            ) if counts => {
                read.most = webex.most_people(workspace, span).await?;
            }
            _ => {}
        }
        Ok(read)
    };
    let (used, people) = join(used, people).await;
    let used = used.map_err(|trouble| ("the minutes of use", trouble))?;
    let people = people.map_err(|trouble| ("the people counts", trouble))?;
    Ok(Read { used, ..people })
}

/// Emits what was read, and what the polls say about it.
fn emit<H: Host>(
    host: &H,
    space: &SpaceRequest,
    before: Option<Cursor>,
    poll: Poll,
    plan: Plan,
    found: &Read,
) -> SpaceOutcome {
    let now = poll.at;
    let sees_use = poll.sees_use();
    let report = Report {
        host,
        space: &space.key,
        now,
    };
    let mut cursor = match before {
        Some(mut cursor) => {
            let gap = now - cursor.poll.at;
            // A poll of a pass that failed is lost, and the devices may have been offline at it.
            if cursor.gap.is_none_or(|usual| gap <= usual + usual / 2) {
                report::add(&mut cursor.pending, between(&cursor.poll, &poll), now);
            }
            if gap > 0 {
                cursor.gap = Some(gap);
            }
            cursor.read = plan.read;
            // The same listing may come twice.
            if cursor.poll.at < now {
                cursor.poll = poll;
            }
            cursor
        }
        None => Cursor::new(poll, plan.read),
    };
    // Only of hours that were read in this pass, and not of those that were read too early.
    let mut settled = match plan.hours {
        Some((from, until)) => report::settle(&mut cursor.pending, (from, until - SETTLING)),
        None => Vec::new(),
    };
    // Detection may be gone meanwhile, and then no minutes were read.
    settled.retain(|stretch| sees_use || stretch.sight != Sight::Observed);
    let is_coverage = |stretch: &Stretch| stretch.sight == Sight::Observed;
    cursor.covered |= settled.iter().any(is_coverage);
    let emitted = (|| {
        report.coverage(&settled)?;
        if cursor.covered {
            report.hours(Kind::InUse, &found.used, &mut cursor.used)?;
        }
        report.hours(Kind::PeopleCount, &found.most, &mut cursor.counted)?;
        report.samples(&found.people, plan.samples.map_or(now, |(_, end)| end))
    })();
    match emitted {
        Ok(()) => SpaceOutcome::Collected(cursor.text()),
        Err(error) => error.into(),
    }
}

/// Whether counts are read again as far back as minutes are. Not in the same pass for all spaces.
fn is_deep(key: &str, now: i64, read: Option<hours::Span>) -> bool {
    let offset = key.bytes().map(i64::from).sum::<i64>() * HOUR;
    let turn = |at: i64| (at + offset).div_euclid(DEEP_EVERY);
    read.is_some_and(|(_, until)| turn(until) != turn(floor(now)))
}
